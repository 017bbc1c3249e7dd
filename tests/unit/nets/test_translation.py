"""The U-Net, the ResNet generator and PatchGANs: published sizes, what a score sees, whose noise is whose."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.nets import cyclegan, net, patch, unet
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
    count, out = shapes(patch.Discriminator(norm="instance"), images)
    assert (count, out.shape) == (2_764_737, (1, 30, 30))  # 2.765 M, as CycleGAN's code says of its D


def layers(module, *xs):
    """The sizes of a net's kernels and biases, by layer."""
    params, _ = jax.eval_shape(net(module).init, jax.random.key(0), *xs)
    return {name: {kind: x.shape for kind, x in layer.items()} for name, layer in params.items()}


@pytest.mark.parametrize(("blocks", "published"), [(6, 7_837_699), (9, 11_378_179)])  # 7.84 M and 11.38 M
def test_the_resnet_generator_is_the_published_one_layer_by_layer(blocks, published):
    G, x = cyclegan.Generator(3, blocks=blocks), jnp.zeros((1, 256, 256, 3))
    count, out = shapes(G, x)
    assert (count, out.shape) == (published, (1, 256, 256, 3))
    around = [(7, 3, 64), (3, 64, 128), (3, 128, 256), *[(3, 256, 256)] * (2 * blocks), (7, 64, 3)]
    wanted = {f"Conv_{i}": {"kernel": (k, k, a, b), "bias": (b,)} for i, (k, a, b) in enumerate(around)}
    for i, (a, b) in enumerate([(256, 128), (128, 64)]):
        wanted[f"ConvTranspose_{i}"] = {"kernel": (3, 3, a, b), "bias": (b,)}
    assert layers(G, x) == wanted


def written_out(p, x):
    """The ResNet generator of one block, a second time, in NumPy and float64."""

    def conv(name, x, stride=1, pad="reflect"):
        kernel, bias = (np.float64(p[name][kind]) for kind in ("kernel", "bias"))
        border = len(kernel) // 2
        x = np.pad(x, ((0, 0), (border, border), (border, border), (0, 0)), mode=pad)
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
        return np.einsum("bijchw,hwcf->bijf", windows, kernel) + bias

    def doubled(name, x):
        kernel, bias = (np.float64(p[name][kind]) for kind in ("kernel", "bias"))
        b, h, w, _ = x.shape
        y = np.zeros((b, 2 * h + 2, 2 * w + 2, kernel.shape[3]))
        for i, j in np.ndindex(h, w):
            y[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += np.einsum("bc,hwcf->bhwf", x[:, i, j], kernel[::-1, ::-1])
        return y[:, 1:-1, 1:-1] + bias

    def norm(x):
        return (x - x.mean((1, 2), keepdims=True)) / np.sqrt(x.var((1, 2), keepdims=True) + 1e-5)

    def active(x):
        return np.maximum(norm(x), 0)

    x = active(conv("Conv_0", np.float64(x)))
    x = active(conv("Conv_1", x, 2, "constant"))
    x = active(conv("Conv_2", x, 2, "constant"))
    x = x + norm(conv("Conv_4", active(conv("Conv_3", x))))
    x = active(doubled("ConvTranspose_1", active(doubled("ConvTranspose_0", x))))
    return np.tanh(conv("Conv_5", x))


def test_the_resnet_generator_is_what_its_paper_says():
    x = normal(2, 16, 12, 2)
    G, params, stats = ready(cyclegan.Generator(3, 2, blocks=1), x)
    found = jax.jit(partial(G.apply, train=False))(params, stats, x)[0]
    np.testing.assert_allclose(found, written_out(params, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("size", "near"), [(30, "32x32"), (4, "8x8")])
def test_sizes_that_the_resnet_generator_cannot_halve(size, near):
    with pytest.raises(InputError, match=f"not {size}x{size}; the nearest is {near}"):
        shapes(cyclegan.Generator(1, 2, 1), jnp.zeros((1, size, size, 1)))


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


@pytest.mark.parametrize(("size", "field"), [(16, 16), (32, 34), (64, 70), (128, 142), (256, 286)])
def test_the_smallest_field_that_sees_all_of_an_image(size, field):
    assert patch.covering(size) == field
    shapes(patch.Discriminator(2, field=field), jnp.zeros((1, size, size, 1)))  # and an image is large enough for it


def test_no_field_is_larger_than_286():
    with pytest.raises(InputError, match="the largest field is 286"):
        patch.covering(512)


@pytest.mark.parametrize("field", [16, 34, 70, 142, 286])
def test_a_score_sees_a_field_of_so_many_pixels(field):
    """The middle score's gradient by the image: a square with that side."""
    size = 128 if field < 100 else 512
    x = normal(1, size, size, 1)
    D, params, stats = ready(patch.Discriminator(2, norm="none", field=field), x)

    def middle(x):
        scores, _ = D.apply(params, stats, x, train=False)
        return scores[0, scores.shape[1] // 2, scores.shape[2] // 2]

    rows, columns = np.nonzero(np.asarray(jax.jit(jax.grad(middle))(x))[0, :, :, 0])
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (field, field)


@pytest.mark.parametrize(
    ("field", "size", "said"), [(33, 64, "16, 34, 70, 142, 286 pixels, not 33"), (70, 16, "too small")]
)
def test_fields_that_there_are_not(field, size, said):
    with pytest.raises(InputError, match=said):
        shapes(patch.Discriminator(2, field=field), jnp.zeros((1, size, size, 1)))


def test_spectral_norms_are_kept_and_spare_batch_norm():
    init = net(patch.Discriminator(2, norm="spectral", field=16)).init
    params, stats = jax.eval_shape(init, jax.random.key(0), jnp.zeros((2, 16, 16, 1)))
    assert {name.split("_")[0] for name in params} == {"Conv"}
    assert len(jax.tree.leaves(stats)) == 6  # a vector and a norm of each of three kernels
