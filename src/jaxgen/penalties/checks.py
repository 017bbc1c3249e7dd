"""What every penalty asks of its arguments, at trace time: AssertionError, in one line, where they do not fit."""

from collections.abc import Callable

import chex
import jax
from jax import Array


def images(*arrays: Array) -> None:
    """Raises AssertionError unless all are float [B, ...], of one shape."""
    chex.assert_type(arrays, float, custom_message="a gradient is taken by images: make them float, as x / 127.5 - 1")
    chex.assert_equal_shape(arrays)
    for x in arrays:
        if not x.ndim:
            raise AssertionError("images are wanted, [B, ...], and this is a single number")


def keys(keys: Array, size: int) -> None:
    """Raises AssertionError unless they are `size` typed keys."""
    if not jax.dtypes.issubdtype(keys.dtype, jax.dtypes.prng_key) or keys.shape != (size,):
        raise AssertionError(
            f"one typed key per example is wanted, [{size}], and this is {keys.dtype} {keys.shape}: see Turn.keys"
        )


def scored(critic: Callable, x: Array) -> Array:
    """The critic's scores [B]; raises AssertionError where it returns anything else."""
    scores = critic(x)
    wanted = "a critic returns one score per image, [B]: from [B, 1] take [:, 0]"
    if not hasattr(scores, "shape"):
        raise AssertionError(f"{wanted}, and from (scores, stats) the scores")
    chex.assert_shape(scores, (len(x),), custom_message=wanted)
    chex.assert_type(scores, float)
    return scores
