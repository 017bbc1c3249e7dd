"""PSNR and SSIM as papers of super-resolution report them: on the luminance, without the images' borders.

The luminance is MATLAB's `rgb2ycbcr` of uint8 (ITU-R BT.601, 16 for black to 235 for white, rounded), not the full
range of JPEG, and as many pixels are cut off at each side as the images were enlarged by. Bicubic enlargements of Set5
then have the published 33.66, 30.39 and 28.42 dB (`data.reading.bicubic`); with the full range about 1.3 dB less.
"""

import numpy as np

from jaxgen.errors import InputError
from jaxgen.metrics import images

WEIGHTS = np.array([65.481, 128.553, 24.966])  # of R, G and B from 0 to 1: Y is 16 and their sum


def luminance(pictures: np.ndarray) -> np.ndarray:
    """uint8 [B, H, W, 3] -> Y [B, H, W, 1], uint8 from 16 to 235; grey images [B, H, W, 1] count as R = G = B.

    Raises:
      InputError: they are no such images.
    """
    if pictures.ndim != 4 or pictures.dtype != np.uint8 or pictures.shape[-1] not in (1, 3):
        raise InputError(f"a luminance is of uint8 [B, H, W, 1 or 3], not of {pictures.dtype} {pictures.shape}")
    colours = np.broadcast_to(pictures, (*pictures.shape[:3], 3))
    return np.floor(16 + colours @ WEIGHTS / 255 + 0.5).astype(np.uint8)[..., None]


def on_luminance(found: np.ndarray, true: np.ndarray, border: int) -> dict[str, np.ndarray]:
    """ "psnr", in decibels, and "ssim" (Wang et al. 2004, 11x11 Gaussian), float64 [B] each.

    Args:
      found: uint8 [B, H, W, 1 or 3].
      true: the same.
      border: pixels that are cut off at every side: the factor.

    Raises:
      InputError: as `luminance`; they differ in shape, or are too small.
    """
    inner = slice(border, -border or None)
    a, b = (luminance(x)[:, inner, inner] for x in (found, true))
    return {"psnr": images.psnr(a, b), "ssim": images.ssim(a, b)}
