"""One image as a file, in the type and the range that its field's files have."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from jaxgen.data.fields import Field
from jaxgen.data.reading.depth import unscaled
from jaxgen.errors import InputError
from jaxgen.show.maps import palette
from jaxgen.show.pictures import writing
from jaxgen.store.folder import write


def suffix(field: Field) -> str:
    """Of the files in which what a field holds is written.

    Raises:
      InputError: there are none yet for its kind.
    """
    if field.kind == "mask":
        return ".png"
    if field.kind != "image":
        raise InputError(f"a {field.kind} is not written to files yet, only images and masks")
    most = {"uint8": 4, "uint16": 1}.get(field.stored, 0)  # channels that .png has
    return ".png" if field.channels <= most else ".tif"


def save(image: np.ndarray, field: Field, path: Path) -> None:
    """Write an image in [-1, 1] with numbers as `field` has them: read with this field's range it is `image` again,
    but for the rounding to these numbers; or a mask, with a colour for each of its classes.

    Args:
      image: float [H, W, C]; of a mask the numbers of classes, int [H, W].
      field: says the numbers' type and range.
      path: .png (8 bits of grey, grey and transparency, RGB or RGBA; 16 bits of grey); .tif or .tiff (anything:
        channels are pages, but for 8-bit RGB and RGBA); .npy (anything, [H, W, C]).

    Raises:
      InputError: files with that suffix cannot hold such numbers or so many channels, or it cannot be written.
    """
    content = _mask(image) if field.kind == "mask" else encoded(image, field, path.suffix)
    with writing(path):
        write(path, content)


def encoded(image: np.ndarray, field: Field, suffix: str) -> bytes:
    """What `save` writes.

    Raises:
      InputError: files with that suffix cannot hold such numbers or so many channels.
    """
    numbers = unscaled(image, field)
    told, channels = numbers.dtype.name, numbers.shape[2]
    buffer = io.BytesIO()
    match suffix.lower():
        case ".npy":
            np.save(buffer, numbers)
        case ".png" if told == "uint8" and channels <= 4:
            _picture(numbers).save(buffer, "PNG", optimize=True)
        case ".png" if told == "uint16" and channels == 1:
            _picture(numbers).save(buffer, "PNG")
        case ".png":
            raise InputError(f".png holds no {told} of {channels} channels; .tif and .npy do")
        case ".tif" | ".tiff":
            first, *more = _pages(numbers)
            first.save(buffer, "TIFF", save_all=True, append_images=more, compression="tiff_adobe_deflate")
        case _:
            raise InputError(f"images are written as .png, .tif, .tiff or .npy, not as {suffix or 'no suffix'}")
    return buffer.getvalue()


def _mask(numbers: np.ndarray) -> bytes:
    """A picture with a palette, whose numbers are the classes: 0 is black, the others go round the colours."""
    picture = Image.frombytes("P", numbers.shape[::-1], numbers.astype(np.uint8).tobytes())
    picture.putpalette(palette().tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _picture(numbers: np.ndarray) -> Image.Image:
    return Image.fromarray(numbers[..., 0] if numbers.shape[2] == 1 else numbers)


def _pages(numbers: np.ndarray) -> list[Image.Image]:
    if numbers.dtype == np.uint8 and numbers.shape[2] in (3, 4):
        return [_picture(numbers)]
    # Pillow has no int16: 32 bits hold it
    wide = numbers.astype(np.int32) if numbers.dtype == np.int16 else numbers
    return [Image.fromarray(np.ascontiguousarray(wide[..., c])) for c in range(numbers.shape[2])]
