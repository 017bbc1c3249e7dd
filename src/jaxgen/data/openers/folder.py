"""A folder of images, with or without class folders.

--dataset ./faces            faces/1.png  faces/2.png                       image
--dataset ./animals          animals/cat/1.png  animals/dog/1.png           image, label
--dataset ./animals          animals/{train,test}/{cat,dog}/1.png           image, label; with --split
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.part import SPLITS, chosen, splits
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.reading.files import find, pictures
from jaxgen.data.reading.names import counted, natural, some
from jaxgen.data.source import Batch, Source, decoded
from jaxgen.errors import InputError, note

LOOSE = 0.1  # of all images: so many beside the class folders are previews and the like, more are the data
UNPAIRED = re.compile(rf"({'|'.join(SPLITS)})[AB]")


def open_folder(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
    square: bool = True,
    as_before: bool = False,
) -> Source:
    """Images below a folder, in the order of their paths.

    Its subfolders are classes where there are several, in the order of their names, in which numbers count as numbers.
    A few images beside them are left out, and named; where they are more than one in ten there are no classes. Links
    are followed; what is hidden is left out (`jaxgen.data.reading.files.find`).

    Args:
      path: of a folder of images of any size, mode and format that Pillow reads.
      split: "train", or one of the split folders at its top.
      size: side in pixels to bring them to; None where all are of one size already.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.reading.files.whole`).
      square: whether with size None they must be squares.
      as_before: for a run that was begun when only files with usual suffixes were read, images beside class folders
        said that there are no classes, and class 10 came before class 2.

    Raises:
      InputError: no images, broken ones (counted and named), no such split, different sizes with `size` None, or
        folders that are another kind of data.
    """
    folder = chosen(path, split)
    files = find(folder, by_suffix=as_before)
    files, inside = _classes(folder, files, 0 if as_before else LOOSE)
    if not as_before:
        _meant(path, inside)
    others = [
        _classes(other, find(other, by_suffix=as_before, told=False), 0 if as_before else LOOSE, told=False)[1]
        for other in splits(path).values() if inside and other != folder
    ]  # fmt: skip
    shown = pictures(folder, files, size, channels, value_range, square=square)
    # The whole set's, whichever split is read.
    classes = sorted({*inside}.union(*others), key=None if as_before else natural)
    fields = Fields({"image": shown.field})
    source = Source(str(path), len(files), fields, lambda i: {"image": shown.read(i)})
    source = replace(source, names=[str(file.relative_to(folder)) for file in files])
    if not inside or len(classes) < 2:
        return decoded(source, files)
    number = {name: i for i, name in enumerate(classes)}
    labels = np.array([number[file.relative_to(folder).parts[0]] for file in files], np.int32)

    def read(indices: np.ndarray) -> Batch:
        return {"image": shown.read(indices), "label": labels[indices]}

    fields = Fields({**fields, "label": Field("label", (), tuple(classes))})
    return decoded(replace(source, fields=fields, read=read), files)


def _classes(folder: Path, files: list[Path], few: float, told: bool = True) -> tuple[list[Path], list[str]]:
    """The files that are the data, and the subfolders that they are in: [] where these are no classes.

    Args:
      folder: that they are in.
      files: all there are.
      few: what share of them may lie beside the subfolders, and is left out then.
      told: whether to say so.
    """
    loose = [file for file in files if file.parent == folder]
    inside = sorted({file.relative_to(folder).parts[0] for file in files if file.parent != folder})
    if not loose:
        return files, inside
    if len(inside) < 2 or len(loose) > few * len(files):
        if told and len(inside) > 1 and few:
            note(f"{folder} has {counted(len(loose), 'image')} beside its folders {some(inside)}: these are no classes")
        return files, []
    if told:
        names = some([file.name for file in loose])
        note(f"{counted(len(loose), 'image')} beside the class folders of {folder} left out: {names}")
    return [file for file in files if file.parent != folder], inside


def _meant(path: Path, inside: Sequence[str]) -> None:
    """Refuse folders that would be taken for classes and are another kind of data."""
    masks = len(inside) == 2 and "images" in inside and bool({*inside} & {"masks", "labels"})
    unpaired = len(inside) > 1 and all(UNPAIRED.fullmatch(name) for name in inside)
    if masks or unpaired:
        kind = "masks" if masks else "unpaired"
        raise InputError(
            f"the folders {', '.join(inside)} in {path} are no classes: say --dataset {kind}:{path} for images with "
            f"{'label maps' if masks else 'others'}, or name one of the folders"
        )
