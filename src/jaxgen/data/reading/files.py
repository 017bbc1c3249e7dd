"""Image files: found in folders, and read as one field."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Field
from jaxgen.data.reading import deep, depth, images
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.reading.names import counted, some
from jaxgen.errors import InputError, note

SOME = 16  # files that speak for the range of values of all
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
    folder: Path,
    files: Sequence[Path],
    size: int | None,
    channels: int | None,
    value_range: Bounds | None = None,
    *,
    square: bool = False,
) -> Pictures:
    """The images in some files below a folder.

    Args:
      folder: what messages name the files by.
      files: one an example.
      size: side in pixels to bring them to; None where all are of one size already.
      channels: as `whole` takes them.
      value_range: as `whole` takes it.
      square: whether with size None they must be squares.

    Raises:
      InputError: as `whole`; broken files (all are counted), or different sizes with `size` None.
    """
    shape = (size, size) if size else common(folder, files, square)
    field, load = whole(folder, files, channels, value_range)
    field = replace(field, shape=(*shape, field.channels))
    return Pictures(field, lambda i: images.fit_array(load(files[i]), size, field.channels))


def whole(
    folder: Path, files: Sequence[Path], channels: int | None, value_range: Bounds | None = None
) -> tuple[Field, Callable[[Path], np.ndarray]]:
    """The field of images in some files, with the first one's sides, and what reads one in its own size.

    What was always read as uint8 is so still, greyscale of 16 bits in one page too, unless `value_range` is given. Of
    .npy, floats, and TIFFs of several grey pages or bands nothing is lost: see `jaxgen.data.reading.deep`.

    Args:
      folder: what messages name the files by.
      files: one an example.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); of files of which nothing is lost None keeps all they have.
      value_range: what -1 and 1 stand for in the files.

    Raises:
      InputError: the first cannot be read, or its range of values must be said.
    """
    if value_range or channels not in (None, 1, 3) or deep.needed(files[0]):
        return deep.reader(files, channels, value_range, str(folder))
    if deep.lossy(files[0]):
        note(f"{files[0]} has 16 bits and is read with 8: --value-range 0 65535 keeps them")
    _look(folder, files)
    field = Field("image", (*images.dimensions(files[0]), channels or 3))
    return field, lambda path: images.load(path, None, field.channels)


def _look(folder: Path, files: Sequence[Path]) -> None:
    """Say where images use little of the range that their type has: 12 bits of 16, or numbers of classes."""
    seen = []
    for i in np.unique(np.linspace(0, len(files) - 1, SOME).astype(int)):
        with contextlib.suppress(InputError):  # who reads all says which cannot be read
            seen.append(deep.native(files[i]))
    kinds = {image.dtype.name for image in seen}
    if len(kinds) == 1 and (own := depth.OWN.get(("image", *kinds))):
        depth.warn(float(min(map(np.min, seen))), float(max(map(np.max, seen))), own, str(folder))


def find(folder: Path, *, by_suffix: bool = False, told: bool = True) -> list[Path]:
    """Images below a folder, in the order of their paths: all files that Pillow can open, whatever their names; .npy
    files where there are no others. A line on stderr counts the files that are none.

    Links are followed. What is hidden is left out: ._0001.jpg and .ipynb_checkpoints are not part of anyone's data.

    Args:
      folder: where to look.
      by_suffix: whether files without a usual suffix are left out unseen, as they were at first.
      told: whether to say what is left out.

    Raises:
      InputError: there are none, or a folder cannot be read.
    """
    try:
        everything = list(_below(folder))
    except OSError as error:
        raise InputError(f"the folder {error.filename} cannot be read ({error.strerror})") from None
    usual = {file for file in everything if file.suffix.lower() in SUFFIXES}
    files = [file for file in everything if file in usual or not (by_suffix or file.suffix.lower() == ".npy")]
    files = [file for file in files if file in usual or images.recognised(file)]
    files = files or [file for file in everything if file.suffix.lower() == ".npy"]
    if not files:
        looked = " ".join(sorted(SUFFIXES))
        raise InputError(f"no images in the folder {folder} (looked for {looked} .npy, and for what Pillow can open)")
    if told and not by_suffix and (others := sorted({*everything} - {*files})):
        names = some([str(file.relative_to(folder)) for file in others])
        note(f"{counted(len(others), 'file')} in {folder} {'is' if len(others) == 1 else 'are'} no image: {names}")
    return files


def broken(files: Sequence[Path]) -> InputError | None:
    """What is to be said of image files of which some cannot be decoded, of all of them at once; None if all can."""
    found = []
    for file in files:
        try:
            deep.native(file) if deep.needed(file) else images.load(file, None, 3)
        except images.BrokenFile as error:
            found.append(error)
    return _all(found, len(files))


def cut_short(files: Sequence[Path]) -> InputError | None:
    """The same of what can be seen without decoding: files that are empty, cut short or something else."""
    found = [file for file in files if file.suffix.lower() != ".npy" and images.cut_short(file)]
    return broken(found)


def _all(found: Sequence[images.BrokenFile], total: int) -> InputError | None:
    if len(found) < 2:
        return found[0] if found else None
    top = os.path.commonpath([error.path.parent for error in found])
    names = some([str(error.path.relative_to(top)) for error in found], 10)
    return InputError(f"{len(found)} of {total:,} images cannot be read, in {top}: {names}; the first one: {found[0]}")


def digest(files: Sequence[Path], done: Callable[[int], object] = lambda number: None) -> str:
    """SHA-256 over files: their bytes, and their names below the folder that they all are in. `done` is told how many
    have been read."""
    top, found = os.path.commonpath([file.parent for file in files]), hashlib.sha256()
    for number, file in enumerate(files, 1):
        with file.open("rb") as opened:
            inside = hashlib.file_digest(opened, "sha256").hexdigest()
        found.update(f"{file.relative_to(top)} {inside}\n".encode("utf-8", "surrogateescape"))
        done(number)
    return found.hexdigest()


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
        else:  # a link to nowhere too: opening it says which it is
            yield path


def common(folder: Path, files: Sequence[Path], square: bool = False) -> tuple[int, int]:
    """The height and width of all of some files below a folder.

    Raises:
      InputError: they differ, or are not squares though they should be.
    """
    try:
        found = [deep.dimensions(file) for file in files]
    except images.BrokenFile as error:
        raise (broken(files) or error) from None
    first = found[0]
    for file, (height, width) in zip(files, found):
        if (height, width) != first or (square and height != width):
            other = f", {files[0].relative_to(folder)} {first[1]}x{first[0]}" if (height, width) != first else ""
            what = "squares of one size" if square else "of one size"
            raise InputError(
                f"images in {folder} are not {what} "
                f"({file.relative_to(folder)} is {width}x{height}{other}): say --size to crop and resize them"
            )
    return first
