"""Pixel shuffle: channels that become pixels, and a convolution of these that need not be made."""

from collections.abc import Callable

import jax
import numpy as np
from flax import linen as nn
from flax.linen.dtypes import promote_dtype
from jax import Array

from jaxgen.layers.conv_twice import conv

_LAYOUT = ("NHWC", "HWIO", "NHWC")


def pixel_shuffle(x: Array, factor: int) -> Array:
    """[B, H, W, factor^2 C] -> [B, factor H, factor W, C]: Shi et al. 2016 (arXiv:1609.05158), section 2.2.

    Channel c of the pixel (i, j) within its square comes from the channel c factor^2 + i factor + j, as in PyTorch and
    in published weights; in the paper's eq. 4, and in TensorFlow, c is counted last.
    """
    b, h, w, channels = x.shape
    split = x.reshape(b, h, w, channels // factor**2, factor, factor)
    return split.transpose(0, 1, 4, 2, 5, 3).reshape(b, h * factor, w * factor, channels // factor**2)


def shuffled_conv(x: Array, kernel: Array, factor: int) -> Array:
    """A convolution, with a border of zeros, of what `pixel_shuffle` makes of features.

    On CPU without making it: all pixels of a square come from one place of the features, so their convolution is one of
    these, with a smaller window and factor^2 as many channels and features, some of whose weights are zero. A window of
    9x9 and a factor of 2 have 1.2 times as many products and take 0.5 of the time with their gradients, because three
    features fill no vector (benchmarks/NOTES.md). Elsewhere, where it was not measured, by the two steps.

    Args:
      x: [B, H, W, factor^2 C].
      kernel: [n, n, C, F], n odd.
      factor: of the shuffle.

    Returns:
      [B, factor H, factor W, F].
    """
    if jax.default_backend() != "cpu":
        return conv(pixel_shuffle(x, factor), kernel, (1, 1), "SAME", dimension_numbers=_LAYOUT)
    return pixel_shuffle(conv(x, _of_squares(kernel, factor), (1, 1), "SAME", dimension_numbers=_LAYOUT), factor)


def _of_squares(kernel: Array, factor: int) -> Array:
    """[n, n, C, F] -> [m, m, factor^2 C, factor^2 F]: from pixels (s, t) of a square p, q squares away to (a, b)."""
    n, _, channels, features = kernel.shape
    reach = (n // 2 + factor - 1) // factor  # squares to each side
    away, place = np.meshgrid(np.arange(-reach, reach + 1) * factor, np.arange(factor), indexing="ij")
    rows = (away + place)[:, :, None] - np.arange(factor) + n // 2  # [p, s, a]: which row of the window that is
    inside, rows = (rows >= 0) & (rows < n), np.clip(rows, 0, n - 1)
    both = kernel[rows[:, None, :, None, :, None], rows[None, :, None, :, None, :]]  # [p, q, s, t, a, b, C, F]
    there = inside[:, None, :, None, :, None] & inside[None, :, None, :, None, :]
    both = both * there[..., None, None].astype(kernel.dtype)
    m = 2 * reach + 1
    return both.transpose(0, 1, 6, 2, 3, 7, 4, 5).reshape(m, m, channels * factor**2, features * factor**2)


class ShuffledConv(nn.Module):
    """`flax.linen.Conv` behind a `pixel_shuffle`: [B, H, W, factor^2 C] -> [B, factor H, factor W, features]."""

    features: int
    side: int  # of the window, odd
    factor: int
    dtype: jax.typing.DTypeLike | None = None
    kernel_init: Callable = nn.initializers.lecun_normal()

    @nn.compact
    def __call__(self, x: Array) -> Array:
        shape = (self.side, self.side, x.shape[-1] // self.factor**2, self.features)
        kernel = self.param("kernel", self.kernel_init, shape)
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        x, kernel, bias = promote_dtype(x, kernel, bias, dtype=self.dtype)
        return shuffled_conv(x, kernel, self.factor) + bias.reshape(1, 1, 1, -1)
