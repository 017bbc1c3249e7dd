"""The importance-weighted bound of log p(x), and its weights."""

import math
from collections.abc import Callable

import chex
import jax
import jax.numpy as jnp
from jax import Array


def bound(log_weights: Array) -> Array:
    """log (1/K sum_k w_k) -> [B]: Burda, Grosse & Salakhutdinov 2016 (arXiv:1509.00519), eq. 8, with the - log K that
    some public code leaves out.

    It is the ELBO at K = 1, rises with K in expectation (theorem 1), and for large K estimates log p(x), too low on
    average. Its gradient weighs the samples by w_k / sum w (eq. 14).

    Args:
      log_weights: log p(x, z_k) - log q(z_k | x) of z_k ~ q(z | x), nats, [K, B].
    """
    chex.assert_rank(log_weights, 2)
    return jax.nn.logsumexp(log_weights, axis=0) - math.log(len(log_weights))


def log_weights(
    unlikely: Callable[[Array, Array], Array], images: Array, z: Array, mean: Array, log_variance: Array
) -> Array:
    """log p(x, z_k) - log q(z_k | x) of z_k ~ q(z | x) = N(mean, variance), nats [K, B], with z ~ N(0, I).

    `bound` of them is the bound of log p(x); their mean over samples is an ELBO whose divergence is sampled too.

    Args:
      unlikely: codes [K B, n], images [K B, ...] -> -log p(x | z), nats [K B]: a decoder and its likelihood.
      images: [B, ...].
      z: [K, B, n], of `latents.posterior`. Memory is that of K B decoded images.
      mean: [B, n].
      log_variance: [B, n].
    """
    samples = len(z)
    repeated = jnp.broadcast_to(images[None], (samples, *images.shape)).reshape(-1, *images.shape[1:])
    log_p = -unlikely(z.reshape(-1, z.shape[-1]), repeated).reshape(samples, -1)
    # log N(z; 0, I) - log N(z; mean, variance): both have the same log 2 pi.
    noise = (z - mean[None]) * jnp.exp(-log_variance / 2)[None]
    return log_p + jnp.sum(jnp.square(noise) - jnp.square(z) + log_variance[None], axis=-1) / 2
