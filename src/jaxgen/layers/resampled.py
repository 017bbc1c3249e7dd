"""3x3 convolutions of images that are doubled before or halved after, as ResNets of GANs have them.

Both are one convolution of stride 2 by a kernel of 4x4, which has 16 products where the two steps have 36. On CPU they
are computed so: there it takes less time (benchmarks/NOTES.md). Elsewhere, where it was not measured, by the two steps.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.linen.dtypes import promote_dtype
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


def _widened(kernel: Array) -> Array:
    """[3, 3, in, out] -> [4, 4, in, out]: the sum of its four places there, which is it and a square of 2x2 ones."""
    tall = jnp.pad(kernel, ((0, 1), (0, 0), (0, 0), (0, 0))) + jnp.pad(kernel, ((1, 0), (0, 0), (0, 0), (0, 0)))
    return jnp.pad(tall, ((0, 0), (0, 1), (0, 0), (0, 0))) + jnp.pad(tall, ((0, 0), (1, 0), (0, 0), (0, 0)))


def _convolved(x: Array, kernel: Array, stride: int = 1) -> Array:
    return conv(x, kernel, (stride, stride), ((1, 1), (1, 1)), dimension_numbers=_LAYOUT)


class _Resampled(nn.Module):
    features: int
    use_bias: bool = True
    dtype: jax.typing.DTypeLike | None = None
    kernel_init: Callable = nn.initializers.lecun_normal()

    @nn.compact
    def __call__(self, x: Array) -> Array:
        kernel = self.param("kernel", self.kernel_init, (3, 3, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros, (self.features,)) if self.use_bias else None
        x, kernel, bias = promote_dtype(x, kernel, bias, dtype=self.dtype)
        y = (self.at_once if jax.default_backend() == "cpu" else self.in_steps)(x, kernel)
        return y if bias is None else y + bias.reshape(1, 1, 1, -1)

    def at_once(self, x: Array, kernel: Array) -> Array:
        raise NotImplementedError

    def in_steps(self, x: Array, kernel: Array) -> Array:
        raise NotImplementedError


class DoubledConv(_Resampled):
    """[B, H, W, C] -> [B, 2 H, 2 W, features]: `doubled`, then a 3x3 convolution with a border of zeros."""

    def at_once(self, x: Array, kernel: Array) -> Array:
        return conv_transpose(x, _widened(kernel), (2, 2), "SAME")

    def in_steps(self, x: Array, kernel: Array) -> Array:
        return _convolved(doubled(x), kernel)


class HalvedConv(_Resampled):
    """[B, 2 H, 2 W, C] -> [B, H, W, features]: a 3x3 convolution with a border of zeros, then `halved`."""

    def at_once(self, x: Array, kernel: Array) -> Array:
        return _convolved(x, _widened(kernel) / 4, 2)

    def in_steps(self, x: Array, kernel: Array) -> Array:
        return halved(_convolved(x, kernel))
