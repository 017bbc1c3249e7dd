"""One image, decoded and brought to the form that nets want."""

import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from jaxgen.errors import InputError

# What Pillow raises where a file is not an image or is damaged; the last three come from damaged EXIF data.
BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, TypeError, KeyError, struct.error)


def load(path: Path, size: int | None, channels: int) -> np.ndarray:
    """An image file as uint8 [H, W, channels], resized to `size` if given.

    Camera orientation is applied, transparency is laid over white, 16-bit greyscale is scaled to 8.

    Raises:
      InputError: the file cannot be read as an image (named).
    """
    try:
        with Image.open(path) as image:
            image.load()
            return fit(_eight_bit(ImageOps.exif_transpose(image)), size, channels)
    except BROKEN as error:
        raise InputError(f"{path} cannot be read as an image ({type(error).__name__}: {error})") from None


def dimensions(path: Path) -> tuple[int, int]:
    """Height and width as the file's header has them (after the camera's orientation)."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5  # orientation tags 5 to 8 exchange the sides
            return (width, height) if turned else (height, width)
    except BROKEN as error:
        raise InputError(f"{path} cannot be read as an image ({type(error).__name__}: {error})") from None


def fit_array(image: np.ndarray, size: int | None, channels: int) -> np.ndarray:
    """uint8 [H, W, C] -> uint8 [size, size, channels]; untouched where it fits already."""
    if image.shape == (size or image.shape[0], size or image.shape[1], channels):
        return image
    return fit(Image.fromarray(image[..., 0] if image.shape[2] == 1 else image), size, channels)


def fit(image: Image.Image, size: int | None, channels: int) -> np.ndarray:
    """Centre square, resized with antialiasing (bicubic), as uint8 [size, size, channels].

    With size None the image keeps its height and width.
    """
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L" if channels == 1 else "RGB")
    if size is not None and image.size != (size, size):
        image = ImageOps.fit(image, (size, size), Image.Resampling.BICUBIC)
    return np.asarray(image, np.uint8).reshape(image.height, image.width, channels)


def _eight_bit(image: Image.Image) -> Image.Image:
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image)
    if image.mode.startswith("F") or values.min(initial=0) < 0 or values.max(initial=0) > 65535:
        raise ValueError("only 8-bit and 16-bit images are understood")
    return Image.fromarray(np.round(values / 257).astype(np.uint8))


def checked(images: np.ndarray, where: str) -> np.ndarray:
    """The same images, once it is sure that they are uint8 [N, H, W, 1 or 3].

    Raises:
      InputError: they are not, in a line that says what they look like instead.
    """
    if images.dtype != np.uint8:
        raise InputError(f"{where}: {_looks_like(images)}; images are uint8, 0 to 255")
    if images.ndim != 4 or images.shape[3] not in (1, 3) or 0 in images.shape:
        raise InputError(f"{where}: the shape is {images.shape}; images are [N, H, W, 1 or 3]")
    return images


def _looks_like(images: np.ndarray) -> str:
    kind = str(images.dtype)
    if images.dtype.kind != "f" or not images.size:
        return kind
    if not np.all(np.isfinite(images)):
        return f"{kind} with values that are not numbers"
    low, high = float(images.min()), float(images.max())
    for least, form in ((0, "[0, 1]"), (-1, "[-1, 1]")):
        if least <= low and high <= 1:
            return f"{kind} in {form}, which would have to be scaled and rounded first"
    return f"{kind} from {low:g} to {high:g}"
