"""Squares of images of any size, as they are: for nets that learn from pieces and are applied to whole images.

--dataset patches:photos --size 96       photos/1.jpg  photos/more/2.png        image, 96x96; with --split
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.part import chosen
from jaxgen.data.reading import deep
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.reading.files import broken, find, whole
from jaxgen.data.reading.images import BrokenFile
from jaxgen.data.reading.names import some
from jaxgen.data.source import MEMORY, Batch, Source
from jaxgen.errors import InputError, note


def open_patches(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Source:
    """A square of every image below a folder: in a stream at a random place in every epoch, else the middle. Nothing is
    resized. Images that are smaller than the square are left out, and counted in a line.

    Args:
      path: of a folder of images of any size.
      split: "train", or one of the split folders at its top.
      size: side of the squares in pixels.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.reading.files.whole`).

    Raises:
      NoSplit: there is no such split.
      InputError: no size is said; no images, broken ones (counted and named), or none that is large enough.
    """
    if size is None:
        raise InputError("patches are squares of one size: say it with --size")
    folder = chosen(path, split)
    files = _large_enough(folder, find(folder), size)
    field, load = whole(folder, files, channels, value_range)
    field = replace(field, shape=(size, size, field.channels))
    kept = _in_memory(files, load) if _decoded(files) * field.channels <= MEMORY else None

    def pieces(records: np.ndarray, drawn: np.ndarray | None = None) -> Batch:
        found = []
        for place, record in enumerate(records):
            image = load(files[record]) if kept is None else kept[record]
            free = np.array(image.shape[:2]) - size
            top, left = (
                free // 2 if drawn is None else [int(drawn[place] >> 31), int(drawn[place] % 2**31)] % (free + 1)
            )
            found.append(image[top : top + size, left : left + size])
        return {"image": np.stack(found)}

    names = [str(file.relative_to(folder)) for file in files]
    read_anew = {"files": tuple(files), "images": True} if kept is None else {"drawn": tuple(kept)}
    vary = lambda batch, records, drawn: pieces(records, drawn)  # noqa: E731
    return Source(str(path), len(files), Fields({"image": field}), pieces, vary, names=names, **read_anew)


def _large_enough(folder: Path, files: Sequence[Path], size: int) -> list[Path]:
    small = [file for file, sides in zip(files, map(deep.dimensions, files)) if min(sides) < size]
    if len(small) == len(files):
        raise InputError(f"no image in {folder} has {size} pixels at its shorter side: say a smaller --size")
    if small:
        names = some([str(file.relative_to(folder)) for file in small], 3)
        note(f"{len(small)} of {len(files)} images in {folder} are smaller than {size} pixels and left out: {names}")
    return [file for file in files if file not in small]


def _decoded(files: Sequence[Path]) -> int:
    """Pixels of all files."""
    return sum(height * width for height, width in map(deep.dimensions, files))


def _in_memory(files: Sequence[Path], load) -> list[np.ndarray]:
    try:
        return [load(file) for file in files]
    except BrokenFile as error:
        raise (broken(files) or error) from None
