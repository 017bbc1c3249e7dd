"""An image file, and what of it a result keeps: its bits, that it is grey, and what is transparent."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from jaxgen.data.fields import Field
from jaxgen.data.reading import bicubic, deep, depth, images
from jaxgen.errors import note


class Kept(NamedTuple):
    """What a result keeps of the file that it is made of."""

    wide: bool = False  # 16 bits
    grey: bool = False
    alpha: np.ndarray | None = None  # uint8 [H, W, 1]

    def result(self, image: np.ndarray, field: Field) -> tuple[np.ndarray, Field]:
        """A result [H, W, C] in [-1, 1] in the file's mode, and its field."""
        if self.grey and field.channels == 3:
            image = images.fit_array(np.clip(image, -1, 1).astype(np.float32), None, 1)
        if self.alpha is not None:
            scale = Fraction(image.shape[0], self.alpha.shape[0])
            alpha = self.alpha if scale == 1 else bicubic.resize(self.alpha, scale)
            image = np.concatenate([image, alpha.astype(np.float32) / 127.5 - 1], -1)
        return image, replace(self.field(field), shape=image.shape)

    def field(self, field: Field) -> Field:
        """A result's field, but for its sides."""
        channels = (1 if self.grey else field.channels) + (self.alpha is not None)
        stored = "uint16" if self.wide else field.stored
        return replace(field, shape=(*field.shape[:2], channels), stored=stored)


NOTHING = Kept()


def plain(field: Field) -> bool:
    """Whether images of a field are 8 bits of grey or colours."""
    return field.kind == "image" and field.stored == "uint8" and field.range is None and field.channels in (1, 3)


def keeps(taken: Field, given: Mapping[str, Field]) -> bool:
    """Whether results are images as those that they are made of are, in whose mode they are written."""
    return plain(taken) and all(plain(field) and field.channels == taken.channels for field in given.values())


def opened(file: Path, channels: int, size: int | None) -> tuple[np.ndarray, Kept]:
    """An image, uint8 [H, W, channels], or float32 in [-1, 1] of 16 bits; and what a result keeps of it.

    Args:
      file: of the image.
      channels: 1 or 3.
      size: to bring its centre square to; None leaves it as it is.

    Raises:
      InputError: it cannot be read.
    """
    if deep.needed(file) or deep.lossy(file):
        try:
            numbers = deep.native(file)
        except images.BrokenFile:  # 16 bits of colours in PNG
            note(f"{file} has 16 bits and is read with 8: TIFF and .npy keep them")
            return images.load(file, size, channels), NOTHING
        if numbers.dtype == np.uint16 and numbers.shape[2] in (1, 3):
            floats = depth.scaled(numbers, Field("image", numbers.shape, stored="uint16"))
            return images.fit_array(floats, size, channels), Kept(True, numbers.shape[2] == 1)
    image = images.load(file, size, channels)
    with Image.open(file) as found:
        mode, clear = found.mode, found.has_transparency_data
        if not clear:
            return image, Kept(grey=mode in ("L", "1"))
        pixels = np.asarray(ImageOps.exif_transpose(found).convert("LA" if mode == "LA" else "RGBA"))
    colours, alpha = pixels[..., :-1], pixels[..., -1:]
    return images.fit_array(colours, size, channels), Kept(False, mode == "LA", images.fit_array(alpha, size, 1))
