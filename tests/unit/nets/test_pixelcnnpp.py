"""Dropout and classes of PixelCNN++; what it sees is tested with the other autoregressive nets."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from jaxgen import pixels
from jaxgen.nets import pixelcnnpp
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.sampling import ancestral
from weights import weights


def test_each_image_loses_features_by_its_own_key():
    net = PixelCNNPlusPlus(out=3, filters=4, resnets=1, dropout=0.5, weight_norm=False)
    x = np.float32(np.random.default_rng(0).normal(size=(1, 4, 4, 1)).repeat(4, 0))
    params = weights(net.init, x, spread=0.1)
    keys = jax.random.split(jax.random.key(2), 3)
    dropped = jax.jit(lambda order: net.apply(params, x, None, keys[order], train=True))
    order = np.asarray([0, 1, 2, 0])
    out = np.asarray(dropped(order))
    np.testing.assert_array_equal(out[0], out[3])
    assert not np.allclose(out[0], out[1])
    assert not np.allclose(out[1], out[2])
    np.testing.assert_allclose(dropped(order[::-1])[::-1], out, atol=1e-6)  # wherever in the batch it is


def test_training_with_dropout_needs_keys():
    with pytest.raises(ValueError, match="keys"):
        PixelCNNPlusPlus(out=3, filters=4, resnets=1).init(jax.random.key(0), jnp.zeros((1, 4, 4, 1)), train=True)


class Layer(PixelCNNPlusPlus):
    """One convolution of a net's, an ordinary one or one before a gate."""

    name_: str = "x_1"

    @nn.compact
    def __call__(self, x):
        return pixelcnnpp._Whole(self, None, None, "down", {}).conv(self.name_, x, 5)


@pytest.mark.parametrize(("name", "deviation"), [("x_1", 1), ("x_2", 0.1)])
def test_a_layers_normalised_weights_start_from_what_it_is_given_and_are_kernels(name, deviation):
    net, plain = (Layer(name_=name, weight_norm=norm) for norm in (True, False))
    x = np.float32(np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 2)))

    @jax.jit
    def started(key):
        y, variables = net.init_with_output(key, x)
        folded = pixelcnnpp.plain(variables["params"])
        return y, variables["params"], folded, plain.apply({"params": folded}, x)

    y, params, folded, told = jax.device_get(started(jax.random.key(1)))
    np.testing.assert_allclose(y.mean((0, 1, 2)), np.zeros(5), atol=1e-5)
    np.testing.assert_allclose(y.std((0, 1, 2)), np.full(5, deviation), rtol=1e-3)
    v, g = (np.asarray(params[f"down_{name}_{part}"], np.float64) for part in ("kernel", "scale"))
    np.testing.assert_allclose(folded[f"down_{name}_kernel"], v * g / np.sqrt((v**2).sum((0, 1, 2))), rtol=1e-5)
    np.testing.assert_allclose(told, y, atol=1e-4)


@pytest.mark.slow
def test_normalised_weights_start_from_the_first_batch_and_are_kernels():
    net, plain = (PixelCNNPlusPlus(out=5, filters=4, resnets=1, weight_norm=norm) for norm in (True, False))
    x = np.float32(np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1)))
    drawn = {name: p for name, p in weights(net.init, x)["params"].items() if name.endswith("_kernel")}

    @jax.jit
    def started(drawn):
        """What init gives after its kernels, which take most of its compilation, are drawn."""
        y, made = net.apply({"params": drawn}, x, mutable=["params"], rngs={"params": jax.random.key(1)})
        folded = pixelcnnpp.plain(made["params"])
        return y, made["params"], folded, plain.apply({"params": folded}, x)

    y, params, folded, told = jax.device_get(started(drawn))
    assert params.keys() == weights(net.init, x)["params"].keys()
    np.testing.assert_allclose(y.mean((0, 1, 2)), np.zeros(5), atol=1e-4)  # by the last layer, so by those before it
    np.testing.assert_allclose(y.std((0, 1, 2)), np.ones(5), rtol=1e-3)
    v, g = (np.asarray(params[f"down_up1_0_1_{name}"], np.float64) for name in ("kernel", "scale"))
    expected = v * g / np.sqrt((v**2).sum((0, 1, 2)))
    np.testing.assert_allclose(folded["down_up1_0_1_kernel"], expected, rtol=1e-5)
    np.testing.assert_allclose(told, y, atol=1e-4)


def classes(**how):
    """A net that is told a class, parameters of it, and four images' labels."""
    net, label = PixelCNNPlusPlus(6, 4, 1, classes=3, **how), np.asarray([0, 1, 2, 1])
    return net, weights(net.init, np.zeros((4, 4, 4, 1), np.float32), label, spread=0.2)["params"], label


def test_every_pixel_is_conditional_on_the_class_cached_too():
    """By images whose pixels are a function of what the net says of them, in place of draws."""
    net, params, label = classes(weight_norm=False)
    certain = SimpleNamespace(steps=1, draw=lambda parameters, *_: jnp.tanh(parameters[:, :1]))
    blank, unknown, keys = (
        np.zeros((4, 4, 4, 1), np.float32),
        np.zeros((4, 4), bool),
        jax.random.split(jax.random.key(1), 4),
    )

    @jax.jit
    def both(params):
        made = ancestral.cached(net, params, keys, blank, unknown, certain, label)
        told = net.apply({"params": params}, jnp.concatenate([blank, made]), np.tile(label, 2))
        return made, told[:4], told[4:]

    made, told, of_made = both(params)
    np.testing.assert_array_equal(told[1], told[3])
    for other in (0, 2):
        assert not np.isclose(told[1], told[other]).any()
    np.testing.assert_allclose(made, np.tanh(of_made[..., :1]), atol=1e-5)
    assert np.asarray(made[0]).std() > 0.1


@pytest.mark.slow
def test_cached_is_naive_given_a_class():
    net, params, label = classes()
    keys = jax.random.split(jax.random.key(1), 4)[jnp.asarray([0, 0, 0, 1])]
    given = net, params, keys, np.zeros((4, 4, 4, 1), np.float32), np.zeros((4, 4), bool), pixels.logistics(1, 2), label
    slow, fast = jax.jit(lambda: (ancestral.naive(*given), ancestral.cached(*given)))()
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    assert not np.array_equal(slow[0], slow[1])  # which only the class tells apart
