"""The one axis that a batch is split over, and how a function finds out whether it is.

The engine runs the same functions on one device, under `jax.shard_map` and under `jax.pmap`. Code that must look
across devices (gradients, BatchNorm, what relates examples) asks here instead of being told: outside of a split every
function below is the identity. This is the only file that knows the axis' name.
"""

import jax
import jax.numpy as jnp
from jax import Array, lax

AXIS = "data"


def devices() -> int | None:
    """How many devices share the batch of the function being traced; None where it is not split."""
    try:
        return lax.axis_size(AXIS)
    except NameError:  # jax's word for an axis that nothing binds
        return None


def mean[Tree](tree: Tree) -> Tree:
    """Mean over devices of every leaf, in one all-reduce.

    XLA joins the leaves' all-reduces where it sees that none waits for another; the barrier makes that so, without the
    copies of a concatenation, also where BatchNorm's own all-reduces lie between the gradients of two layers.
    """
    if (n := devices()) is None:
        return tree
    return lax.pmean(lax.optimization_barrier(tree) if n > 1 else tree, AXIS)


def gather(x: Array) -> Array:
    """This device's examples [b, ...] -> all of the global batch's [B, ...], in its order: for what relates examples to
    each other (minibatch discrimination, a pulling-away term). Gradients flow back to the examples' own devices."""
    return lax.all_gather(x, AXIS, tiled=True) if devices() else x


def first(size: int) -> int | Array:
    """The place in the global batch of the first of this device's `size` examples."""
    return lax.axis_index(AXIS) * size if devices() else 0


def local[Tree](tree: Tree) -> Tree:
    """A device's own copy of replicated leaves, to differentiate by.

    Without it `jax.shard_map` sees that parameters are the same everywhere and sums their gradients over devices by
    itself, so that a `mean` of those gradients comes out n times too large, silently. Under `jax.pmap` it is a no-op.
    """
    return lax.pcast(tree, AXIS, to="varying") if devices() else tree


def example_keys(key: Array, size: int) -> Array:
    """Keys [size] for this device's examples, derived from their places in the global batch.

    Noise drawn from them (`jax.vmap` of any `jax.random` function) is the same on any number of devices.
    """
    return jax.vmap(jax.random.fold_in, in_axes=(None, 0))(key, first(size) + jnp.arange(size))
