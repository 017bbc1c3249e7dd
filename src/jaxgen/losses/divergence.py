"""Kullback-Leibler divergences of diagonal Gaussians, in nats.

A Gaussian is its mean [B, n] and the logarithm of its variance [B, n]. All raise AssertionError at trace time unless
their arguments are float [B, n] of one shape.
"""

import jax.numpy as jnp
from jax import Array, lax

from jaxgen import parallel
from jaxgen.losses import checks


def to_standard(mean: Array, log_variance: Array) -> Array:
    """KL(N(mean, variance) || N(0, I)) -> [B]: Kingma & Welling 2014 (arXiv:1312.6114), appendix B, its sign turned."""
    return jnp.sum(_each(mean, log_variance), axis=-1)


def between(mean: Array, log_variance: Array, other_mean: Array, other_log_variance: Array) -> Array:
    """KL(N(mean, variance) || N(other mean, other variance)) -> [B]."""
    checks.features(mean, log_variance, other_mean, other_log_variance)
    ratio = log_variance - other_log_variance
    apart = jnp.square(mean - other_mean) * jnp.exp(-other_log_variance)
    return jnp.sum(jnp.expm1(ratio) - ratio + apart, axis=-1) / 2


def free_bits(mean: Array, log_variance: Array, free: float) -> Array:
    """KL to N(0, I) with a minimum for each latent, -> [B]: Kingma et al. 2016 (arXiv:1606.04934), eq. 15.

    The mean over examples of what is returned is the sum over latents of max(free, mean KL of that latent). As in the
    paper the mean over the global batch is what is compared, and not every example's own KL (a reading also in use); a
    latent below the minimum has no gradient. The paper's groups are single latents here.

    Args:
      mean: [B, n].
      log_variance: [B, n].
      free: nats, for each latent.
    """
    each = _each(mean, log_variance)
    above = lax.stop_gradient(parallel.mean(jnp.mean(each, axis=0, keepdims=True))) > free
    return jnp.sum(jnp.where(above, each, free), axis=-1)


def _each(mean: Array, log_variance: Array) -> Array:
    """The divergence of every latent, [B, n]."""
    checks.features(mean, log_variance)
    # exp(v) - 1 - v without the cancellation near v = 0
    return (jnp.square(mean) + jnp.expm1(log_variance) - log_variance) / 2
