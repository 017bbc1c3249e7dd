"""Sentences as vectors, trained in the project and without a download: Reed et al. 2016 (arXiv:1605.05395), section 4.

The paper's best encoder runs a convolutional net over characters and a recurrent one over what comes out, and takes the
mean of its hidden states. A few thousand short captions need less: a GRU over words, or two convolutions over words of
which each feature's largest value is kept, as in the paper's Word-CNN.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import GRU


class Encoder(nn.Module):
    """Tokens [B, L], integers, 0 after the end -> vectors [B, length], float32. What stands after the end has no say.

    Raises:
      ValueError: another `how`.
    """

    words: int  # in the vocabulary, the end and the unknown word among them
    length: int = 128  # of a sentence's vector
    width: int = 64  # of a word's vector, and of a hidden state
    how: str = "gru"  # or "conv"
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    @nn.compact
    def __call__(self, tokens: Array, *, train: bool) -> Array:
        there = (tokens > 0)[..., None]
        x = nn.Embed(self.words, self.width, dtype=self.dtype, embedding_init=nn.initializers.normal(1.0))(tokens)
        match self.how:
            case "gru":
                states = GRU(self.width, self.dtype)(x)
                count = jnp.maximum(jnp.sum(there, 1), 1)
                x = jnp.sum(jnp.where(there, states, 0), 1) / count.astype(states.dtype)
            case "conv":
                for _ in range(2):
                    x = nn.relu(nn.Conv(self.width, (3,), dtype=self.dtype)(jnp.where(there, x, 0)))
                x = jnp.max(jnp.where(there, x, 0), 1)  # after a ReLU nothing is below 0
            case _:
                raise ValueError(f"sentences are encoded by gru or conv, not by {self.how}")
        return nn.Dense(self.length, dtype=self.dtype)(x).astype(jnp.float32)
