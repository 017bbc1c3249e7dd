"""The U-Net and PatchGANs: published sizes, what a score sees, whose noise is whose."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.nets import net, patch, unet
from weights import weights


def shapes(module, *xs):
    """Of parameters, stats and outputs, without computing them."""
    N = net(module)
    params, stats = jax.eval_shape(N.init, jax.random.key(0), *xs)
    out, _ = jax.eval_shape(lambda p, s: N.apply(p, s, *xs, train=True), params, stats)
    return sum(x.size for x in jax.tree.leaves(params)), out


def test_published_numbers_of_parameters():
    images = jnp.zeros((1, 256, 256, 3))
    count, out = shapes(unet.Generator(3), images)
    assert (count, out.shape) == (54_413_955, (1, 256, 256, 3))  # 54.41 M
    count, out = shapes(patch.Discriminator(), images, images)
    assert (count, out.shape) == (2_768_705, (1, 30, 30))  # 2.77 M


@pytest.mark.parametrize("size", [16, 32, 128])
def test_a_unet_takes_any_power_of_two(size):
    _, out = shapes(unet.Generator(2, 4), jnp.zeros((2, size, size, 3)), jax.random.split(jax.random.key(0), 2))
    assert out.shape == (2, size, size, 2)


@pytest.mark.parametrize("size", [8, 24, 60])
def test_other_sizes_are_refused(size):
    with pytest.raises(InputError, match="--size resizes"):
        shapes(unet.Generator(1, 4), jnp.zeros((1, size, size, 1)))


def ready(module, *xs):
    N = net(module)
    return N, *weights(N.init, *xs, spread=0.05)


def normal(*shape):
    return np.float32(np.random.default_rng(1).normal(size=shape))


def test_the_unets_noise_is_an_examples_own_and_without_keys_there_is_none():
    same, keys = normal(1, 16, 16, 1).repeat(4, 0), jax.random.split(jax.random.key(2), 4)
    G, params, stats = ready(unet.Generator(1, 2), same, keys)

    @jax.jit
    def draws(keys):
        draw = lambda *given: G.apply(params, stats, *given, train=False)[0]  # noqa: E731
        return draw(same, keys), draw(same[:2], keys[2:]), draw(same)

    noisy, fewer, still = jax.device_get(draws(keys))
    assert len({image.tobytes() for image in noisy}) == 4
    np.testing.assert_allclose(fewer, noisy[2:], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(np.ptp(still, axis=0), 0, atol=1e-6)


def test_what_is_skipped_is_activated_and_reaches_the_image():
    """Without what comes through the middle, an image depends on the first layer's features alone, after LeakyReLU."""
    x = normal(2, 16, 16, 1)
    G, params, stats = ready(unet.Generator(1, 2), x)
    last = params["ConvTranspose_3"]
    kernel = last["kernel"].copy()
    kernel[:, :, :2] = 0
    cut = params | {"ConvTranspose_3": last | {"kernel": kernel}}

    @jax.jit
    def both(params):
        dims = ("NHWC", "HWIO", "NHWC")
        first = params["Conv_0"]["kernel"]
        features = jax.lax.conv_general_dilated(x, first, (2, 2), "SAME", dimension_numbers=dims)
        skipped = jnp.maximum(jnp.where(features > 0, features, 0.2 * features), 0)
        wanted = jax.lax.conv_transpose(skipped, kernel[:, :, 2:], (2, 2), "SAME")
        wanted = jnp.tanh(wanted + last["bias"].reshape(1, 1, 1, -1))
        return G.apply(params, stats, x, train=False)[0], wanted

    found, wanted = both(cut)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_a_unet_with_a_depth_is_the_same_and_takes_larger_images():
    x, larger = normal(1, 16, 16, 1), normal(1, 32, 48, 1)
    G, params, stats = ready(unet.Generator(1, 2), x)
    deep = net(unet.Generator(1, 2, depth=4))

    @jax.jit
    def draws():
        found = [N.apply(params, stats, x, train=False)[0] for N in (G, deep)]
        return *found, deep.apply(params, stats, larger, train=False)[0]

    own, same, more = jax.device_get(draws())
    np.testing.assert_array_equal(own, same)
    assert more.shape == (1, 32, 48, 1)
    with pytest.raises(InputError, match="multiples of 16 pixels, not 24x16"):
        deep.apply(params, stats, larger[:, :16, :24], train=False)


@pytest.mark.parametrize("field", [16, 34, 70])
def test_a_score_sees_a_field_of_so_many_pixels(field):
    """The middle score's gradient by the image: a square with that side."""
    x = normal(1, 128, 128, 1)
    D, params, stats = ready(patch.Discriminator(2, norm="none", field=field), x)

    def middle(x):
        scores, _ = D.apply(params, stats, x, train=False)
        return scores[0, scores.shape[1] // 2, scores.shape[2] // 2]

    rows, columns = np.nonzero(np.asarray(jax.jit(jax.grad(middle))(x))[0, :, :, 0])
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (field, field)


@pytest.mark.parametrize(("field", "size", "said"), [(33, 64, "16, 34, 70 pixels, not 33"), (70, 16, "too small")])
def test_fields_that_there_are_not(field, size, said):
    with pytest.raises(InputError, match=said):
        shapes(patch.Discriminator(2, field=field), jnp.zeros((1, size, size, 1)))


def test_spectral_norms_are_kept_and_spare_batch_norm():
    init = net(patch.Discriminator(2, norm="spectral", field=16)).init
    params, stats = jax.eval_shape(init, jax.random.key(0), jnp.zeros((2, 16, 16, 1)))
    assert {name.split("_")[0] for name in params} == {"Conv"}
    assert len(jax.tree.leaves(stats)) == 6  # a vector and a norm of each of three kernels
