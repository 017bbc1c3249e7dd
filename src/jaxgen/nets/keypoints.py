"""Keypoints that are drawn beside those that are given: Reed et al. 2016 (arXiv:1610.02454), section 4.3, equation 2.

Inside the nets a keypoint is (x, y, v), v being 1 where it is seen in the image, and (0, 0, 0) where it is not. Both
have fewer dense layers than in the authors' code.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.nets.gawwn import Block


def marked(points: Array) -> Array:
    """Points [B, n, 2], NaN where there is none -> (x, y, v) [B, n, 3]."""
    seen = jnp.all(jnp.isfinite(points), -1, keepdims=True)
    return jnp.concatenate([jnp.where(seen, points, 0), seen.astype(points.dtype)], -1)


def unmarked(marks: Array) -> Array:
    """(x, y, v) [B, n, 3] -> points [B, n, 2], NaN where v is below a half."""
    return jnp.where(marks[..., 2:] < 0.5, jnp.nan, marks[..., :2])


class Generator(nn.Module):
    """z [B, latent], a sentence's vector [B, n] and points [B, count, 2], NaN for those that are to be drawn -> all as
    (x, y, v), [B, count, 3] in [0, 1], float32: those that were given stay as they are, and are seen."""

    width: int = 64  # of the last hidden layer
    told: int = 64  # numbers that a sentence is brought to
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, z: Array, text: Array, points: Array, *, train: bool) -> Array:
        given, w = marked(points), self.width
        told = [nn.relu(nn.Dense(self.told, dtype=self.dtype)(x)) for x in (z, text, given.reshape(len(given), -1))]
        x = jnp.concatenate(told, -1)
        for width in (2 * w, w):
            x = Block(width, 0, dtype=self.dtype)(x, train=train)
        drawn = nn.sigmoid(nn.Dense(given[0].size, dtype=self.dtype)(x).astype(jnp.float32))
        return jnp.where(given[..., 2:] > 0, given, drawn.reshape(given.shape))


class Discriminator(nn.Module):
    """Keypoints (x, y, v) [B, count, 3] and a sentence's vector [B, n] -> scores [B], float32."""

    width: int = 64
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"  # or "spectral", "none"

    @nn.compact
    def __call__(self, x: Array, text: Array, *, train: bool) -> Array:
        parts = [nn.Dense(self.width, use_bias=False, dtype=self.dtype)(part) for part in (x.reshape(len(x), -1), text)]
        x = nn.leaky_relu(jnp.concatenate(parts, -1), 0.2)
        for width in (2 * self.width, self.width):
            x = Block(width, 0, 1, self.norm, 0.2, self.dtype)(x, train=train)
        return nn.Dense(1, dtype=self.dtype)(x)[:, 0].astype(jnp.float32)
