"""How unlikely an image is given what a decoder says of it: -log p(x | z), summed over pixels and channels, in nats.

Every function takes arrays [B, ...] of one shape and returns [B]; densities' nats may be negative. All raise
AssertionError at trace time for other shapes and for integers.
"""

import math

import chex
import jax
import jax.numpy as jnp
from jax import Array

HALF = 1 / 255  # half of a bin of 256 levels in [-1, 1]
SMALLEST = -7.0  # of a logistic's log-scale: narrower than any bin


def bernoulli(logits: Array, images: Array) -> Array:
    """-x log p - (1 - x) log(1 - p), p = sigmoid(logits).

    Args:
      logits: [B, ...].
      images: [B, ...] in [0, 1]. Of 0 and 1 it is a likelihood. Of grey values between it is a cross-entropy that many
        use as one, but no likelihood: p(x) does not integrate to 1 over [0, 1] (Loaiza-Ganem & Cunningham 2019,
        arXiv:1907.06845), so its nats can only be compared with others of the same kind.
    """
    _checked(logits, images)
    return _sum(jax.nn.softplus(logits) - images * logits)


def gaussian(mean: Array, log_variance: Array, images: Array) -> Array:
    """-log N(images; mean, exp(log_variance)), a density's: a fixed variance is an array of constants."""
    _checked(mean, log_variance, images)
    return _sum(log_variance + jnp.square(images - mean) * jnp.exp(-log_variance) + math.log(2 * math.pi)) / 2


def squared(prediction: Array, images: Array) -> Array:
    """The sum of squared differences: L2, and no likelihood (that of variance 1/2 but for a constant)."""
    _checked(prediction, images)
    return _sum(jnp.square(prediction - images))


def logistic(mean: Array, log_scale: Array, images: Array) -> Array:
    """-log P of one of 256 levels under a logistic in [-1, 1]: Kingma et al. 2016 (arXiv:1606.04934), section 6.1, with
    the edge bins going on to infinity as in PixelCNN++ (Salimans et al. 2017, arXiv:1701.05517, eq. 2), so that the
    probabilities of all levels sum to 1.

    The log-scale is clamped at -7, as in PixelCNN++. Its fall-back to a density for unlikely bins is not needed: with
    a and b the bin's ends in scales, sigmoid(b) - sigmoid(a) = sigmoid(b) sigmoid(-a) (1 - exp(a - b)) exactly, and
    each factor's logarithm is finite.

    Args:
      mean: [B, ...].
      log_scale: [B, ...].
      images: [B, ...], levels k = 0 to 255 as 2 k / 255 - 1.
    """
    _checked(mean, log_scale, images)
    log_scale = jnp.maximum(log_scale, SMALLEST)
    narrow = jnp.exp(-log_scale)
    below, above = (images - HALF - mean) * narrow, (images + HALF - mean) * narrow
    to_above, from_below = -jax.nn.softplus(-above), -jax.nn.softplus(below)
    width = 2 * HALF * narrow
    # log(1 - exp(-width)), and log(width) where that is the same and width itself may be too small for a float.
    wide = width > 1e-4
    between = jnp.where(
        wide, jnp.log(-jnp.expm1(-jnp.where(wide, width, 1.0))), math.log(2 * HALF) - log_scale
    )  # fmt: skip
    middle = to_above + from_below + between
    log_p = jnp.where(images < -1 + HALF, to_above, jnp.where(images > 1 - HALF, from_below, middle))
    return -_sum(log_p)


def _checked(*arrays: Array) -> None:
    chex.assert_type(arrays, float)
    chex.assert_equal_shape(arrays)


def _sum(x: Array) -> Array:
    return jnp.sum(x, axis=tuple(range(1, x.ndim)))
