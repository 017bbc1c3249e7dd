"""Two sets of images that have nothing to do with each other but what they are of.

--dataset unpaired:seasons   seasons/{trainA,trainB,testA,testB}/1.jpg      a and b; with --split
--dataset unpaired:faces     faces/men/1.jpg  faces/women/7.jpg             a is men, b is women
"""

from pathlib import Path

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.openers.pairs import folders
from jaxgen.data.part import SPLITS, NoSplit, chosen
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.reading.files import find, pictures
from jaxgen.data.source import Batch, Several, Source, decoded, several
from jaxgen.errors import InputError


def open_unpaired(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Several:
    """Images "a" and images "b", each with a length and an order of its own.

    Args:
      path: of a folder with trainA and trainB (and testA and testB), of two folders of images, or of split folders of
        two folders each.
      split: "train", or another for which there are folders.
      size: side in pixels to bring them to; None where all a, and all b, are of one size.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.reading.files.whole`).

    Raises:
      NoSplit: there is no such split.
      InputError: there are no two folders, no images, or different sizes with `size` None.
    """
    a, b = _two(path, split)
    sources = {name: _images(each, size, channels, value_range) for name, each in (("a", a), ("b", b))}
    return several(sources, path.name)


def _two(path: Path, split: str) -> tuple[Path, Path]:
    known = [name for name in SPLITS if (path / f"{name}A").is_dir() and (path / f"{name}B").is_dir()]
    if split in known:
        return path / f"{split}A", path / f"{split}B"
    if known:
        raise NoSplit(f"{path} has no split {split!r}; it has {', '.join(known)}")
    folder = chosen(path, split)
    if (two := folders(folder)) is None:
        raise InputError(f"{folder} has neither trainA and trainB nor two folders of images in it")
    return two


def _images(folder: Path, size: int | None, channels: int | None, value_range: Bounds | None) -> Source:
    files = find(folder)
    shown = pictures(folder, files, size, channels, value_range)

    def read(indices: np.ndarray) -> Batch:
        return {"image": shown.read(indices)}

    return decoded(Source(str(folder), len(files), Fields({"image": shown.field}), read), files)
