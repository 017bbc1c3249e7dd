"""LPIPS with small random layers: its formula by hand, its edges. tests/parity compares the true networks."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.features import lpips, weights

RANDOM = np.random.default_rng(0)


def random(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def tree(net):
    """What the package's file holds, with random numbers."""
    layers = [layer for layer in net.plan if layer]
    trunk = {
        f"Conv_{i}": {
            "kernel": random(x.kernel, x.kernel, x.enters, x.leaves) * (2 / (x.kernel**2 * x.enters)) ** 0.5,
            "bias": 0.1 * random(x.leaves),
        }
        for i, x in enumerate(layers)
    }
    widths = [layer.leaves for layer in layers if layer.kept]
    heads = {f"NetLinLayer_{i}": {"Conv_0": {"kernel": np.abs(random(1, 1, n, 1))}} for i, n in enumerate(widths)}
    return {{"alexnet": "AlexNet_0", "vgg16": "VGG16_0"}[net.home]: trunk, **heads}


@pytest.fixture(scope="module")
def alex():
    net = lpips.TRUNKS["alex"]
    return net, lpips.variables(net, tree(net), "x")


def test_the_distance_by_hand():
    """Of two pixels one differs: (3, 4) against (0, 5) is (.6, .8) against (0, 1), under the head (2, 10)."""
    a = np.float32([[[[3, 4], [1, 0]]]])
    b = np.float32([[[[0, 5], [7, 0]]]])
    head, ones = np.float32([2, 10]), np.ones(2, np.float32)
    expected = (2 * 0.6**2 + 10 * 0.2**2) / 2
    both = jax.jit(lambda a, b: (lpips.compare([a], [b], [head]), lpips.compare([a, b], [b, b], [head, ones])))
    once, twice = both(a, b)
    np.testing.assert_allclose(once, [expected], rtol=1e-5)
    np.testing.assert_allclose(twice, [expected], rtol=1e-5)


def test_dead_pixels_have_no_gradient():
    """Behind a ReLU that lets nothing through. The root of a length would make it NaN."""
    other, head = np.ones((1, 2, 2, 3), np.float32), [np.ones(3, np.float32)]

    def distance(x):
        return lpips.compare([jax.nn.relu(x)], [other], head)[0]

    value, gradient = jax.jit(jax.value_and_grad(distance))(-other)
    np.testing.assert_array_equal(gradient, 0)
    np.testing.assert_allclose(value, 1, rtol=1e-6)  # a unit vector against none


@pytest.mark.parametrize(
    ("trunk", "widths", "sides"),
    [("alex", [64, 192, 384, 256, 256], [15, 7, 3, 3, 3]), ("vgg", [64, 128, 256, 512, 512], [64, 32, 16, 8, 4])],
)
def test_the_five_layers(trunk, widths, sides):
    """PyTorch's sizes for 64x64: 64 + 2 * 2 - 11 over 4, and so on."""
    net = lpips.TRUNKS[trunk]
    variables = jax.eval_shape(lambda: lpips.variables(net, tree(net), "x"))
    found = jax.eval_shape(lambda v, x: lpips.activations(net, v, x), variables, jnp.zeros((2, 64, 64, 3)))
    assert [x.shape for x in found] == [(2, side, side, width) for side, width in zip(sides, widths)]


def test_it_is_a_distance(alex):
    net, variables = alex
    a, b = np.clip(random(2, 3, 40, 33, 3), -1, 1)

    @jax.jit
    def compared(variables, a, b):
        return lpips.compare(*(lpips.activations(net, variables, x) for x in (a, b)), variables["heads"])

    distance = partial(compared, variables)
    there = np.asarray(distance(a, b))
    assert there.shape == (3,)
    assert (there > 0.01).all()
    np.testing.assert_allclose(distance(a, a), 0, atol=1e-12)
    np.testing.assert_allclose(there, distance(b, a), rtol=1e-5)
    np.testing.assert_allclose(distance(a[1:2], b[1:2])[0], there[1], rtol=1e-4)


def test_colours_are_scaled_first(alex):
    """The first layer by hand at one place: (x - shift) / scale under the kernel, where no padding reaches."""
    net, variables = alex
    x = np.clip(random(1, 40, 40, 3), -1, 1)
    scaled = (x - np.array([-0.030, -0.088, -0.188])) / np.array([0.458, 0.448, 0.450])
    first = variables["trunk"][0]
    expected = np.einsum("hwc,hwco->o", scaled[0, 2:13, 6:17], first["kernel"]) + first["bias"]  # place (1, 2)
    found = lpips.activations(net, variables, x)[0][0, 1, 2]
    np.testing.assert_allclose(found, np.maximum(expected, 0), atol=1e-5)


def test_bad_input(alex, monkeypatch, tmp_path):
    net, variables = alex
    with pytest.raises(InputError, match="31x31 at least"):
        lpips.activations(net, variables, jnp.zeros((1, 28, 28, 3)))
    with pytest.raises(AssertionError):
        lpips.activations(net, variables, jnp.zeros((1, 64, 64, 1)))
    with pytest.raises(AssertionError):
        lpips.activations(net, variables, jnp.zeros((1, 64, 64, 3), jnp.uint8))
    with pytest.raises(InputError, match=r"no trunk 'squeeze'; it has alex and vgg"):
        lpips.load("squeeze")
    with pytest.raises(InputError, match=r"AlexNet_0/Conv_0/kernel is \(2,\)"):
        lpips.variables(net, {"AlexNet_0": {"Conv_0": {"kernel": np.ones(2)}}}, "x")
    with pytest.raises(InputError, match="missing"):
        lpips.variables(net, [], "x")
    path = tmp_path / "alexnet.ckpt"
    path.write_bytes(b"other")
    monkeypatch.setattr(weights, "packaged", lambda *_: path)
    with pytest.raises(InputError, match=r"begins with [0-9a-f]{8}, that of the known weights with 443c5bc3"):
        lpips.load()


@pytest.mark.parametrize("trunk", ["alex", "vgg"])
def test_a_smaller_image_would_lose_the_last_layer(trunk):
    net = lpips.TRUNKS[trunk]
    variables = jax.eval_shape(lambda: lpips.variables(net, tree(net), "x"))
    x = jnp.zeros((1, net.smallest, net.smallest, 3))
    assert jax.eval_shape(lambda v: lpips.activations(net, v, x), variables)[-1].shape[1:3] == (1, 1)
