"""One image, decoded and brought to the form that nets want."""

import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps

from jaxgen.errors import InputError

# What Pillow raises where a file is not an image or is damaged; the last three come from damaged EXIF data.
BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, TypeError, KeyError, struct.error)

ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}  # what the last bytes of a whole file hold

# A scan of a map has more pixels than Pillow takes for an attack; one's own files are not.
Image.MAX_IMAGE_PIXELS = 1 << 30

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of R, G, B (ITU-R 601-2), as Pillow turns them to grey


class BrokenFile(InputError):
    """A file that should be an image cannot be read as one."""

    def __init__(self, path: Path, error: Exception):
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        super().__init__(f"{path} cannot be read as an image ({reason})")
        self.path = path


def load(path: Path, size: int | None, channels: int) -> np.ndarray:
    """An image file as uint8 [H, W, channels], resized to `size` if given.

    Camera orientation is applied, transparency is laid over white, 16-bit greyscale is scaled to 8.

    Raises:
      BrokenFile: the file cannot be read as an image.
    """
    try:
        with Image.open(path) as image:
            image.load()
            return fit(_eight_bit(ImageOps.exif_transpose(image)), size, channels)
    except BROKEN as error:
        raise BrokenFile(path, error) from None


def dimensions(path: Path) -> tuple[int, int]:
    """Height and width as the file's header has them (after the camera's orientation)."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5  # orientation tags 5 to 8 exchange the sides
            return (width, height) if turned else (height, width)
    except BROKEN as error:
        raise BrokenFile(path, error) from None


def recognised(path: Path) -> bool:
    """Whether Pillow knows a file for an image that it can decode, whatever the file's name."""
    try:
        with Image.open(path) as image:
            return not isinstance(image, ImageFile.StubImageFile) and image.format not in ("EPS", "MPEG")
    except BROKEN:
        return False


def cut_short(path: Path) -> bool:
    """Whether an image file's header cannot be read or, of a JPEG or PNG without its usual end, the image cannot be."""
    try:
        with Image.open(path) as image, path.open("rb") as file:
            end = ENDS.get(image.format or "")
            file.seek(max(0, path.stat().st_size - 64))
            if end is None or end in file.read():
                return False
            image.load()
    except BROKEN:
        return True
    return False


def fit_array(image: np.ndarray, size: int | None, channels: int) -> np.ndarray:
    """[H, W, C] -> [size, size, channels], uint8 or float32 in [-1, 1] as it is; untouched where it fits already.

    Channels are resized one by one, floats as floats. Grey becomes RGB and RGB grey where `channels` says so; uint8
    with transparency (2 or 4 channels) is laid over white.

    Raises:
      InputError: as `check_channels`.
    """
    own = image.shape[2]
    if image.shape == (size or image.shape[0], size or image.shape[1], channels):
        return image
    if image.dtype == np.uint8 and own <= 4 and channels in (1, 3):
        return fit(Image.fromarray(image[..., 0] if own == 1 else image), size, channels)
    check_channels(own, channels)
    if own != channels:
        image = (image @ LUMA)[..., None] if own == 3 else image.repeat(3, 2)
    return np.stack([_fit_plane(image[..., c], size) for c in range(channels)], -1)


def _fit_plane(plane: np.ndarray, size: int | None) -> np.ndarray:
    if size is None or plane.shape == (size, size):
        return plane
    fitted = np.asarray(ImageOps.fit(Image.fromarray(plane), (size, size), Image.Resampling.BICUBIC))
    return fitted if plane.dtype == np.uint8 else np.clip(fitted, -1, 1)  # bicubic overshoots at edges


def check_channels(own: int, wanted: int | None) -> None:
    """
    Raises:
      InputError: images cannot be brought to such a number of channels: only grey and RGB become each other.
    """
    if wanted not in (None, own) and {wanted, own} != {1, 3}:
        if own in (1, 3):
            raise InputError(f"images have 1 or 3 channels, not {wanted}")
        raise InputError(f"images of {own} channels cannot be brought to {wanted}")


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
    """Images [N, H, W] or [N, H, W, C] as [N, H, W, C].

    Raises:
      InputError: they have another shape, in a line that says which.
    """
    images = images[..., None] if images.ndim == 3 else images
    if images.ndim != 4 or 0 in images.shape:
        raise InputError(f"{where}: the shape is {images.shape}; images are [N, H, W] or [N, H, W, channels]")
    if images.shape[1] <= 4 < min(images.shape[2:]):
        raise InputError(f"{where}: the shape is {images.shape}, channels first; images are [N, H, W, channels]")
    return images
