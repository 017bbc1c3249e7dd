"""Images with a table of what they are.

    --dataset ./faces              faces/labels.csv  faces/images/1.png         image and the table's columns
    --dataset attributes:faces     the same
    --dataset labels:faces#group   image, label: the column group as classes

labels.csv
    file,age,sex,smiling
    images/1.png,31,female,1
    images/2.png,,male,0
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Field
from jaxgen.data.openers.annotations import FILE, Row, annotations, classes, with_images
from jaxgen.data.part import splits
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.source import Source
from jaxgen.errors import InputError

NAME = "labels.csv"
MISSING = ("", "nan", "NaN", "?", "NA")


def open_attributes(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Source:
    """Images, and the columns of labels.csv.

    Columns of 0 and 1 (or -1 and 1) are together the vector "attributes", 0 or 1 each. Any other column of numbers is a
    field of its own under its name, a label without classes; so is a column of names, with them as classes.
    Missing numbers are NaN.

    Args:
      path: of the folder with labels.csv, which may have split folders.
      split: "train", or one of the split folders.
      size: side in pixels to bring the images to; None where all are of one size.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.reading.files.whole`).

    Raises:
      NoSplit: there is no such split.
      InputError: there is no labels.csv, it cannot be read, a name is missing, or an image is not there.
    """
    told = annotations(path, split, (NAME,))
    more: dict[str, tuple[Field, np.ndarray]] = {}
    yes: dict[str, np.ndarray] = {}
    for column in told.whole[0].told:
        if column == "image":
            raise InputError(f"{told.where}: a column called image would stand for the images")
        if (whole := _numbers(told.whole, column)) is None:
            more[column] = classes(told, column)
            continue
        numbers = _numbers(told.rows, column)
        assert numbers is not None
        if set(whole[~np.isnan(whole)]) in ({0, 1}, {-1, 1}):
            yes[column] = np.maximum(numbers, 0)
        else:
            more[column] = Field("label", ()), numbers
    if yes:
        more["attributes"] = Field("vector", (len(yes),), tuple(yes)), np.stack(list(yes.values()), -1)
    return with_images(path.name, told, more, size, channels, value_range)


def open_labels(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Source:
    """Images, and one column of labels.csv as the field "label", with classes.

    Args:
      path: of the folder, and after a # the column (faces#group): where there is none, the one that is called label,
        or the only one.
      split: "train", or one of the split folders.
      size: side in pixels to bring the images to; None where all are of one size.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.reading.files.whole`).

    Raises:
      NoSplit: there is no such split.
      InputError: as for `open_attributes`, or there is no such column.
    """
    name, _, column = path.name.partition("#")
    path = path if path.exists() else path.with_name(name)
    told = annotations(path, split, (NAME,))
    columns = list(told.whole[0].told)
    column = column or (columns[0] if len(columns) == 1 else "label")
    if column not in columns:
        raise InputError(f"{told.where} has the columns {', '.join(columns)}: say which, as labels:{name}#{columns[0]}")
    return with_images(path.name, told, {"label": classes(told, column)}, size, channels, value_range)


def table_of(path: Path) -> list[str]:
    """The columns of labels.csv, without the files', in a folder or its split folders; [] where it names no files."""
    for folder in (path, *splits(path).values()):
        if (folder / NAME).is_file():
            try:
                with (folder / NAME).open(encoding="utf-8-sig", newline="") as opened:
                    header = next(csv.reader(opened), [])
            except (OSError, ValueError, csv.Error):
                return []
            return [name for name in header if name not in FILE] if set(header) & set(FILE) else []
    return []


def _numbers(rows: Sequence[Row], column: str) -> np.ndarray | None:
    """A column as float32 [N], NaN where an entry is missing; None where an entry is no number."""
    entries = [row.told[column].strip() for row in rows]
    try:
        return np.array([np.nan if entry in MISSING else float(entry) for entry in entries], np.float32)
    except ValueError:
        return None
