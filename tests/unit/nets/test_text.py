"""Encoders of sentences, and nets that are told sentences."""

import jax
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.nets import captions, net, stackgan, text
from weights import weights

RNG = np.random.default_rng(0)
E = RNG.normal(size=(3, 5)).astype(np.float32)


def ready(module, *xs):
    N = net(module)
    params, stats = weights(N.init, *xs, spread=0.05)
    return jax.jit(lambda train, *xs: N.apply(params, stats, *xs, train=train)[0], static_argnums=0)


@pytest.mark.parametrize("how", ["gru", "conv"])
def test_what_stands_after_the_end_has_no_say(how):
    tokens = np.array([[3, 1, 2, 0, 0], [3, 1, 2, 0, 0], [3, 2, 1, 0, 0], [0] * 5], np.int32)
    encode = ready(captions.Encoder(4, 6, 5, how), tokens)
    long = encode(False, tokens)
    assert (long.shape, long.dtype) == ((4, 6), np.float32)
    np.testing.assert_array_equal(long[0], long[1])
    assert np.abs(long[0] - long[2]).max() > 1e-3  # the order of words counts
    assert np.isfinite(long).all()
    np.testing.assert_allclose(encode(False, tokens[:, :4]), long, rtol=1e-5, atol=1e-6)


def test_a_gru_is_that_of_the_paper():
    """Cho et al. 2014, appendix, with the reset gate after the recurrent matrix, as in cuDNN: by hand."""
    tokens = np.array([[2, 1, 0]], np.int32)
    module = captions.Encoder(3, 2, 2)
    params, _ = weights(net(module).init, tokens, spread=0.5)
    cell = jax.tree.map(np.float64, params["GRU_0"]["GRUCell_0"])
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    h, seen = np.zeros(2), []
    for word in (2, 1):
        x = params["Embed_0"]["embedding"][word]
        gate = {n: x @ cell[f"i{n}"]["kernel"] + cell[f"i{n}"]["bias"] for n in "rzn"}
        r, z = (sigmoid(gate[n] + h @ cell[f"h{n}"]["kernel"]) for n in "rz")
        n = np.tanh(gate["n"] + r * (h @ cell["hn"]["kernel"] + cell["hn"]["bias"]))
        h = (1 - z) * n + z * h
        seen.append(h)
    expected = np.mean(seen, 0) @ params["Dense_0"]["kernel"] + params["Dense_0"]["bias"]
    found, _ = net(module).apply(params, {}, tokens, train=False)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)


def test_other_encoders_are_refused():
    with pytest.raises(ValueError, match="by gru or conv, not by lstm"):
        jax.eval_shape(net(captions.Encoder(3, how="lstm")).init, jax.random.key(0), np.ones((1, 2), np.int32))


@pytest.mark.parametrize("norm", ["batch", "spectral", "none"])
def test_d_is_told_a_sentence(norm):
    x = RNG.normal(size=(1, 16, 16, 1)).astype(np.float32).repeat(3, 0)
    told = E[[0, 1, 1]]
    D = ready(text.Discriminator(2, norm=norm, told=4), x, told)
    scores = D(False, x, told)
    assert (scores.shape, scores.dtype) == ((3,), np.float32)
    np.testing.assert_allclose(scores[1], scores[2], rtol=1e-5)
    assert abs(scores[0] - scores[1]) > 1e-5


def test_g_is_told_a_sentence():
    z = np.ones((3, 4), np.float32)
    images = ready(text.Generator(16, 1, 2, told=4), z, E[[0, 1, 1]])(False, z, E[[0, 1, 1]])
    assert images.shape == (3, 16, 16, 1)
    np.testing.assert_array_equal(images[1], images[2])
    assert np.abs(images[0] - images[1]).max() > 1e-4


def test_augmented_conditioning_is_drawn_from_a_gaussian_of_the_sentence():
    """The numbers are mean + deviation * noise; noise of 0 is the mean, and the moments do not depend on it."""
    module = text.Told(3)
    noise = np.float32([[0, 0, 0], [1, 2, -1], [1, 2, -1]])
    params = weights(module.init, E, noise, spread=0.3)
    told, (mean, log_variance) = jax.device_get(module.apply(params, E, noise))
    dense = E @ params["params"]["Dense_0"]["kernel"] + params["params"]["Dense_0"]["bias"]
    dense = np.where(dense > 0, dense, 0.2 * dense)
    np.testing.assert_allclose(mean, dense[:, :3], rtol=1e-5)
    np.testing.assert_allclose(log_variance, 2 * dense[:, 3:], rtol=1e-5)
    np.testing.assert_allclose(told, mean + np.exp(log_variance / 2) * noise, rtol=1e-5)


def test_the_last_numbers_of_z_are_the_noise_of_the_conditioning():
    z = np.ones((3, 7), np.float32)
    G = text.Generator(16, 1, 2, told=3, augmented=True)
    plain, told = ready(G, z, E), ready(G.clone(moments=True), z, E)
    images, mean, _ = told(False, z, E)
    np.testing.assert_array_equal(plain(False, z, E), images)
    other, same_mean, _ = told(False, z - np.float32([0, 0, 0, 0, 1, 0, 0]), E)
    np.testing.assert_array_equal(mean, same_mean)
    assert np.abs(other - images).max() > 1e-5


@pytest.mark.parametrize(("side", "size"), [(16, 16), (16, 32), (8, 32)])
def test_a_second_stage_draws_larger_images_after_small_ones(side, size):
    z, small = np.ones((3, 4), np.float32), RNG.uniform(-1, 1, (3, side, side, 2)).astype(np.float32)
    G = stackgan.Generator(size, 1, 4, 1, told=4, moments=True)
    draw = ready(G, z, E, small)
    images, mean, log_variance = draw(False, z, E, small)
    assert (images.shape, mean.shape, log_variance.shape) == ((3, size, size, 1), (3, 4), (3, 4))
    assert np.abs(images - draw(False, z, E, -small)[0]).max() > 1e-4
    assert np.abs(images - draw(False, z, E[::-1], small)[0]).max() > 1e-4


def test_sizes_that_do_not_fit_are_refused():
    z, small = np.ones((3, 4), np.float32), np.ones((3, 16, 16, 1), np.float32)
    with pytest.raises(InputError, match="images of 24 pixels are not made of those of 16"):
        jax.eval_shape(net(stackgan.Generator(24, 1, told=4)).init, jax.random.key(0), z, E, small)
