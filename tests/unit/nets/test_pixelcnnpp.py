"""Dropout and classes of PixelCNN++; what it sees is tested with the other autoregressive nets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen import pixels
from jaxgen.nets import pixelcnnpp
from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus
from jaxgen.sampling import ancestral
from weights import weights


def test_each_image_loses_features_by_its_own_key():
    net = PixelCNNPlusPlus(out=3, filters=4, resnets=1, dropout=0.5)
    x = np.float32(np.random.default_rng(0).normal(size=(1, 4, 4, 1)).repeat(4, 0))
    params = weights(net.init, x, spread=0.1)
    keys = jax.random.split(jax.random.key(2), 3)[np.asarray([0, 1, 2, 0])]
    dropped = jax.jit(lambda keys: net.apply(params, x, None, keys, train=True))
    out = dropped(keys)
    np.testing.assert_array_equal(out[0], out[3])
    assert not np.allclose(out[0], out[1])
    assert not np.allclose(out[1], out[2])
    np.testing.assert_allclose(dropped(keys[::-1])[::-1], out, atol=1e-6)  # wherever in the batch it is


def test_training_with_dropout_needs_keys():
    with pytest.raises(ValueError, match="keys"):
        PixelCNNPlusPlus(out=3, filters=4, resnets=1).init(jax.random.key(0), jnp.zeros((1, 4, 4, 1)), train=True)


def test_normalised_weights_start_from_the_first_batch_and_are_kernels():
    net, plain = (PixelCNNPlusPlus(out=5, filters=4, resnets=1, weight_norm=norm) for norm in (True, False))
    x = np.float32(np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1)))
    y, variables = jax.jit(net.init_with_output)(jax.random.key(1, impl="rbg"), x)
    np.testing.assert_allclose(y.mean((0, 1, 2)), np.zeros(5), atol=1e-4)  # by the last layer, so by those before it
    np.testing.assert_allclose(y.std((0, 1, 2)), np.ones(5), rtol=1e-3)
    v, g = (np.asarray(variables["params"][f"down_up1_0_1_{name}"], np.float64) for name in ("kernel", "scale"))
    folded = pixelcnnpp.plain(variables["params"])
    expected = v * g / np.sqrt((v**2).sum((0, 1, 2)))
    np.testing.assert_allclose(folded["down_up1_0_1_kernel"], expected, rtol=1e-5)
    np.testing.assert_allclose(jax.jit(plain.apply)({"params": folded}, x), y, atol=1e-4)


def test_every_pixel_is_conditional_on_the_class_and_cached_is_naive():
    net, label, family = PixelCNNPlusPlus(6, 4, 1, classes=3), np.asarray([0, 1, 2, 1]), pixels.logistics(1, 2)
    blank = np.zeros((4, 4, 4, 1), np.float32)
    shapes = jax.eval_shape(net.init, jax.random.key(0), blank, label)["params"]
    rng = np.random.default_rng(0)
    params = jax.tree.map(lambda leaf: np.float32(rng.normal(scale=0.2, size=leaf.shape)), shapes)
    keys = jax.random.split(jax.random.key(1), 4)[jnp.asarray([0, 0, 0, 1])]

    @jax.jit
    def both(params):
        told = net.apply({"params": params}, blank, label)
        given = net, params, keys, blank, jnp.zeros((4, 4), bool), family, label
        return told, ancestral.naive(*given), ancestral.cached(*given)

    told, slow, fast = both(params)
    np.testing.assert_array_equal(told[1], told[3])
    for other in (0, 2):
        assert not np.isclose(told[1], told[other]).any()
    np.testing.assert_allclose(fast, slow, atol=1e-5)
    assert not np.array_equal(slow[0], slow[1])  # which only the class tells apart
