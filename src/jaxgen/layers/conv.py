"""Transposed convolution with gradients that are fast on every backend.

XLA's CPU backend takes 50 to 100 times too long for the kernel gradient that autodiff derives for
`lax.conv_transpose` (a convolution dilated on both sides). The same numbers are the kernel gradient of the *forward*
strided convolution that this one transposes, and that is fast everywhere.
"""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.linen.dtypes import promote_dtype
from jax import Array, lax

_LAYOUT = ("NHWC", "HWIO", "NHWC")


@partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def conv_transpose(x: Array, kernel: Array, strides: tuple[int, int], padding: str) -> Array:
    """`jax.lax.conv_transpose` in values and in reverse-mode gradients of any order.

    Args:
      x: [B, H, W, C].
      kernel: [h, w, C, F].
      strides: the factors by which height and width grow.
      padding: "SAME" (to H times stride) or "VALID".

    Returns:
      [B, H', W', F].
    """
    return lax.conv_transpose(x, kernel, strides, padding, dimension_numbers=_LAYOUT)


def _forward(x, kernel, strides, padding):
    return conv_transpose(x, kernel, strides, padding), (x, kernel)


def _backward(strides, padding, residuals, grad):
    x, kernel = residuals
    # conv_transpose is linear in x, and what maps its output back is a strided convolution with the kernel flipped and
    # its channels exchanged; seen from there, x's part is played by that convolution's output gradient.
    flipped = kernel[::-1, ::-1].swapaxes(2, 3)
    pads = _pads(kernel.shape[:2], strides, padding)
    strided = partial(lax.conv_general_dilated, window_strides=strides, padding=pads, dimension_numbers=_LAYOUT)
    d_x = strided(grad, flipped)
    _, kernel_gradient = jax.vjp(lambda k: strided(grad, k), flipped)
    (d_flipped,) = kernel_gradient(x)
    return d_x, d_flipped.swapaxes(2, 3)[::-1, ::-1]


def _pads(window: Sequence[int], strides: Sequence[int], padding: str) -> list[tuple[int, int]]:
    """The strided convolution's padding under which `lax.conv_transpose` is its transpose."""
    pads = []
    for k, s in zip(window, strides):
        if padding == "SAME":  # lax pads the dilated input with (before, total - before) to reach exactly H times s
            total = k + s - 2
            before = k - 1 if s > k - 1 else -(-total // 2)
        else:
            total = k + s - 2 + max(k - s, 0)
            before = k - 1
        pads.append((k - 1 - before, k - 1 - (total - before)))
    return pads


conv_transpose.defvjp(_forward, _backward)


class ConvTranspose(nn.Module):
    """`flax.linen.ConvTranspose` for images, with the fast gradient: [B, H, W, C] -> [B, H', W', features]."""

    features: int
    kernel_size: tuple[int, int] = (4, 4)
    strides: tuple[int, int] = (2, 2)
    padding: str = "SAME"
    use_bias: bool = True
    dtype: jax.typing.DTypeLike | None = None
    kernel_init: Callable = nn.initializers.lecun_normal()

    @nn.compact
    def __call__(self, x: Array) -> Array:
        kernel = self.param("kernel", self.kernel_init, (*self.kernel_size, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros, (self.features,)) if self.use_bias else None
        x, kernel, bias = promote_dtype(x, kernel, bias, dtype=self.dtype)
        y = conv_transpose(x, kernel, self.strides, self.padding)
        return y if bias is None else y + bias.reshape(1, 1, 1, -1)


class PatchConv(nn.Module):
    """`flax.linen.Conv` for images with SAME padding, as one matrix product over the image's patches.

    Its gradients are products too, which XLA's CPU backend runs inside loops as fast as outside of them (those of a
    convolution take 20 to 150 times as long there). That is what climbing an image in a loop of steps needs.
    """

    features: int
    kernel_size: tuple[int, int] = (4, 4)
    strides: tuple[int, int] = (2, 2)
    use_bias: bool = True
    dtype: jax.typing.DTypeLike | None = None
    kernel_init: Callable = nn.initializers.lecun_normal()

    @nn.compact
    def __call__(self, x: Array) -> Array:
        """[B, H, W, C] -> [B, ceil(H / stride), ceil(W / stride), features]."""
        kernel = self.param("kernel", self.kernel_init, (*self.kernel_size, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros, (self.features,)) if self.use_bias else None
        x, kernel, bias = promote_dtype(x, kernel, bias, dtype=self.dtype)
        (height, width), (h, w), (down, across) = x.shape[1:3], self.kernel_size, self.strides
        rows, columns = -(-height // down), -(-width // across)
        x = jnp.pad(x, ((0, 0), _same(height, h, down), _same(width, w, across), (0, 0)))
        last = (rows - 1) * down + 1, (columns - 1) * across + 1
        patches = [x[:, i : i + last[0] : down, j : j + last[1] : across] for i in range(h) for j in range(w)]
        y = jnp.concatenate(patches, -1) @ kernel.reshape(-1, self.features)
        return y if bias is None else y + bias.reshape(1, 1, 1, -1)


def _same(size: int, window: int, stride: int) -> tuple[int, int]:
    """SAME padding: the smaller half comes first."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2
