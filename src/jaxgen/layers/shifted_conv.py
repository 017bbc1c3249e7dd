"""Shifted convolutions of PixelCNN++ (Salimans et al. 2017, arXiv:1701.05517, section 2.4), on images and by rows.

"down" sees the rows above and its own, 3 columns wide; "right" sees the pixels above and to the left, 2x2. A strided
one halves, a transposed one doubles. Kernels are [rows, columns, in, out]; images are [B, H, W, C], rows [B, W, C].
"""

import jax.numpy as jnp
from jax import Array

from jaxgen.layers.conv_twice import conv

SIDES = {"down": (1, 1), "right": (1, 0)}  # columns of padding, left and right


def whole(x: Array, kernel: Array, kind: str, stride: int = 1) -> Array:
    """Images -> images, `stride` times smaller: padded above by a row, and beside as its kind says."""
    pad = ((kernel.shape[0] - 1, 0), SIDES[kind] if kernel.shape[1] > 1 else (0, 0))
    return conv(x, kernel, (stride, stride), pad, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def doubled(x: Array, kernel: Array, kind: str) -> Array:
    """Images -> images twice as large, by a transposed convolution cropped below, and beside as its kind says."""
    rows = [doubled_rows(x, kernel[i], kind) for i in range(2)]
    out = jnp.stack(rows, axis=2)
    return out.reshape(x.shape[0], 2 * x.shape[1], 2 * x.shape[2], -1)


def doubled_rows(x: Array, kernel: Array, kind: str) -> Array:
    """[..., W, C] -> [..., 2 W, F] by one row of a transposed kernel, [columns, C, F]."""
    parts = [x @ kernel[i] for i in range(len(kernel))]
    if kind == "right":
        even, odd = parts
    else:  # cropped by a column at the left: an odd column sees two of x's
        after = jnp.concatenate([parts[0][..., 1:, :], jnp.zeros_like(parts[0][..., :1, :])], axis=-2)
        even, odd = parts[1], parts[2] + after
    out = jnp.stack([even, odd], axis=-2)
    return out.reshape(*x.shape[:-2], 2 * x.shape[-2], -1)
