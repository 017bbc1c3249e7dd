"""SRResNet, and the D of SRGAN: Ledig et al. 2017 (arXiv:1609.04802), figure 4. Both take images of any size.

G: a 9x9 convolution and PReLU; 16 residual blocks of 3x3 convolution, BatchNorm, PReLU, convolution, BatchNorm; one
more convolution and BatchNorm, to which the first features are added; for each doubling a convolution to four times as
many channels, pixel shuffle and PReLU; a 9x9 convolution to the image. With 64 channels, 16 blocks and a factor of 4 it
has the published 1.5 million parameters: 1,547,350, and 1,549,462 with the biases before BatchNorm that are left out
here, where they have no effect.

D: 3x3 convolutions of 64, 64, 128, 128, ..., 512, 512 channels, every second with stride 2, BatchNorm on all but the
first, LeakyReLU 0.2, a dense layer of 1,024 and the score.

Readings taken: a PReLU has one slope for all channels, at first 0.25 (He et al. 2015; the paper does not say); a factor
of 3 is one stage. The paper publishes no first weights: here they are PyTorch's default, uniform with a variance of 1/3
over what enters, and biases are 0; from He et al.'s, which are larger, G learned slower (benchmarks/NOTES.md). The
paper scales what comes in to [0, 1] and what comes out to [-1, 1]; here both are in [-1, 1].
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import BatchNorm, ShuffledConv, pixel_shuffle, spectral
from jaxgen.layers import conv as conv_twice

_weights = nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")
STAGES = {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}  # factor -> those of its stages


class Generator(nn.Module):
    """Images [B, H, W, any] in [-1, 1] -> [B, factor H, factor W, channels], float32, which may leave [-1, 1]."""

    channels: int
    factor: int = 4
    width: int = 64  # channels of all feature maps
    blocks: int = 16
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    @property
    def halo(self) -> int:
        """Pixels of what comes in that a pixel of what comes out sees to each side, rounded up to whole ones."""
        seen, size = 4.0 + 2 * self.blocks + 1, 1.0
        for stage in self._stages:
            seen, size = seen + size, size / stage
        return int(-(-(seen + 4 * size) // 1))

    @property
    def _stages(self) -> tuple[int, ...]:
        if self.factor not in STAGES:
            raise InputError(f"images become {', '.join(map(str, STAGES))} times as large, not {self.factor}")
        return STAGES[self.factor]

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        """
        Raises:
          InputError: there is no such factor.
        """

        def conv(x: Array, features: int, side: int = 3, bias: bool = True) -> Array:
            how = {"kernel_init": _weights, "dtype": self.dtype, "conv_general_dilated": conv_twice}
            return nn.Conv(features, (side, side), use_bias=bias, **how)(x)

        def normed(x: Array) -> Array:
            return BatchNorm(dtype=self.dtype)(conv(x, self.width, bias=False), train=train)

        def prelu(x: Array) -> Array:
            return nn.PReLU(negative_slope_init=0.25)(x)

        x = first = prelu(conv(x, self.width, 9))
        for _ in range(self.blocks):
            x = x + normed(prelu(normed(x)))
        x = first + normed(x)
        *stages, last = self._stages
        for stage in stages:
            x = prelu(pixel_shuffle(conv(x, self.width * stage**2), stage))
        x = prelu(conv(x, self.width * last**2))  # which are shuffled as they are convolved
        return ShuffledConv(self.channels, 9, last, self.dtype, _weights)(x).astype(jnp.float32)


class Discriminator(nn.Module):
    """Images [B, H, W, any] of the size of those it was made with -> scores [B], float32."""

    width: int = 64  # channels of the largest hidden feature map; those of half its size have twice as many, and so on
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"  # or "spectral" (Miyato et al. 2018), or "none", which a penalty on single gradients asks for

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        def linear(layer: nn.Module, x: Array) -> Array:
            return spectral(layer, x, train=train) if self.norm == "spectral" else layer(x)

        for i in range(8):
            batch = self.norm == "batch" and i > 0
            conv = nn.Conv(
                self.width << i // 2,
                (3, 3),
                (1 + i % 2, 1 + i % 2),
                padding=((1, 1), (1, 1)),
                use_bias=not batch,
                kernel_init=_weights,
                dtype=self.dtype,
                conv_general_dilated=conv_twice,  # fast under a gradient penalty too
            )
            x = linear(conv, x)
            x = BatchNorm(dtype=self.dtype)(x, train=train) if batch else x
            x = nn.leaky_relu(x, 0.2)
        dense = nn.Dense(16 * self.width, kernel_init=_weights, dtype=self.dtype)
        x = nn.leaky_relu(linear(dense, x.reshape(len(x), -1)), 0.2)
        return linear(nn.Dense(1, kernel_init=_weights, dtype=self.dtype), x)[:, 0].astype(jnp.float32)
