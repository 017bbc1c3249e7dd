"""Penalties on weights themselves. They relate no examples and return one scalar, which `jaxgen.game.total` takes in
the place of values [B]; `params` is any tree, one net's or a part of it."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

Tree = Any


def orthogonal(params: Tree, *, diagonal: bool = True) -> Array:
    """The sum over kernels of ||W^T W - I||_F^2, W [inputs, outputs] holding one output's weights in each column.

    Two readings: with the diagonal, columns are to be orthonormal (BigGAN's eq. 2, after Brock et al. 2017,
    arXiv:1609.07093, who sum absolute values instead of squares); without it only orthogonal, their norms
    are free (BigGAN, Brock et al. 2019, arXiv:1809.11096, eq. 3, weight 1e-4). A kernel with fewer inputs than outputs
    cannot reach zero.

    Args:
      params: leaves of rank 2 and more are kernels whose last axis is the output (Flax's layout), flattened to
        [inputs, outputs]; others (biases, scales) are left alone. BigGAN also leaves out its shared embedding.
      diagonal: whether norms count.

    Raises:
      AssertionError: there is no kernel among the params.
    """
    kernels = [w.reshape(-1, w.shape[-1]) for w in jax.tree.leaves(params) if w.ndim >= 2]
    if not kernels:
        raise AssertionError("orthogonal regularisation wants a kernel of rank 2 or more, and these params have none")
    return sum((_distance(w, diagonal) for w in kernels), jnp.zeros(()))


def _distance(W: Array, diagonal: bool) -> Array:
    gram, I = W.T @ W, jnp.eye(W.shape[1], dtype=W.dtype)
    return jnp.sum(jnp.square(gram - I if diagonal else gram * (1 - I)))


def historical(params: Tree, average: Tree) -> Array:
    """||theta - (1/t) sum_i theta_i||^2: historical averaging, Salimans et al. 2016 (arXiv:1606.03498), section 3.3.

    Args:
      params: theta.
      average: the mean of past values, of the same tree: see `remember`. It is a constant to the gradient.
    """
    squares = jax.tree.map(lambda p, a: jnp.sum(jnp.square(p - jax.lax.stop_gradient(a))), params, average)
    return sum(jax.tree.leaves(squares), jnp.zeros(()))


def remember(average: Tree, params: Tree, round: Array) -> Tree:
    """The mean of past parameters after one more: average + (params - average) / (round + 1).

    Args:
      average: the mean of `round` values, the parameters of rounds 0 to round - 1; in `jaxgen.game` a net's stats.
        To begin with, a copy of the parameters.
      params: this round's.
      round: int scalar, from 0: `Turn.round`.
    """
    return optax.incremental_update(jax.lax.stop_gradient(params), average, 1 / (round + 1))


def clip(limit: float) -> optax.GradientTransformation:
    """Keeps every weight in [-limit, limit]: WGAN, Arjovsky et al. 2017 (arXiv:1701.07875), algorithm 1, line 7.

    The last link of a chain, since it looks at where the update leads: `optax.chain(optax.rmsprop(5e-5), clip(0.01))`.
    It clips the critic's every parameter, biases and norms' scales too, as the authors' code does. A weight may end a
    rounding error beyond the limit.

    Args:
      limit: the paper's c, 0.01.

    Raises:
      ValueError: the limit is not positive; `update` is called without params.
    """
    if not limit > 0:
        raise ValueError(f"weights are clipped to [-limit, limit] with a positive limit, not {limit}")

    def update(updates, state, params=None):
        if params is None:
            raise ValueError("clipping weights needs them: call update(updates, state, params)")
        return jax.tree.map(lambda u, p: jnp.clip(p + u, -limit, limit) - p, updates, params), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)
