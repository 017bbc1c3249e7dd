"""Penalties that are computed in some rounds only."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, lax

from jaxgen import parallel


def lazy(every: int, round: Array, penalty: Callable[[], Array]) -> Array:
    """A penalty in every `every`-th round, times `every`, and zeros in the others, where it is not computed: lazy
    regularisation, Karras et al. 2020 (arXiv:1912.04958), section 3.1.

        penalty=(gamma / 2, penalties.lazy(16, turn.round, lambda: penalties.r1(critic, real)))

    Summed over rounds the loss is the same; as a metric it is zero but for the rounds that pay. The paper also scales
    Adam's learning rate and betas by every / (every + 1), as it steps once more for each penalty; here the penalty is
    part of a step that is taken anyway, and the optimiser stays as it is.

    Inside `lax.cond` XLA's CPU backend is slow for convolutions' gradients, as in any loop: for DCGAN's D the gradient
    of R1 took twice as long in a round that pays as it does without the condition. Other rounds pay nothing.
    `jax.vmap` over seeds keeps the saving while the round is shared; over batched rounds it computes both branches.

    Args:
      every: rounds from one penalty to the next; round 0 has one.
      round: int scalar, the same on every device: `Turn.round`.
      penalty: computes the values [B] (or any array); it is a function so that it need not run.

    Raises:
      ValueError: `every` is less than 1.
      AssertionError: the penalty returns anything but one float array.
    """
    if every < 1:
        raise ValueError(f"a lazy penalty comes every n rounds, n at least 1, not {every}")
    values = jax.eval_shape(penalty)
    if not isinstance(values, jax.ShapeDtypeStruct) or not jnp.issubdtype(values.dtype, jnp.floating):
        raise AssertionError(f"a lazy penalty is a function of nothing that returns one float array, not {values}")
    zeros = parallel.local(jnp.zeros(values.shape, values.dtype))  # shard_map wants both branches to be a device's own
    return lax.cond(round % every == 0, lambda: every * penalty() + zeros, lambda: zeros)
