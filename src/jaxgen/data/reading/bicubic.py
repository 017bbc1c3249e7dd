"""MATLAB's bicubic `imresize`: what "bicubic" means in papers of super-resolution.

Other programs' bicubic is another function, and gives figures that differ by decibels from published ones: here the
cubic of Keys 1981 with a = -0.5 (many have -0.75) is widened by the factor where an image shrinks (antialiasing),
pixels' centres are at halves, an image goes on as its mirror, edge pixels twice, each output's weights sum to 1, and of
uint8 what the first axis gives is rounded to uint8 before the second is resized, halves upwards.

The usual files of Set5 were made by an older MATLAB, which repeated edge pixels: `mirror=False` gives them bit for bit.
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np

from jaxgen.errors import InputError


def resize(image: np.ndarray, scale: Fraction | int, *, mirror: bool = True) -> np.ndarray:
    """An image as MATLAB's `imresize(image, scale)` gives it.

    Args:
      image: [..., H, W, C], uint8 or floats.
      scale: below 1 to shrink: Fraction(1, 4).
      mirror: whether the image goes on as its mirror; else by its edge pixels, as in older versions.

    Returns:
      [..., ceil(scale H), ceil(scale W), C]: uint8 of uint8, rounded and clipped; else float64, which may overshoot.
    """
    for axis in (-3, -2):
        weights = matrix(image.shape[axis], Fraction(scale), mirror)
        moved = np.moveaxis(np.tensordot(weights, image.astype(np.float64), (1, axis)), 0, axis)
        image = np.clip(np.floor(moved + 0.5), 0, 255).astype(np.uint8) if image.dtype == np.uint8 else moved
    return image


def shrunk(image: np.ndarray, factor: int) -> np.ndarray:
    """[..., H, W, C] -> [..., H / factor, W / factor, C], by `resize`.

    Raises:
      InputError: a side is no multiple of the factor.
    """
    height, width = image.shape[-3:-1]
    if height % factor or width % factor:
        raise InputError(f"images of {width}x{height} are not shrunk by {factor}: their sides are no multiples of it")
    return resize(image, Fraction(1, factor))


@lru_cache(64)
def matrix(size: int, scale: Fraction, mirror: bool = True) -> np.ndarray:
    """The weights [ceil(scale size), size] by which a row of pixels becomes one of another length."""
    count, wide = -(-size * scale.numerator // scale.denominator), float(min(scale, Fraction(1)))
    centres = (np.arange(count) + 0.5) / float(scale) - 0.5
    reach = 2 / wide
    taps = np.floor(centres - reach)[:, None].astype(int) + np.arange(int(np.ceil(2 * reach)) + 2)
    each = _cubic((centres[:, None] - taps) * wide)
    each /= each.sum(1, keepdims=True)
    beyond = np.concatenate([np.arange(size), np.arange(size)[::-1]])
    inside = beyond[taps % (2 * size)] if mirror else np.clip(taps, 0, size - 1)
    weights = np.zeros((count, size))
    np.add.at(weights, (np.arange(count)[:, None], inside), each)
    weights.flags.writeable = False
    return weights


def _cubic(x: np.ndarray) -> np.ndarray:
    """Keys 1981, eq. 15."""
    x = np.abs(x)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))
