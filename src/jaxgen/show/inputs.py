"""Image files in, image files out, in the mode that they had."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from jaxgen.data.files import SUFFIXES
from jaxgen.data.images import BROKEN
from jaxgen.errors import InputError

COLOURS = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3}  # modes that are kept as they are


class Given(NamedTuple):
    """An image from a file."""

    name: str  # under which it is written again
    colours: np.ndarray  # uint8 [H, W, C]
    alpha: np.ndarray | None  # what is transparent, uint8 [H, W], if anything is


def inside(paths: Sequence[Path], suffixes: set[str] = SUFFIXES) -> list[Path]:
    """Files, and those in folders, in the order of their names.

    Raises:
      InputError: there are none, or none in a folder.
    """
    if not paths:
        raise InputError("no images to work on: name files or folders after the run")
    return [file for path in paths for file in ([path] if not path.is_dir() else _inside(path, suffixes))]


def named(files: Sequence[Path], suffix: str, taken: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """The names under which what is made of files is written.

    Raises:
      InputError: two would be written as one, or one as something else.
    """
    names = [f"{file.stem}{suffix}" for file in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"several images would be written as {twice[0]}: give them different names")
    if found := taken & set(names):
        raise InputError(f"an image may not be called {found.pop()}: another picture has that name")
    return names


def read(paths: Sequence[Path], size: int, channels: int, taken: set[str]) -> list[Given]:
    """Images of one size, from files and folders, which are to be written as .png and not under names that are taken.

    Raises:
      InputError: one cannot be read, is of another size or has other colours.
    """
    files = inside(paths)
    found = [_read(file, size, channels) for file in files]
    return [Given(name, *image) for name, image in zip(named(files, ".png", taken), found)]


def colours(given: Sequence[Given]) -> np.ndarray:
    """All images, uint8 [N, H, W, C]."""
    return np.stack([one.colours for one in given])


def restored(image: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    """Colours [H, W, C], and what is transparent, in the mode that the file had."""
    pixels = image if alpha is None else np.concatenate([image, alpha[..., None]], -1)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def writable(out: Path) -> None:
    """Make a folder to write into.

    Raises:
      InputError: it cannot be one.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file: --out is the name of a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror})") from None


def _inside(folder: Path, suffixes: set[str]) -> list[Path]:
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in suffixes and not p.name.startswith("."))
    if not found:
        raise InputError(f"no images in the folder {folder}")
    return found


def _read(file: Path, size: int, channels: int) -> tuple[np.ndarray, np.ndarray | None]:
    try:
        with Image.open(file) as image:
            image.load()
    except FileNotFoundError:
        raise InputError(f"there is no file {file}") from None
    except BROKEN as error:
        raise InputError(f"{file} cannot be read as an image ({type(error).__name__}: {error})") from None
    if image.mode not in COLOURS:
        raise InputError(f"{file} has the mode {image.mode}: save it as grey (L) or as RGB, with alpha or without")
    if (size, size) != image.size:
        width, height = image.size
        raise InputError(f"{file} is {width}x{height} pixels, and the run makes images of {size}x{size}")
    if COLOURS[image.mode] != channels:
        raise InputError(f"{file} has {COLOURS[image.mode]} channels of colour, and the run's images {channels}")
    pixels = np.asarray(image).reshape(size, size, -1)
    return pixels[..., :channels], pixels[..., channels] if pixels.shape[2] > channels else None
