"""Recurrent layers, in loops that are the same on any number of devices."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen import parallel


class GRU(nn.Module):
    """The hidden states of a gated recurrent unit, Cho et al. 2014 (arXiv:1406.1078): [B, L, C] -> [B, L, features].

    It begins with zeros, and a state depends on what stands before it alone.
    """

    features: int
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array) -> Array:
        first = jnp.zeros((len(x), self.features), jnp.promote_types(self.dtype, x.dtype))
        layer = nn.RNN(nn.GRUCell(self.features, dtype=self.dtype), return_carry=False)
        return layer(x, initial_carry=parallel.local(first))  # type: ignore[return-value]  # no carry beside it
