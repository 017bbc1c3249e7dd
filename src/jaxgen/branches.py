"""The loss that an optimiser of single examples' parameters asks for within its branches, without copies of nets."""

from collections.abc import Callable
from typing import Any

import jax
from jax import Array
from jax.custom_batching import custom_vmap


def sharing(value: Callable[[Any, Any, Any], Array]) -> Callable[[Any, Any, Any], Array]:
    """A function's own values, and reverse-mode gradients by its first argument, for branches under `jax.vmap`.

    Where examples take different branches of a `lax.cond`, as in a line search, `jax.vmap` gives every example a copy
    of all that is used there. With copies of a generator's and a discriminator's kernels a step of L-BFGS took fourteen
    times as long as without (benchmarks/NOTES.md). Here what is shared is taken from the first copy.

    Args:
      value: (own, mine, shared) -> a loss []. `shared` is the same for all examples.
    """

    @custom_vmap
    def both(own, mine, shared):
        return jax.value_and_grad(value)(own, mine, shared)

    @both.def_vmap
    def of_all(size, batched, own, mine, shared):
        shared = jax.tree.map(lambda x, copied: x[0] if copied else x, shared, batched[2])
        axes = jax.tree.map(lambda split: 0 if split else None, batched[:2])
        found = jax.vmap(jax.value_and_grad(value), (*axes, None), axis_size=size)(own, mine, shared)
        return found, jax.tree.map(lambda x: True, found)

    @jax.custom_vjp
    def lean(own, mine, shared):
        return both(own, mine, shared)[0]

    def backward(slope, grad):
        return jax.tree.map(lambda x: grad * x, slope), None, None

    lean.defvjp(both, backward)
    return lean
