"""The importance-weighted bound of log p(x)."""

import math

import chex
import jax
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
