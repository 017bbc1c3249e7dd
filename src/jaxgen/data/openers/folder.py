"""A folder of images, with or without class folders.

--dataset ./faces            faces/1.png  faces/2.png                       image
--dataset ./animals          animals/cat/1.png  animals/dog/1.png           image, label
--dataset ./animals          animals/{train,test}/{cat,dog}/1.png           image, label; with --split
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jaxgen.data.depth import Bounds
from jaxgen.data.fields import Field, Fields
from jaxgen.data.files import find, pictures
from jaxgen.data.part import chosen, splits
from jaxgen.data.source import Batch, Source, decoded


def open_folder(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
    square: bool = True,
) -> Source:
    """Images below a folder, in the order of their paths.

    Images right in it: no labels; else its subfolders are classes where there are several, in the order of their names.
    Links are followed; what is hidden is left out (`jaxgen.data.files.find`).

    Args:
      path: of a folder of images of any size, mode and format that Pillow reads.
      split: "train", or one of the split folders at its top.
      size: side in pixels to bring them to; None where all are of one size already.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.files.whole`).
      square: whether with size None they must be squares.

    Raises:
      InputError: no images, a broken one (named), no such split, or different sizes with `size` None.
    """
    folder = chosen(path, split)
    files = find(folder)
    shown = pictures(folder, files, size, channels, value_range, square=square)
    names = [str(file.relative_to(folder)) for file in files]
    inside = _classes(folder, files)
    found = {folder: inside} | {other: _classes(other, find(other)) for other in splits(path).values() if inside}
    classes = sorted({name for names in found.values() for name in names})  # the whole set's, whichever split is read
    fields = Fields({"image": shown.field})
    if not inside or len(classes) < 2:
        return decoded(Source(str(path), len(files), fields, lambda i: {"image": shown.read(i)}, names=names))
    number = {name: i for i, name in enumerate(classes)}
    labels = np.array([number[file.relative_to(folder).parts[0]] for file in files], np.int32)

    def read(indices: np.ndarray) -> Batch:
        return {"image": shown.read(indices), "label": labels[indices]}

    fields = Fields({**fields, "label": Field("label", (), tuple(classes))})
    return decoded(Source(str(path), len(files), fields, read, names=names))


def _classes(folder: Path, files: Sequence[Path]) -> list[str]:
    """The subfolders that files are in; [] where one is right in the folder."""
    if any(file.parent == folder for file in files):
        return []
    return sorted({file.relative_to(folder).parts[0] for file in files})
