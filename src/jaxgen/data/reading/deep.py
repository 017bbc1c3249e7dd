"""Image files with what `images.load` would lose: more than 8 bits, floats, other channels than grey or RGB."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from jaxgen.data.fields import Field
from jaxgen.data.reading import depth, images
from jaxgen.data.reading.images import BROKEN, BrokenFile
from jaxgen.errors import InputError

TIFF = (".tif", ".tiff")
MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
BITS, BANDS = 258, 277  # tags of TIFF: bits and samples a pixel
GREY = ("L", "I;16", "I;16B", "I", "F")  # Pillow's modes of one band, of 8, 16, 32 bits and floats
SOME = 64  # files that speak for the range of values of all


def needed(path: Path) -> bool:
    """Whether a file is .npy or a TIFF of floats or 32-bit integers, of several grey pages, or of bands that Pillow
    does not read.

    16-bit greyscale in one page is not among them: it is read as 8 bits unless its range of values is said.
    """
    if path.suffix.lower() not in TIFF:
        return path.suffix.lower() == ".npy"
    try:
        with Image.open(path) as image:
            wide = image.mode == "F" or (image.mode == "I" and _tag(image, BITS) != 16)
            return wide or (image.mode in GREY and (getattr(image, "n_frames", 1) > 1 or _tag(image, BANDS) > 1))
    except UnidentifiedImageError:
        with path.open("rb") as file:
            return file.read(4) in MAGIC
    except BROKEN:
        return False  # `load` says what is wrong


def native(path: Path) -> np.ndarray:
    """An image file's numbers as they are, [H, W, C]: uint8, uint16, int16 or floats. Pages of a TIFF are channels.

    Raises:
      InputError: the file cannot be read as an image, or only by tifffile, which is not installed.
    """
    try:
        if path.suffix.lower() == ".npy":
            image = np.load(path, allow_pickle=False)
        elif path.suffix.lower() in TIFF:
            image = _tiff(path)
        else:
            with Image.open(path) as opened:
                image = _plane(opened)
    except InputError:  # which is a ValueError too
        raise
    except BROKEN as error:
        raise BrokenFile(path, error) from None
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise InputError(f"{path}: the shape is {image.shape}; an image is [H, W] or [H, W, C]")
    return image[..., None] if image.ndim == 2 else image


def dimensions(path: Path) -> tuple[int, int]:
    """Height and width of any image file that can be read.

    Raises:
      InputError: it cannot.
    """
    try:
        return images.dimensions(path)
    except InputError:
        if path.suffix.lower() in (".npy", *TIFF):
            height, width, _ = native(path).shape
            return height, width
        raise


def reader(
    files: Sequence[Path], channels: int | None, value_range: depth.Bounds | None, where: str
) -> tuple[Field, Callable[[Path], np.ndarray]]:
    """The field of some image files, and what reads one: uint8, or float32 in [-1, 1] where there is more to it.

    Args:
      files: the first says the type and the channels, and all must have these; the field's sides are its.
      channels: None keeps the files' own; 1 and 3 turn RGB to grey and grey to RGB.
      value_range: what -1 and 1 stand for; None where the type says it (uint8, uint16).
      where: the folder, for errors.

    Raises:
      InputError: a file cannot be read, or floats' range of values is not said (the line says what was seen).
    """
    first = native(files[0])
    name, (*sides, own) = depth.stored(first, str(files[0])), first.shape
    images.check_channels(own, channels)
    some = [native(files[i]) for i in np.unique(np.linspace(0, len(files) - 1, SOME).astype(int))]
    limits = np.array([[image.min(), image.max()] for image in some])
    agreed = depth.agreed("image", limits.astype(first.dtype), value_range, where)
    field = Field("image", (*sides, channels or own), stored=name, range=agreed)

    def load(path: Path) -> np.ndarray:
        image = native(path)
        if depth.stored(image, str(path)) != name or image.shape[2] != own:
            raise InputError(
                f"{path} is {image.dtype} of {image.shape[2]} channels, {files[0]} {first.dtype} of {own}: "
                "images of one folder are of one kind"
            )
        plain = name == "uint8" and agreed is None
        return images.fit_array(image if plain else depth.scaled(image, field), None, field.channels)

    return field, load


def lossy(path: Path) -> bool:
    """Whether `images.load` reads 8 of an image file's 16 bits."""
    try:
        with Image.open(path) as image:
            return image.mode.startswith("I") or _wide(image)
    except BROKEN:
        return False


def _wide(image: Image.Image) -> bool:
    """Whether Pillow opens 16 bits as 8, as it does with colours."""
    codings = str([tile[3] for tile in getattr(image, "tile", [])])
    return image.mode not in GREY and ";16" in codings


def _plane(image: Image.Image) -> np.ndarray:
    if _wide(image):
        raise ValueError("16 bits of colours are read from TIFF and .npy only")
    image = ImageOps.exif_transpose(image)
    if image.mode not in (*GREY, "LA", "RGB", "RGBA"):
        image = image.convert("RGB")
    plane = np.asarray(image)
    return plane.astype(np.uint16) if image.mode == "I" and 0 <= plane.min() <= plane.max() <= 65535 else plane


def _tiff(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            if image.mode in GREY and _tag(image, BANDS) == 1:
                signed = _tag(image, BITS) == 16 and image.mode == "I"  # Pillow widens it
                pages = [np.asarray(page) for page in ImageSequence.Iterator(image)]
                return np.stack(pages, -1).astype(np.int16) if signed else np.stack(pages, -1)
            if image.mode not in GREY and _tag(image, BITS) <= 8:
                return _plane(image)
    except UnidentifiedImageError:
        pass
    return _by_tifffile(path)


def _tag(image: Image.Image, tag: int) -> int:
    found = image.tag_v2.get(tag, 1)  # type: ignore[attr-defined]  # of TIFF files
    return found[0] if isinstance(found, tuple) else found


def _by_tifffile(path: Path) -> np.ndarray:
    try:
        import tifffile
    except ImportError:
        raise InputError(
            f"{path} has several bands, or numbers that Pillow does not read; tifffile does: pip install 'jaxgen[tiff]'"
        ) from None
    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            image, axes = series.asarray(), series.axes
        rows, columns = axes.index("Y"), axes.index("X")
    except Exception as error:  # it raises whatever its decoders do
        raise ValueError(" ".join(str(error).split())) from None
    image = np.moveaxis(image, (rows, columns), (0, 1))
    return image.reshape(*image.shape[:2], -1)
