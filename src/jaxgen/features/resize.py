"""Resizers that published scores are made with, inside the compiled graph.

Each maps images [B, H, W, C], uint8 or float on any scale, to float32 [B, size, size, C]. Where a result lies depends
only on shapes, so taps and weights are made by numpy while tracing.
"""

from collections.abc import Callable
from functools import cache

import chex
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from jaxgen.errors import InputError


def tf1_bilinear(images: Array, size: int) -> Array:
    """Bilinear as in TensorFlow 1 (`resize_bilinear`, align_corners=False), which the original FID network holds.

    Pixel i is taken at i * side / size: no offset of half a pixel, so the picture moves up and to the left, and no
    antialiasing when it shrinks. Positions are rounded to float32 as in TensorFlow's kernel.
    """
    return _bilinear(images, size, offset=0.0)


def pil_bicubic(images: Array, size: int) -> Array:
    """Bicubic with antialiasing as Pillow's for floats (mode "F"), then clipped to [0, 255] and not rounded: the
    resizer of clean-fid (Parmar et al. 2022, arXiv:2104.11222).

    Args:
      images: on the scale 0 to 255, which the clipping needs.
      size: of the result.
    """
    chex.assert_rank(images, 4)
    rows, columns = (jnp.asarray(bicubic_matrix(side, size)) for side in images.shape[1:3])
    x = jnp.einsum("bhwc,xw->bhxc", images.astype(jnp.float32), columns, precision=lax.Precision.HIGHEST)
    return jnp.clip(jnp.einsum("bhxc,yh->byxc", x, rows, precision=lax.Precision.HIGHEST), 0, 255)


def torch_bilinear(images: Array, size: int) -> Array:
    """Bilinear as PyTorch's `interpolate(align_corners=False)`: with the offset of half a pixel, without antialiasing.
    StudioGAN's "legacy" resizer, its program's default."""
    return _bilinear(images, size, offset=0.5)


RESIZERS: dict[str, Callable[[Array, int], Array]] = {
    "tf1-bilinear": tf1_bilinear,
    "torch-bilinear": torch_bilinear,
    "pil-bicubic": pil_bicubic,
}


def named(name: str) -> Callable[[Array, int], Array]:
    """
    Raises:
      InputError: no resizer has this name.
    """
    if name not in RESIZERS:
        raise InputError(f"no resizer is called {name!r}; there are {', '.join(RESIZERS)}")
    return RESIZERS[name]


@cache
def bicubic_matrix(side: int, size: int) -> np.ndarray:
    """float32 [size, side]: what each pixel of the result takes from each of the source. Its rows sum to 1.

    Keys' cubic with a = -1/2, stretched by side / size when it shrinks, cut off at the border and normalised.
    """
    stretch = max(side / size, 1.0)
    centres = (np.arange(size) + 0.5) * side / size
    first = np.maximum((centres - 2 * stretch + 0.5).astype(int), 0)
    last = np.minimum((centres + 2 * stretch + 0.5).astype(int), side)
    pixels = np.arange(side)
    t = np.abs(pixels[None] + 0.5 - centres[:, None]) / stretch
    near, far = (1.5 * t - 2.5) * t * t + 1, -0.5 * (((t - 5) * t + 8) * t - 4)
    weights = np.where(t < 1, near, np.where(t < 2, far, 0.0))
    weights *= (pixels[None] >= first[:, None]) & (pixels[None] < last[:, None])
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def _bilinear(images: Array, size: int, offset: float) -> Array:
    chex.assert_rank(images, 4)
    x = images.astype(jnp.float32)
    for axis in (2, 1):
        low, high, share = _taps(images.shape[axis], size, offset)
        left, right = jnp.take(x, low, axis), jnp.take(x, high, axis)
        x = left + (right - left) * jnp.asarray(share).reshape([-1 if a == axis else 1 for a in range(4)])
    return x


def _taps(side: int, size: int, offset: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every pixel of the result, the two source pixels around it and the share of the second."""
    scale, shift = np.float32(side / size), np.float32(offset)
    place = np.maximum((np.arange(size, dtype=np.float32) + shift) * scale - shift, np.float32(0))
    low = np.minimum(place.astype(np.int32), side - 1)
    return low, np.minimum(low + 1, side - 1), place - low
