"""How colourful images are."""

import numpy as np
from numpy.typing import ArrayLike

from jaxgen.errors import InputError


def colourfulness(images: ArrayLike) -> np.ndarray:
    """Hasler & Suesstrunk 2003 (Measuring colourfulness in natural images, SPIE 5007), M3: float64 [B].

    Of red minus green and of the mean of these minus blue: the root of the sum of their variances, and 0.3 times that
    of the squares of their means. Greys have 0; of people's judgements 15 was "slightly", 33 "moderately" and 59
    "quite colourful", 109 the most.

    Args:
      images: uint8 [B, H, W, 3], sRGB.

    Raises:
      InputError: they are something else.
    """
    found = np.asarray(images)
    if found.ndim != 4 or found.shape[-1] != 3 or found.dtype != np.uint8 or 0 in found.shape:
        raise InputError(f"uint8 images [B, H, W, 3] are needed, not {found.dtype} of shape {found.shape}")
    red, green, blue = np.moveaxis(found.astype(np.float64), -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    spread, mean = opponents.var((2, 3)), opponents.mean((2, 3))
    return np.sqrt(spread.sum(0)) + 0.3 * np.sqrt(np.square(mean).sum(0))
