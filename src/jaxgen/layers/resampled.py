"""3x3 convolutions of images that are doubled before or halved after, as ResNets of GANs have them.

Made for Flax, as `layers.conv`: `nn.Conv(64, (3, 3), conv_general_dilated=doubled_conv)`. Both are one convolution of
stride 2 by a kernel of 4x4, which has 16 products where the two steps have 36. On CPU they are computed so, which takes
less time there (benchmarks/NOTES.md). Elsewhere, where it was not measured, by the two steps.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.layers.conv import conv_transpose
from jaxgen.layers.conv_twice import conv

_LAYOUT = ("NHWC", "HWIO", "NHWC")


def doubled(x: Array) -> Array:
    """[B, H, W, C] -> [B, 2 H, 2 W, C]: every pixel four times."""
    return jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)


def halved(x: Array) -> Array:
    """[B, 2 H, 2 W, C] -> [B, H, W, C]: means of 2x2 pixels."""
    b, h, w, c = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, c).mean((2, 4))


def doubled_conv(x: Array, kernel: Array, *_: Any, **__: Any) -> Array:
    """`doubled`, then a convolution with a border of zeros: [B, H, W, C], [3, 3, C, F] -> [B, 2 H, 2 W, F].

    Strides, padding and all else that Flax says of a convolution is not looked at: there is one such convolution.
    """
    if jax.default_backend() == "cpu":
        return conv_transpose(x, _widened(kernel), (2, 2), "SAME")
    return _convolved(doubled(x), kernel)


def halved_conv(x: Array, kernel: Array, *_: Any, **__: Any) -> Array:
    """A convolution with a border of zeros, then `halved`: [B, 2 H, 2 W, C], [3, 3, C, F] -> [B, H, W, F]."""
    if jax.default_backend() == "cpu":
        return _convolved(x, _widened(kernel) / 4, 2)
    return halved(_convolved(x, kernel))


def _widened(kernel: Array) -> Array:
    """[3, 3, C, F] -> [4, 4, C, F]: the sum of its four places there, which is its convolution with 2x2 ones."""
    tall = jnp.pad(kernel, ((0, 1), (0, 0), (0, 0), (0, 0))) + jnp.pad(kernel, ((1, 0), (0, 0), (0, 0), (0, 0)))
    return jnp.pad(tall, ((0, 0), (0, 1), (0, 0), (0, 0))) + jnp.pad(tall, ((0, 0), (1, 0), (0, 0), (0, 0)))


def _convolved(x: Array, kernel: Array, stride: int = 1) -> Array:
    return conv(x, kernel, (stride, stride), ((1, 1), (1, 1)), dimension_numbers=_LAYOUT)
