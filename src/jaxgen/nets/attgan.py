"""AttGAN's nets, He et al. 2019 (arXiv:1711.10678): an encoder and a decoder of images with attributes, and a D whose
body the attribute classifier shares.

Encoder: 4x4 convolutions of stride 2 to 64, 128, 256, ... channels, at most 1024, BatchNorm, LeakyReLU 0.2. Decoder:
the mirror, of transposed convolutions, BatchNorm, ReLU and tanh. Attributes stand beside the code as planes, and once
more after the decoder's first layer, where the encoder's features of that size stand too: the one shortcut, which keeps
details. D and C: the encoder's convolutions, then each a hidden layer of 1024 and its outputs.

Readings taken: five layers are for the published 128 pixels, smaller images have fewer, down to 4 to 7 pixels a side.
Attributes come as -1 (lacks it) and 1 (has it) and are halved before a net sees them, as the authors' code has it in
training; in its tests they are twice that, which here is 2. D's norm follows the objective: the paper has layer or
instance norms there, but where it penalises gradients a D without any does as well.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import BatchNorm, ConvTranspose, spectral
from jaxgen.layers import conv as conv_twice

LARGEST = 16  # widths, of all feature maps
SEEN = 0.5  # of an attribute that an image has


def layers(size: int) -> int:
    """Halvings of an image: five of 128 pixels.

    Raises:
      InputError: the nets do not take images of this size.
    """
    count = max(int(math.log2(size / 4)), 0) if size > 0 else 0
    if count < 2 or size % 2**count:
        near = [n for n in (16, 24, 32, 48, 64, 96, 128, 192, 256) if n <= max(size, 16)]
        raise InputError(
            f"AttGAN does not halve images of {size} pixels down to 4 to 7: --size {near[-1]} resizes them"
        )
    return count


def _tiled(attributes: Array, like: Array) -> Array:
    """[B, n] -> planes [B, H, W, n]."""
    planes = SEEN * attributes[:, None, None]
    return jnp.broadcast_to(planes, (*like.shape[:3], attributes.shape[-1])).astype(like.dtype)


class Generator(nn.Module):
    """Images [B, size, size, channels], and one or several vectors of attributes [B, n] -> an image for each vector, in
    [-1, 1], float32: the first one's alone where there is one, else a tuple."""

    channels: int
    width: int = 64  # channels of the largest hidden feature map; each smaller one has twice as many, 16 widths at most
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array, *attributes: Array, train: bool) -> Array | tuple[Array, ...]:
        n = layers(x.shape[1])
        widths = [self.width * min(2**i, LARGEST) for i in range(n)]
        features = []
        for features_here in widths:
            x = nn.Conv(
                features_here,
                (4, 4),
                (2, 2),
                use_bias=False,
                dtype=self.dtype,
                conv_general_dilated=conv_twice,
            )(x)
            x = nn.leaky_relu(BatchNorm(dtype=self.dtype)(x, train=train), 0.2)
            features.append(x)
        up = [ConvTranspose(f, use_bias=False, dtype=self.dtype) for f in reversed(widths[1:])]
        norms = [BatchNorm(dtype=self.dtype) for _ in up]
        last = ConvTranspose(self.channels, dtype=self.dtype)

        def decoded(told: Array) -> Array:
            y = jnp.concatenate([features[-1], _tiled(told, features[-1])], -1)
            for i, (layer, norm) in enumerate(zip(up, norms)):
                y = nn.relu(norm(layer(y), train=train))
                y = y if i else jnp.concatenate([y, features[-2], _tiled(told, y)], -1)
            return jnp.tanh(last(y).astype(jnp.float32))

        made = tuple(decoded(told) for told in attributes)
        return made if len(made) > 1 else made[0]


class Discriminator(nn.Module):
    """Images [B, size, size, any] -> scores [B], and logits of attributes [B, attributes], float32."""

    attributes: int
    width: int = 64
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "none"  # "batch", "spectral" or "none", which a penalty on single gradients asks for

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> tuple[Array, Array]:
        def linear(layer: nn.Module, x: Array) -> Array:
            return spectral(layer, x, train=train) if self.norm == "spectral" else layer(x)

        convolution = partial(nn.Conv, dtype=self.dtype, conv_general_dilated=conv_twice, use_bias=self.norm != "batch")
        for i in range(layers(x.shape[1])):
            x = linear(convolution(self.width * min(2**i, LARGEST), (4, 4), (2, 2)), x)
            x = BatchNorm(dtype=self.dtype)(x, train=train) if self.norm == "batch" else x
            x = nn.leaky_relu(x, 0.2)
        body, found = x.reshape(len(x), -1), []
        # A spectral norm bounds how fast D's score changes; C may be as sure as it likes.
        for outputs, layer in ((1, linear), (self.attributes, lambda dense, x: dense(x))):
            hidden = nn.leaky_relu(layer(nn.Dense(LARGEST * self.width, dtype=self.dtype), body), 0.2)
            found.append(layer(nn.Dense(outputs, dtype=self.dtype), hidden).astype(jnp.float32))
        return found[0][:, 0], found[1]
