"""A class for every pixel: a U-Net (Ronneberger et al. 2015, arXiv:1505.04597) that is small and knows no size.

As theirs it has pairs of 3x3 convolutions on every scale, maxima of 2x2 on the way down, transposed convolutions on the
way up, and on every scale the features of the way down beside those of the way up. Unlike theirs it normalises over
the batch, and its convolutions keep an image's size: no border is lost.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import BatchNorm, ConvTranspose
from jaxgen.layers import conv as conv_twice


class Segmenter(nn.Module):
    """Images [B, H, W, any] -> logits [B, H, W, classes], float32. Sides that `scales` halvings do not divide are made
    so by repeating the last rows and columns, and cut again."""

    classes: int
    width: int = 32  # channels of the largest feature map; each smaller one has twice as many
    scales: int = 3  # halvings
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        height, width = x.shape[1:3]
        x = jnp.pad(x, ((0, 0), (0, -height % 2**self.scales), (0, -width % 2**self.scales), (0, 0)), mode="edge")

        def pair(x: Array, features: int) -> Array:
            for _ in range(2):
                conv = nn.Conv(features, (3, 3), use_bias=False, dtype=self.dtype, conv_general_dilated=conv_twice)
                x = nn.relu(BatchNorm(dtype=self.dtype)(conv(x), train=train))
            return x

        skips = []
        for scale in range(self.scales):
            x = pair(x, self.width << scale)
            skips.append(x)
            x = nn.max_pool(x, (2, 2), (2, 2))
        x = pair(x, self.width << self.scales)
        for scale in reversed(range(self.scales)):
            x = nn.relu(ConvTranspose(self.width << scale, dtype=self.dtype)(x))
            x = pair(jnp.concatenate([skips[scale], x], -1), self.width << scale)
        return nn.Conv(self.classes, (1, 1), dtype=self.dtype)(x)[:, :height, :width].astype(jnp.float32)
