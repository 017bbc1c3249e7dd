"""Negative log-likelihoods of images whose pixels are discrete, [B], in nats, and samplers of the same distributions.

Of two values it is `losses.reconstruction.bernoulli`. Samplers are pure and take one typed key per example, [B].
"""

import math

import chex
import jax
import jax.numpy as jnp
from jax import Array

SMALLEST_LOG_SCALE = -7.0
HALF_WIDTH = 1 / 255  # half a bin, for 256 values in [-1, 1]


def categorical(logits: Array, images: Array) -> Array:
    """-log p(x) of integer images [B, ...], by logits [B, ..., values]: a softmax over the values."""
    chex.assert_shape(logits, (*images.shape, None))
    logs = jnp.take_along_axis(jax.nn.log_softmax(logits), images[..., None], -1)[..., 0]
    return -jnp.sum(logs, axis=tuple(range(1, logs.ndim)))


def logistic_mixture(parameters: Array, images: Array) -> Array:
    """-log p(x) by mixtures of discretised logistics: Salimans et al. 2017 (arXiv:1701.05517), eqs. 2 and 3.

    As the authors' code: log-scales are at least -7; where a bin's probability is at most 1e-5, it is the density at
    the bin's middle times its width; the first and the last bin reach to infinity. Bins sum to 1 but for that.

    Args:
      parameters: [B, H, W, 3 K], or [B, H, W, 10 K] with 3 channels: blocks of K logits, means of each channel,
        log-scales of each channel and, with 3 channels, the coefficients of red in green, red and green in blue.
      images: [B, H, W, C] in [-1, 1], on the grid of 256 values; C is 1 or 3.
    """
    channels = images.shape[-1]
    logits, means, scales, mixing = _split(parameters, channels)
    x = images[..., None]  # [B, H, W, C, 1]
    means = _linear(means, mixing, x) if channels == 3 else means
    logs = jax.nn.log_softmax(logits) + jnp.sum(_log_bin(x, means, scales), axis=-2)
    return -jnp.sum(jax.nn.logsumexp(logs, axis=-1), axis=(1, 2))


def bits[Nats: (Array, float)](nats: Nats, shape: tuple[int, ...]) -> Nats:
    """Nats of images of a shape [H, W, C] -> bits per dimension."""
    return nats / (math.prod(shape) * math.log(2))


def sample_pixel(parameters: Array, keys: Array, channels: int) -> Array:
    """Pixels [B, channels] on the grid of 256 values in [-1, 1] from mixtures' parameters of a pixel each, [B, n].

    Each channel is clipped and rounded to the grid before the next one's mean takes it in (the authors' code conditions
    on unrounded draws).
    """
    logits, means, scales, mixing = _split(parameters, channels)

    def draw(key, logits, means, scales, mixing):
        which, where = jax.random.split(key)
        chosen = jax.random.categorical(which, logits)
        u = jax.random.uniform(where, (channels,), minval=1e-5, maxval=1 - 1e-5)
        noise = jnp.exp(scales[:, chosen]) * (jnp.log(u) - jnp.log1p(-u))
        out: list[Array] = []
        for c in range(channels):
            mean = means[c, chosen]
            for i, before in enumerate(out):
                mean = mean + jnp.tanh(mixing[c - 1 + i, chosen]) * before
            x = jnp.clip(mean + noise[c], -1.0, 1.0)
            out.append(jnp.round((x + 1) * 127.5) / 127.5 - 1)
        return jnp.stack(out)

    return jax.vmap(draw)(keys, logits, means, scales, mixing)


def _split(parameters: Array, channels: int) -> tuple[Array, Array, Array, Array]:
    """[..., K (1 + 2 C) + 3 K if C is 3] -> logits [..., K], means, log-scales and mixing coefficients [..., C, K]."""
    parts = 1 + (3 * channels if channels == 3 else 2 * channels)
    chex.assert_is_divisible(parameters.shape[-1], parts)
    k = parameters.shape[-1] // parts
    shaped = parameters.reshape(*parameters.shape[:-1], parts, k)
    means, scales = shaped[..., 1 : 1 + channels, :], shaped[..., 1 + channels : 1 + 2 * channels, :]
    return shaped[..., 0, :], means, jnp.maximum(scales, SMALLEST_LOG_SCALE), shaped[..., 1 + 2 * channels :, :]


def _linear(means: Array, mixing: Array, x: Array) -> Array:
    """Means of green and blue, shifted by the channels before them (eq. 3)."""
    a, b, c = (jnp.tanh(mixing[..., i, :]) for i in range(3))
    r, g = x[..., 0, :], x[..., 1, :]
    red, green, blue = (means[..., i, :] for i in range(3))
    return jnp.stack([red, green + a * r, blue + b * r + c * g], axis=-2)


def _log_bin(x: Array, mean: Array, scale: Array) -> Array:
    """Log-probabilities of the bins around x. Every branch is finite, so that gradients of the others are too."""
    inverse, centred = jnp.exp(-scale), x - mean
    upper, lower, middle = inverse * (centred + HALF_WIDTH), inverse * (centred - HALF_WIDTH), inverse * centred
    mass = jax.nn.sigmoid(upper) - jax.nn.sigmoid(lower)
    density = middle - scale - 2 * jax.nn.softplus(middle) + jnp.log(2 * HALF_WIDTH)
    inner = jnp.where(mass > 1e-5, jnp.log(jnp.maximum(mass, 1e-12)), density)
    return jnp.where(x < -0.999, -jax.nn.softplus(-upper), jnp.where(x > 0.999, -jax.nn.softplus(lower), inner))
