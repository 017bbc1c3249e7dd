"""The ResNets of SNGAN, Miyato et al. 2018 (arXiv:1802.05957), table 4 and figure 4, for 16, 28, 32 and 64 pixels.

At 32 pixels they are the paper's nets for CIFAR-10: G doubles 4x4 features three times, D halves twice and has two more
blocks, all of one width. At other sizes G doubles as often as DCGAN's, and D halves until 7 or 8 pixels are left. D's
kernels are divided by their spectral norms, and it sums the last features over space.

First weights are the authors' code's (Glorot's uniform distribution, sqrt 2 times as wide inside of blocks), and so is
that a block which halves has a 1x1 convolution beside it, others none. That convolution and the resampling exchange
freely: here the smaller images are convolved.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import BatchNorm, doubled_conv, halved_conv, spectral
from jaxgen.layers import conv as conv_twice
from jaxgen.layers.resampled import doubled, halved
from jaxgen.nets.dcgan import stages

_outside = nn.initializers.glorot_uniform()
_inside = nn.initializers.variance_scaling(2.0, "fan_avg", "uniform")


def _conv(
    features: int, side: int, weights: Callable, dtype: jax.typing.DTypeLike, through: Callable = conv_twice
) -> nn.Module:
    return nn.Conv(features, (side, side), kernel_init=weights, dtype=dtype, conv_general_dilated=through)


class Generator(nn.Module):
    """z [B, latent] -> images [B, size, size, channels] in [-1, 1], float32."""

    size: int
    channels: int
    width: int = 256  # channels of all feature maps
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    @nn.compact
    def __call__(self, z: Array, *, train: bool) -> Array:
        n = stages(self.size, "SNGAN")
        side = self.size >> n

        def active(x: Array) -> Array:
            return nn.relu(BatchNorm(dtype=self.dtype)(x, train=train))

        x = nn.Dense(side * side * self.width, kernel_init=_outside, dtype=self.dtype)(z)
        x = x.reshape(-1, side, side, self.width)
        for _ in range(n):
            y = _conv(self.width, 3, _inside, self.dtype, doubled_conv)(active(x))
            y = _conv(self.width, 3, _inside, self.dtype)(active(y))
            x = y + doubled(_conv(self.width, 1, _outside, self.dtype)(x))
        return jnp.tanh(_conv(self.channels, 3, _outside, self.dtype)(active(x)).astype(jnp.float32))


class Discriminator(nn.Module):
    """Images [B, size, size, channels] -> scores [B], logits of being real, float32."""

    width: int = 128  # channels of all feature maps
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "spectral"  # or "none", which a penalty on single gradients asks for

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        def linear(layer: nn.Module, x: Array) -> Array:
            return spectral(layer, x, train=train) if self.norm == "spectral" else layer(x)

        stages(x.shape[1], "SNGAN")  # refuses other sizes
        halvings = int(math.log2(x.shape[1] // 7))  # to 7 or 8 pixels a side
        for i in range(halvings + 2):
            y = x if i == 0 else nn.relu(x)  # the first block sees the image as it is
            y = nn.relu(linear(_conv(self.width, 3, _inside, self.dtype), y))
            if i < halvings:
                y = linear(_conv(self.width, 3, _inside, self.dtype, halved_conv), y)
                x = y + linear(_conv(self.width, 1, _outside, self.dtype), halved(x).astype(self.dtype))
            else:
                x = x + linear(_conv(self.width, 3, _inside, self.dtype), y)
        features = nn.relu(x).sum((1, 2))
        return linear(nn.Dense(1, kernel_init=_outside, dtype=self.dtype), features)[:, 0].astype(jnp.float32)
