"""Priors over latent codes, drawn from per-example keys so that no number of devices changes them.

Every function takes keys [B], one typed key per example (`Turn.keys`, or `jax.random.split(key, B)`).
"""

import jax
from jax import Array


def split(keys: Array, parts: int = 2) -> tuple[Array, ...]:
    """Keys [B] -> `parts` independent sets of keys [B]."""
    return tuple(jax.vmap(lambda key: jax.random.split(key, parts), out_axes=1)(keys))


def normal(keys: Array, size: int) -> Array:
    """z ~ N(0, I), [B, size]."""
    return jax.vmap(lambda key: jax.random.normal(key, (size,)))(keys)


def uniform(keys: Array, size: int) -> Array:
    """z ~ U(-1, 1), [B, size]: the prior of Radford et al. 2016, section 4."""
    return jax.vmap(lambda key: jax.random.uniform(key, (size,), minval=-1.0, maxval=1.0))(keys)
