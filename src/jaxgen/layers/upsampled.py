"""Features of a small image at the size of a large one: "a convolutional network with deconvolutional layers" (van den
Oord et al. 2016, arXiv:1601.06759, section 3.6), which the paper does not describe further."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers.conv import ConvTranspose


class Upsampled(nn.Module):
    """[B, h, w, C] -> [B, factor h, factor w, features], by a convolution and a transposed one with ReLUs."""

    features: int
    factor: int
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.relu(nn.Conv(self.features, (3, 3), dtype=self.dtype)(x))
        window, strides = (2 * self.factor,) * 2, (self.factor,) * 2
        return nn.relu(ConvTranspose(self.features, window, strides, dtype=self.dtype)(x))
