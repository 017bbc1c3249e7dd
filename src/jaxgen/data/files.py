"""Image files: found in folders, and read as one field."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxgen.data import images
from jaxgen.data.fields import Field
from jaxgen.errors import InputError

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}


@dataclass(frozen=True)
class Pictures:
    """Image files as one field of a source."""

    field: Field
    load: Callable[[int], np.ndarray]  # a record's number -> [H, W, C]

    def read(self, indices: np.ndarray) -> np.ndarray:
        """Records [B] -> [B, H, W, C]."""
        return np.stack([self.load(i) for i in indices])


def pictures(
    folder: Path, files: Sequence[Path], size: int | None, channels: int | None, *, square: bool = False
) -> Pictures:
    """The images in some files below a folder.

    Args:
      folder: what messages name the files by.
      files: one an example.
      size: side in pixels to bring them to; None where all are of one size already.
      channels: 1 or 3 (None is 3: greyscale becomes RGB).
      square: whether with size None they must be squares.

    Raises:
      InputError: a broken header (named), or different sizes with `size` None.
    """
    channels = channels or 3
    shape = (size, size) if size else common(folder, files, square)
    return Pictures(Field("image", (*shape, channels)), lambda i: images.load(files[i], size, channels))


def find(folder: Path) -> list[Path]:
    """Images below a folder, in the order of their paths.

    Links are followed. What is hidden is left out: ._0001.jpg and .ipynb_checkpoints are not part of anyone's data.

    Raises:
      InputError: there are none, or a folder cannot be read.
    """
    try:
        files = list(_below(folder))
    except OSError as error:
        raise InputError(f"the folder {error.filename} cannot be read ({error.strerror})") from None
    if not files:
        raise InputError(f"no images in the folder {folder} (looked for {' '.join(sorted(SUFFIXES))})")
    return files


def _below(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    here = folder.resolve()
    if here in above:  # a link that leads back
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _below(path, (*above, here))
        elif path.suffix.lower() in SUFFIXES:  # a link to nowhere too: opening it says which it is
            yield path


def common(folder: Path, files: Sequence[Path], square: bool = False) -> tuple[int, int]:
    """The height and width of all of some files below a folder.

    Raises:
      InputError: they differ, or are not squares though they should be.
    """
    first = images.dimensions(files[0])
    for file in files:
        height, width = found = images.dimensions(file)
        if found != first or (square and height != width):
            other = f", {files[0].relative_to(folder)} {first[1]}x{first[0]}" if found != first else ""
            what = "squares of one size" if square else "of one size"
            raise InputError(
                f"images in {folder} are not {what} "
                f"({file.relative_to(folder)} is {width}x{height}{other}): say --size to crop and resize them"
            )
    return first
