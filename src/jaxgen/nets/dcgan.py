"""The networks of DCGAN, Radford, Metz & Chintala 2016 (arXiv:1511.06434), for images of 16, 28, 32 and 64 pixels.

The paper's guidelines: strided and transposed convolutions instead of pooling, BatchNorm in both nets but not in G's
output nor in D's input, no hidden dense layers, ReLU and tanh in G, LeakyReLU 0.2 in D, weights from N(0, 0.02).
Kernels are 4x4 as in the authors' Torch code (the paper draws 5x5). At 64 pixels with width 64, G is the Torch code's
100 - 4x4x512 - 8x8x256 - 16x16x128 - 32x32x64 - 64x64x3.
"""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import (
    BatchNorm,
    ConditionalBatchNorm,
    ConvTranspose,
    MinibatchDiscrimination,
    MinibatchStdDev,
    spectral,
)
from jaxgen.layers import conv as conv_twice

SIZES = (16, 28, 32, 64)
_weights = nn.initializers.normal(0.02)


def init(norm: str) -> nn.initializers.Initializer:
    """The paper's weights are too small without its BatchNorm: signals would die on their way."""
    return nn.initializers.he_normal() if norm == "none" else _weights


def stages(size: int, who: str = "DCGAN") -> int:
    """Doublings between the smallest feature map (4x4, or 7x7 for 28) and the image.

    Raises:
      InputError: the nets do not make images of this size.
    """
    if size not in SIZES:
        raise InputError(
            f"{who} nets make images of {', '.join(map(str, SIZES))} pixels a side, not {size}: --size resizes the data"
        )
    return int(math.log2(size // (7 if size == 28 else 4)))


class Generator(nn.Module):
    """z [B, latent] -> images [B, size, size, channels] in [-1, 1], float32; of a condition [B, d] by the gains and
    shifts of its BatchNorm."""

    size: int
    channels: int
    width: int = 64  # channels of the largest hidden feature map; each smaller one has twice as many
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32
    norm: str = "batch"  # or "none"
    kernel: int = 4  # side of every kernel

    @nn.compact
    def __call__(self, z: Array, condition: Array | None = None, *, train: bool) -> Array:
        n = stages(self.size)
        side = self.size >> n
        plain, weights = self.norm != "batch", init(self.norm)
        widths = [self.width << i for i in reversed(range(n))]
        x = nn.Dense(side * side * widths[0], use_bias=plain, kernel_init=weights, dtype=self.dtype)(z)
        x = x.reshape(-1, side, side, widths[0])

        def normalised(x: Array) -> Array:
            if plain:
                return x
            if condition is None:
                return BatchNorm(dtype=self.dtype)(x, train=train)
            return ConditionalBatchNorm(dtype=self.dtype)(x, condition, train=train)

        for width in [*widths[1:], None]:
            x = nn.relu(normalised(x))
            features, bias = (self.channels, True) if width is None else (width, plain)
            kernel = (self.kernel, self.kernel)
            x = ConvTranspose(features, kernel, use_bias=bias, kernel_init=weights, dtype=self.dtype)(x)
        return jnp.tanh(x.astype(jnp.float32))


class _Trunk(nn.Module):
    """Images [B, size, size, channels] -> features [B, side, side, widest]: G seen in a mirror."""

    width: int
    dtype: jax.typing.DTypeLike
    norm: str = "batch"
    kernel: int = 4

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        for i in range(stages(x.shape[1])):
            batch = self.norm == "batch" and i > 0
            weights = init(self.norm)
            conv = nn.Conv(
                self.width << i,
                (self.kernel, self.kernel),
                (2, 2),
                use_bias=not batch,
                kernel_init=weights,
                dtype=self.dtype,
                conv_general_dilated=conv_twice,  # fast under a gradient penalty too
            )
            x = spectral(conv, x, train=train) if self.norm == "spectral" else conv(x)
            if batch:
                x = BatchNorm(dtype=self.dtype)(x, train=train)
            x = nn.leaky_relu(x, 0.2)
        return x


def trunk(width: int, dtype: jax.typing.DTypeLike, norm: str = "batch") -> nn.Module:
    """D without its last layer, for others to build on, inside a compact module: images [B, size, size, channels] ->
    features [B, side, side, widest]."""
    return _Trunk(width, dtype, norm)


class Discriminator(nn.Module):
    """Images [B, size, size, channels] -> scores [B], logits of being real, float32; with `features` also the last
    feature map [B, side, side, widest], float32."""

    width: int = 64
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"  # or "spectral" (Miyato et al. 2018), or "none", which a penalty on single gradients asks for
    kernel: int = 4  # side of every kernel
    minibatch: str = "none"  # what the last layer sees of the batch: also "discrimination" or "deviation" (`layers`)
    features: bool = False

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array | tuple[Array, Array]:
        x = seen = _Trunk(self.width, self.dtype, self.norm, self.kernel)(x, train=train)
        x = MinibatchStdDev()(x) if self.minibatch == "deviation" else x
        x = x.reshape(len(x), -1)
        x = MinibatchDiscrimination()(x) if self.minibatch == "discrimination" else x
        last = nn.Dense(1, kernel_init=init(self.norm), dtype=self.dtype)
        scores = spectral(last, x, train=train) if self.norm == "spectral" else last(x)
        scores = scores[:, 0].astype(jnp.float32)
        return (scores, seen.astype(jnp.float32)) if self.features else scores


class Encoder(nn.Module):
    """Images [B, size, size, channels] -> codes [B, latent]: D's trunk with as many outputs as G has inputs."""

    latent: int
    width: int = 64
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        x = _Trunk(self.width, self.dtype, self.norm)(x, train=train).reshape(len(x), -1)
        return nn.Dense(self.latent, kernel_init=init(self.norm), dtype=self.dtype)(x).astype(jnp.float32)
