"""Dropout of PixelCNN++; what it sees is tested with the other autoregressive nets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.nets.pixelcnnpp import PixelCNNPlusPlus


def test_each_image_loses_features_by_its_own_key():
    net = PixelCNNPlusPlus(out=3, filters=4, resnets=1, dropout=0.5)
    x = jnp.broadcast_to(jax.random.normal(jax.random.key(0), (1, 4, 4, 1)), (4, 4, 4, 1))
    params = jax.jit(net.init)(jax.random.key(1, impl="rbg"), x)
    keys = jax.random.split(jax.random.key(2), 3)[jnp.asarray([0, 1, 2, 0])]
    dropped = jax.jit(lambda keys: net.apply(params, x, None, keys, train=True))
    out = dropped(keys)
    np.testing.assert_array_equal(out[0], out[3])
    assert not np.allclose(out[0], out[1])
    assert not np.allclose(out[1], out[2])
    np.testing.assert_allclose(dropped(keys[::-1])[::-1], out, atol=1e-6)  # wherever in the batch it is


def test_training_with_dropout_needs_keys():
    with pytest.raises(ValueError, match="keys"):
        PixelCNNPlusPlus(out=3, filters=4, resnets=1).init(jax.random.key(0), jnp.zeros((1, 4, 4, 1)), train=True)
