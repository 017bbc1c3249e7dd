"""Noise within a net, from per-example keys, so that no number of devices changes it."""

import chex
import jax
from jax import Array


def gaussian(x: Array, keys: Array, deviation: float) -> Array:
    """x + deviation N(0, I): values [B, ...] and keys [B] -> [B, ...]."""
    chex.assert_equal_shape_prefix((x, keys), 1)
    return x + deviation * jax.vmap(lambda key: jax.random.normal(key, x.shape[1:], x.dtype))(keys)
