"""What is written about images: rows of a CSV or JSON file beside them, each of which names an image's file."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.part import chosen, splits
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.reading.files import pictures
from jaxgen.data.reading.names import natural, some
from jaxgen.data.source import Batch, Source, decoded
from jaxgen.errors import InputError

FILE = ("file", "filename", "file_name", "image", "path")  # what the column of the images' files may be called


@dataclass(frozen=True)
class Row:
    """What is said of an image."""

    file: Path
    told: Mapping[str, Any]  # without the file


@dataclass(frozen=True)
class Annotations:
    """Of a split, and of the whole set: a class or a word is known if any split has it."""

    where: Path  # the file that says it
    folder: Path  # of the split
    rows: Sequence[Row]
    whole: Sequence[Row]


def annotations(path: Path, split: str, names: Sequence[str]) -> Annotations:
    """What the first of some files says: it is in the folder, or in each of its split folders.

    Raises:
      NoSplit: there is no such split.
      InputError: there is no such file, it cannot be read, or it names images that are not there.
    """
    folder = chosen(path, split)
    found = [file for each in (path, *splits(path).values()) if (file := _first(each, names))]
    if not found:
        raise InputError(f"{path} has no {' or '.join(names)}")
    files = found[:1] if found[0].parent == path else found
    whole = [row for file in files for row in rows(file)]
    ours = [row for row in whole if folder in row.file.parents]
    if not ours:
        raise InputError(f"{found[0]} says nothing of the images in {folder}")
    return Annotations(files[0], folder, ours, whole)


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def rows(file: Path) -> list[Row]:
    """The rows of a file: CSV with a header; or JSON, a list of objects or an object by images' files.

    Raises:
      InputError: it cannot be read, or an image that it names is not there.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            told = _of_json(json.load(opened)) if file.suffix == ".json" else list(csv.DictReader(opened, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{file} cannot be read ({' '.join(str(error).split())})") from None
    found = [_row(file, number, each) for number, each in enumerate(told, 1)]
    if not found:
        raise InputError(f"{file} says nothing of any image")
    if gone := [str(row.file.relative_to(file.parent)) for row in found if not row.file.is_file()]:
        raise InputError(f"{file} names images that are not there: {some(gone)}")
    return found


def _of_json(told: Any) -> list[Any]:
    if isinstance(told, dict):
        return [
            {"file": file, **(each if isinstance(each, dict) else {"captions": each})} for file, each in told.items()
        ]
    if not isinstance(told, list):
        raise ValueError("neither a list of objects nor an object by file")
    return told


def _row(file: Path, number: int, told: Any) -> Row:
    if not isinstance(told, dict) or None in told or (file.suffix == ".csv" and None in told.values()):
        raise InputError(f"{file}: row {number} has other columns than the header")
    column = next((name for name in FILE if isinstance(told.get(name), str)), None)
    if column is None:
        raise InputError(f"{file}: row {number} names no file of an image (under {', '.join(FILE)})")
    image = file.parent / told[column]
    if not image.is_file() and (beside := file.parent / "images" / told[column]).is_file():
        image = beside
    return Row(image, {key: value for key, value in told.items() if key != column})


def with_images(
    name: str,
    told: Annotations,
    more: Mapping[str, tuple[Field, np.ndarray]],
    size: int | None,
    channels: int | None,
    value_range: Bounds | None,
) -> Source:
    """A source of the images with what is said of them: fields by name, with arrays [N, ...]."""
    shown = pictures(told.folder, [row.file for row in told.rows], size, channels, value_range)
    fields = Fields({"image": shown.field} | {key: field for key, (field, _) in more.items()})

    def read(indices: np.ndarray) -> Batch:
        return {"image": shown.read(indices)} | {key: array[indices] for key, (_, array) in more.items()}

    files = [row.file for row in told.rows]
    names = tuple(str(file.relative_to(told.folder)) for file in files)
    return decoded(Source(name, len(files), fields, read, names=names), files)


def classes(told: Annotations, column: str) -> tuple[Field, np.ndarray]:
    """A column as classes, in the order of their names, in which numbers count as numbers.

    Raises:
      InputError: an entry is missing.
    """
    if empty := [row.file.name for row in told.whole if not _entry(row, column)]:
        raise InputError(f"{told.where}: {len(empty):,} of {len(told.whole):,} images have no {column}: {some(empty)}")
    entries, known = [_entry(row, column) for row in told.rows], {_entry(row, column) for row in told.whole}
    names = sorted(known, key=int) if all(_whole(entry) for entry in known) else sorted(known, key=natural)
    number = {name: i for i, name in enumerate(names)}
    return Field("label", (), tuple(names)), np.array([number[entry] for entry in entries], np.int32)


def _entry(row: Row, column: str) -> str:
    """What a row says in a column; "" is nothing."""
    return str(row.told.get(column, "")).strip()


def _whole(entry: str) -> bool:
    try:
        return str(int(entry)) == entry
    except ValueError:
        return False
