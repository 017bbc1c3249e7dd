"""Nets of several scales: what they see, that they are distributions of whole images, and that draws have it. Rows of
`test_nets.py` and `table.py` are theirs too."""

import itertools
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen import pixels
from jaxgen.nets.multiscale import MultiScale
from jaxgen.nets.pixelcnn import GatedPixelCNN
from jaxgen.sampling import ancestral


def drawn(net, shape, spread, *label):
    """Parameters of a net for images of a shape, none of them zero."""
    shapes = jax.eval_shape(net.init, jax.random.key(0), jnp.zeros(shape), *label)["params"]
    rng = np.random.default_rng(0)
    return jax.tree.map(lambda leaf: np.float32(spread * rng.normal(size=leaf.shape)), shapes)


def all_images(height, width):
    bits = np.array(list(itertools.product((-1.0, 1.0), repeat=height * width)), np.float32)
    return bits.reshape(-1, height, width, 1)


@cache
def small(scales):
    """A net, its parameters and the probabilities of all images of 3x3 or 2x3 pixels."""
    net, images = MultiScale(1, 4, 1, scales, first=3, head=4), all_images(2 if scales == 2 else 3, 3)
    params = drawn(net, images.shape, 0.7)
    nats = jax.jit(lambda x: pixels.bernoulli().unlikely(net.apply({"params": params}, x), x))(images)
    return net, params, images, np.exp(-np.asarray(nats, np.float64))


@pytest.mark.parametrize("scales", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_probabilities_of_all_images_sum_to_1(scales):
    *_, p = small(scales)
    assert p.sum() == pytest.approx(1, abs=1e-5)
    assert p.std() > 0.3 * p.mean()  # not all alike


def test_draws_have_the_probabilities_that_are_told_and_known_pixels_are_kept():
    net, params, images, p = small(2)
    count = 20_000
    keys, family = jax.jit(lambda key: jax.random.split(key, count))(jax.random.key(1)), pixels.bernoulli()
    draw = jax.jit(lambda x, known: ancestral.cached(net, params, keys, x, known, family))
    drawn = np.asarray(draw(np.full((count, 2, 3, 1), 0.5, np.float32), np.zeros((2, 3), bool)))
    which = (drawn.reshape(count, -1) > 0) @ (1 << np.arange(6)[::-1])
    seen = np.bincount(which, minlength=64) / count
    assert np.abs(seen.cumsum() - p.cumsum()).max() < 1.63 / np.sqrt(count)  # Kolmogorov-Smirnov, 1 %
    known, given = np.array([[True, False, True], [True, True, False]]), images[np.arange(count) % 64]
    drawn = np.asarray(draw(given, known))
    np.testing.assert_array_equal(drawn[:, known], given[:, known])
    assert (drawn[:, ~known] != given[:, ~known]).any(0).all()


def test_a_pixel_sees_the_scales_below_and_those_before_it_of_its_own():
    side, net = 4, MultiScale(1, 4, 2, scales=2)
    params = jax.tree.map(np.abs, drawn(net, (1, side, side, 1), 0.1))  # so that no slope is zero by chance
    x = np.random.default_rng(2).uniform(size=(1, side, side, 1)).astype(np.float32)
    slopes = jax.jit(jax.jacrev(lambda x: net.apply({"params": params}, x)))(x)
    sees = np.asarray(slopes).reshape(side * side, side * side) != 0
    r, c = np.divmod(np.arange(side * side), side)
    below = (r % 2 == 0) & (c % 2 == 0)
    before = np.tri(side * side, k=-1, dtype=bool)
    np.testing.assert_array_equal(sees, np.where(below[:, None], before & below, before | below))


@pytest.mark.slow
def test_cached_is_naive_where_the_small_image_is_known():
    net = GatedPixelCNN(2 * 3 * 3, 6, 2, kernel=5, head=9, groups=3, classes=2, factor=2)
    label, side, family = np.arange(3) % 2, 5, pixels.categorical(3, 6)
    params = drawn(net, (3, side, side, 3), 0.2, label)
    images = np.float32(np.random.default_rng(1).choice(np.linspace(-1, 1, 6), (3, side, side, 3)))
    known = np.zeros((3, side, side), bool)
    known[:, ::2, ::2] = known[1, 3] = True
    given = (net, params, jax.random.split(jax.random.key(3), 3), images, known, family, label)
    slow, fast = jax.device_get(
        jax.jit(lambda images: [f(*given[:3], images, *given[4:]) for f in (ancestral.naive, ancestral.cached)])(images)
    )
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    np.testing.assert_array_equal(fast[known], images[known])
    assert not np.array_equal(fast[~known], images[~known])
