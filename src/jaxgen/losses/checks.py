"""What every loss asks of its arguments, at trace time: AssertionError, in one line, where they do not fit."""

import chex
from jax import Array


def scores(*arrays: Array) -> None:
    """Raises AssertionError unless all are float [B], of one length."""
    chex.assert_rank(arrays, 1, custom_message="one number per example is wanted, [B]: from [B, 1] take [:, 0]")
    chex.assert_type(arrays, float)
    chex.assert_equal_shape(arrays)


def features(*arrays: Array) -> None:
    """Raises AssertionError unless all are float [B, n], of one shape."""
    chex.assert_rank(arrays, 2, custom_message="one vector per example is wanted, [B, n]: reshape(B, -1) flattens")
    chex.assert_type(arrays, float)
    chex.assert_equal_shape(arrays)
