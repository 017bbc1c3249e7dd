"""SNGAN's ResNets, written out a second time in numpy, in float64, and the convolutions of stride 2 that they have."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from jaxgen import nets
from jaxgen.errors import InputError
from jaxgen.layers import doubled_conv, halved_conv, resampled
from jaxgen.nets import resnet
from weights import weights


def convolve(x, layer):
    """With a border of zeros as wide as the kernel asks for."""
    kernel, bias = (np.asarray(layer[name], np.float64) for name in ("kernel", "bias"))
    side = len(kernel) // 2
    x = np.pad(x, ((0, 0), (side, side), (side, side), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))
    return np.einsum("bijchw,hwcf->bijf", windows, kernel) + bias


def doubled(x):
    return x.repeat(2, 1).repeat(2, 2)


def halved(x):
    return (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]) / 4


def relu(x):
    return np.maximum(x, 0)


def generator(p, stats, z):
    """Table 4, left, by the running statistics."""

    def active(x, i):
        norm, s = p[f"BatchNorm_{i}"]["BatchNorm_0"], stats[f"BatchNorm_{i}"]["BatchNorm_0"]
        return relu((x - s["mean"]) / np.sqrt(s["var"] + 1e-5) * norm["scale"] + norm["bias"])

    x = (z @ p["Dense_0"]["kernel"] + p["Dense_0"]["bias"]).reshape(len(z), 4, 4, -1)
    for i in range(2):
        y = convolve(doubled(active(x, 2 * i)), p[f"Conv_{3 * i}"])
        y = convolve(active(y, 2 * i + 1), p[f"Conv_{3 * i + 1}"])
        x = y + convolve(doubled(x), p[f"Conv_{3 * i + 2}"])
    return np.tanh(convolve(active(x, 4), p["Conv_6"]))


def discriminator(p, stats, x):
    """Table 4, right, without spectral norms: the first block, one that stays, and one more."""
    y = halved(convolve(relu(convolve(x, p["Conv_0"])), p["Conv_1"]))
    x = y + halved(convolve(x, p["Conv_2"]))
    for i in (3, 5):
        x = x + convolve(relu(convolve(relu(x), p[f"Conv_{i}"])), p[f"Conv_{i + 1}"])
    return (relu(x).sum((1, 2)) @ p["Dense_0"]["kernel"] + p["Dense_0"]["bias"])[:, 0]


@pytest.mark.parametrize(
    ("module", "shape", "written_out"),
    [
        (resnet.Generator(16, 3, 4), (5, 7), generator),
        (resnet.Discriminator(4, norm="none"), (5, 16, 16, 3), discriminator),
    ],
    ids=["G", "D"],
)
def test_a_net_is_what_its_paper_draws(module, shape, written_out):
    net, rng = nets.net(module), np.random.default_rng(0)
    x = rng.normal(size=shape).astype(np.float32)
    made = jax.eval_shape(net.init, jax.random.key(0), x)
    params, stats = jax.tree.map(lambda leaf: rng.uniform(0.3, 0.6, leaf.shape).astype(np.float32), made)
    params = jax.tree.map(lambda p: p - 0.45 if p.ndim > 1 else p, params)
    out, _ = jax.jit(lambda *args: net.apply(*args, train=False))(params, stats, x)
    double = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), (params, stats.get("batch_stats")))
    np.testing.assert_allclose(out, written_out(*double, x.astype(np.float64)), rtol=1e-4, atol=1e-4)


def test_parameters_are_those_counted_by_hand():
    """At 32 pixels, of the paper's widths."""

    def count(net, x):
        return sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(net.init, jax.random.key(0), x)[0]))

    inside, beside = 9 * 256**2 + 256, 256**2 + 256
    G = 129 * 16 * 256 + 3 * (2 * inside + beside) + 7 * 2 * 256 + 9 * 256 * 3 + 3
    assert count(nets.net(resnet.Generator(32, 3)), jnp.zeros((1, 128))) == G
    inside, first = 9 * 128**2 + 128, 9 * 3 * 128 + 128 + 3 * 128 + 128
    D = first + inside + 2 * inside + 128**2 + 128 + 4 * inside + 129
    assert count(nets.net(resnet.Discriminator()), jnp.zeros((1, 32, 32, 3))) == D


@pytest.mark.parametrize("size", [8, 24, 128])
def test_sizes_that_it_does_not_make_are_refused(size):
    for module, x in ((resnet.Generator(size, 1), (1, 8)), (resnet.Discriminator(), (1, size, size, 1))):
        with pytest.raises(InputError, match=f"SNGAN nets make images of 16, 28, 32, 64 pixels a side, not {size}"):
            jax.eval_shape(nets.net(module).init, jax.random.key(0), jnp.zeros(x))


# ---- the convolutions ----


@pytest.mark.parametrize(
    ("through", "steps"),
    [(doubled_conv, lambda x, p: convolve(doubled(x), p)), (halved_conv, lambda x, p: halved(convolve(x, p)))],
)
@pytest.mark.parametrize("backend", ["cpu", "gpu"])
def test_a_resampled_convolution_is_its_two_steps_with_their_gradients(through, steps, backend, monkeypatch):
    monkeypatch.setattr(resampled.jax, "default_backend", lambda: backend)  # which form it takes
    rng, layer = np.random.default_rng(0), nn.Conv(17, (3, 3), conv_general_dilated=through)
    x = np.float32(rng.normal(size=(2, 6, 10, 3)))
    params = weights(layer.init, x, spread=0.1)["params"]
    expected = steps(np.asarray(x, np.float64), params)
    along = np.float32(rng.normal(size=expected.shape))

    @jax.jit
    def seen(x, params):
        out, pull = jax.vjp(lambda x, p: layer.apply({"params": p}, x), x, params)
        return out, pull(along)

    out, slopes = jax.device_get(seen(x, params))
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)
    toward = jax.tree.map(lambda leaf: np.float32(rng.normal(size=leaf.shape)), (x, params))
    # Linear in the image and in the parameters: its slope by either is a difference.
    a, b = (np.asarray(x + s * toward[0], np.float64) for s in (1, -1))
    by_image = ((steps(a, params) - steps(b, params)) / 2 * along).sum()
    np.testing.assert_allclose((slopes[0] * toward[0]).sum(), by_image, rtol=1e-4)
    up, down = (jax.tree.map(lambda p, t, s=s: p + s * t, params, toward[1]) for s in (1, -1))
    by_params = ((steps(np.asarray(x, np.float64), up) - steps(np.asarray(x, np.float64), down)) / 2 * along).sum()
    got = sum((slopes[1][name] * toward[1][name]).sum() for name in params)
    np.testing.assert_allclose(got, by_params, rtol=1e-3)
