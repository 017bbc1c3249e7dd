"""Label maps in colours."""

import colorsys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from jaxgen.show import pictures


@cache
def palette() -> np.ndarray:
    """A colour for each of 256 classes, uint8 [256, 3]: 0 is black, the others go round the colours."""
    hues = [colorsys.hsv_to_rgb(0.618034 * n % 1, 0.75, 0.95) for n in range(255)]
    return np.round(255 * np.array([(0, 0, 0), *hues])).astype(np.uint8)


def beside(void: int | None = None) -> Callable[[Any], Image.Image]:
    """Images [N, H, W, C] in [-1, 1], guessed maps and true ones, int [N, H, W] -> a row of each; black where the true
    class is `void`."""

    def picture(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Image.Image:
        images, guess, true = map(np.asarray, drawn)
        known = np.ones(true.shape, bool) if void is None else true != void
        maps = palette()[np.where(known, np.stack([guess, true]), 0)]
        given = np.broadcast_to(pictures.to_uint8(pictures.shown(images)), maps.shape[1:])
        rows = np.concatenate([given, *maps])
        return pictures.titled(pictures.grid(rows, len(images)), rows=("given", "drawn", "true"))

    return picture
