"""PixelVAE: what a pixel sees, that its likelihood is one, and that images are drawn from it."""

import itertools
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen import pixels
from jaxgen.abilities import DensityByCodes, DrawByCodeAndPixels
from jaxgen.losses import reconstruction
from jaxgen.nets import pixelvae, vae
from jaxgen.sampling import ancestral

SIDE, LATENT = 3, 2
Z = np.random.default_rng(5).normal(size=(4, LATENT)).astype(np.float32)


@cache
def ready(layers, channels=1, out=1, groups=1):
    """A decoder, and parameters of it that are all of order 1."""
    G = pixelvae.Decoder(SIDE, out, layers, 4, 8, convolutional=False, first=3, head=4, groups=groups)
    x = jnp.zeros((1, SIDE, SIDE, channels))
    shapes = jax.eval_shape(lambda key: G.init(key, Z[:1], x, train=False), jax.random.key(0))["params"]
    rng = np.random.default_rng(0)
    return G, jax.tree.map(lambda p: np.float32(rng.normal(scale=0.5, size=p.shape)), shapes)


def all_images():
    bits = np.array(list(itertools.product((-1, 1), repeat=SIDE * SIDE)), np.float32)
    return bits.reshape(-1, SIDE, SIDE, 1)


@pytest.mark.parametrize("layers", [0, 2])
def test_pixels_see_the_code_and_those_before(layers):
    G, params = ready(layers)
    params = jax.tree.map(lambda p: np.abs(p) / 4, params)  # so that no slope is zero by a ReLU or a full gate
    x, z = np.random.default_rng(1).uniform(size=(1, SIDE, SIDE, 1)).astype(np.float32), np.abs(Z[:1])
    by_z, by_x = jax.jit(jax.jacfwd(lambda *a: G.apply({"params": params}, *a, train=False), (0, 1)))(z, x)
    before = np.tri(SIDE * SIDE, k=-1, dtype=bool)
    seen = np.asarray(by_x).reshape(SIDE * SIDE, -1) != 0
    np.testing.assert_array_equal(seen, before if layers else np.zeros_like(before))
    assert np.all(np.asarray(by_z) != 0)


def test_without_layers_it_is_a_vaes_decoder():
    """The paper's case of no PixelCNN: dense layers from z to feature maps, and from those a logit at each place."""
    G, params = ready(0)
    numbers, x = jax.tree.map(np.asarray, params), np.asarray(Z)
    for i in (1, 2, 0):  # flax counts the last one first
        layer = numbers["upsample"][f"Dense_{i}"]
        x = np.maximum(x @ layer["kernel"] + layer["bias"], 0)
    last = numbers["pixels"]["Dense_0"]
    expected = x.reshape(len(Z), SIDE, SIDE, -1) @ last["kernel"] + last["bias"]
    told = jax.jit(lambda z: G.apply({"params": params}, z, np.zeros((len(Z), SIDE, SIDE, 1)), train=False))(Z)
    np.testing.assert_allclose(told, expected, rtol=1e-4, atol=1e-5)


def test_given_a_code_probabilities_of_all_images_sum_to_1():
    G, params = ready(2)
    x = all_images()

    @jax.jit
    def unlikely(params):
        told = G.apply({"params": params}, jnp.tile(Z[:1], (len(x), 1)), x, train=False)
        return pixels.bernoulli().unlikely(told, x)

    nats = np.asarray(unlikely(params), np.float64)
    assert nats.std() > 0.3
    assert np.exp(-nats).sum() == pytest.approx(1, abs=1e-4)


def test_the_bounds_lie_below_the_likelihood_and_rise_to_it():
    """log p(x) by the prior, on a grid of codes that the normal distribution weighs."""
    G, params = ready(2)
    axis = np.linspace(-6, 6, 61)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, LATENT).astype(np.float32)
    log_prior = -0.5 * np.square(grid).sum(1) - np.log(2 * np.pi) + 2 * np.log(axis[1] - axis[0])
    x = all_images()[[3, 250]]

    @jax.jit
    def log_p_given(image):
        images = jnp.tile(image[None], (len(grid), 1, 1, 1))
        told = G.apply({"params": params}, grid, images, train=False)
        return -reconstruction.bernoulli(told, (images + 1) / 2)

    log_p = [np.logaddexp.reduce(np.asarray(log_p_given(image)) + log_prior) for image in x]
    bias = np.float32([0.4] * LATENT + [0.3] * LATENT)  # mean and log-variance
    e = {"Dense_0": {"kernel": np.zeros((SIDE * SIDE, 2 * LATENT)), "bias": bias}}  # q(z | x) is the same for all x
    density = DensityByCodes(vae.Encoder(LATENT, ()), G, SIDE, 1, "bernoulli", autoregressive=True)
    batch = {"image": x, "number": np.arange(2)}
    variables = {"E": e, "G": params}, {"E": {}, "G": {}}
    found = jax.jit(lambda: density.nats(*variables, batch, samples=3000, seed=0))()
    elbo, bound = (-np.asarray(found[name], np.float64) for name in ("elbo", "nll"))
    np.testing.assert_allclose(bound, log_p, atol=0.1)
    assert np.all(elbo < np.asarray(log_p) - 0.02)


@pytest.mark.parametrize("layers", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 2))])
def test_cached_is_naive_pixel_for_pixel(layers):
    family = pixels.categorical(3, 4)
    G, params = ready(layers, channels=3, out=family.out, groups=3)
    keys, nothing = jax.random.split(jax.random.key(3), len(Z)), np.zeros((SIDE, SIDE), bool)
    blank = np.zeros((len(Z), SIDE, SIDE, 3), np.float32)

    @jax.jit
    def both(z):
        places = G.apply({"params": params}, z, method="places")
        given = (pixelvae.pixels(G), params["pixels"], keys, blank, nothing, family, places)
        return ancestral.naive(*given), ancestral.cached(*given)

    slow, fast = both(Z)
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    assert len({image.tobytes() for image in np.asarray(slow)}) == len(Z)


@pytest.mark.slow
def test_samples_have_the_models_probabilities():
    """Each pixel's share of white over many samples is its mean over all images, weighted by p(x)."""
    G, params = ready(1)
    params = jax.tree.map(lambda p: 3 * p, params)  # so that pixels differ
    sampler = DrawByCodeAndPixels(G, LATENT, 1, "bernoulli")
    count = 4000
    drawn = np.asarray(jax.jit(sampler.draw)(params, {}, sampler.codes(jax.random.key(0), count)))
    axis = np.linspace(-4, 4, 17)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, LATENT).astype(np.float32)
    prior = np.exp(-0.5 * np.square(grid).sum(1))
    x = all_images()

    def probabilities(z):
        told = G.apply({"params": params}, jnp.tile(z[None], (len(x), 1)), x, train=False)
        return jnp.exp(-pixels.bernoulli().unlikely(told, x))

    p = prior / prior.sum() @ np.asarray(jax.jit(lambda grid: jax.lax.map(probabilities, grid))(grid))
    expected = np.tensordot(p, x, 1)
    assert np.ptp(expected) > 0.2
    assert np.abs(drawn.mean(0) - expected).max() < 5 / np.sqrt(count)
