"""Tables: from a file's cells to numbers, and from numbers back to cells that differ only where one was missing."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Field
from jaxgen.errors import InputError, note

MISSING = frozenset(("", "nan", "NaN", "?", "NA"))  # with or without spaces around
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Table:
    """A file's cells as the text that they are, spaces and all."""

    where: str
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]  # where in the file a row ends: for those who are to mend it


def read(path: Path) -> Table:
    """A CSV file whose first line names the columns. Blank lines are left out.

    Raises:
      InputError: there is none, it cannot be read, it is empty, a row is longer or shorter than the header, or the
        header is none: two columns have one name, one has no name, or all names are numbers.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            numbered = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as a table ({' '.join(str(error).split())})") from None
    if not numbered:
        raise InputError(f"{path} is empty; a table is a line of the columns' names, then a line for every row")
    (_, header), *rows = numbered
    _check_header(path, header)
    if not rows:
        raise InputError(f"{path} has the columns' names and no rows")
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(f"{path}: line {line} has {len(row)} entries where the header has {len(header)}")
    return Table(str(path), tuple(header), [row for _, row in rows], [line for line, _ in rows])


def _check_header(path: Path, header: list[str]) -> None:
    if all(missing(name) or NUMBER.fullmatch(name.strip()) for name in header):
        raise InputError(f"{path} has no header: its first line must name the columns, and it holds numbers")
    if len(header) == 1 and (other := next((c for c in ";\t" if c in header[0]), None)):
        raise InputError(f"{path}: columns are separated by commas, not by {'tabs' if other != ';' else 'semicolons'}")
    for place, name in enumerate(header):
        if not name.strip():
            raise InputError(f"{path}: column {place + 1} has no name")
        if name in header[:place]:
            raise InputError(f"{path}: two columns are called {name!r}")


def missing(cell: str) -> bool:
    """Whether nothing is known in a cell."""
    return cell.strip() in MISSING


def field(table: Table) -> Field:
    """What a table's rows are: a column whose known entries are all numbers holds numbers, any other one categories.

    Categories are the different entries in the order of text; a column that is mostly numbers is named on
    stderr, as a slip of the pen in one cell makes categories of it.

    Raises:
      InputError: a column has no entry.
    """
    values = tuple(_values(table))
    return Field("vector", (len(table.names),), table.names, "float32", values=values if any(values) else ())


def _values(table: Table):
    for name, column in zip(table.names, zip(*table.rows)):
        known = [cell.strip() for cell in column if not missing(cell)]
        if not known:
            raise InputError(f"{table.where}: the column {name!r} has no entry")
        words = [cell for cell in known if not NUMBER.fullmatch(cell)]
        if 0 < len(words) < len(known) / 2:
            line = table.lines[next(i for i, cell in enumerate(column) if cell.strip() == words[0])]
            told = f"the column {name!r} is taken for categories, as line {line} has {words[0]!r} in it"
            note(f"{table.where}: {told}")
        yield tuple(sorted(set(known))) if words else ()


def numbers(table: Table, like: Field) -> np.ndarray:
    """The rows as float32 [N, columns]: numbers as they are, categories by their places, NaN where one is missing.

    Args:
      table: what to read.
      like: the field of this table, or of the one that a net was trained on.

    Raises:
      InputError: the columns are others, or an entry is no number or none of the categories (named with its line).
    """
    if table.names != like.names:
        raise InputError(
            f"{table.where} has the columns {', '.join(table.names)}; needed are {', '.join(like.names)}, in this order"
        )
    columns = zip(like.names, _categories(like), zip(*table.rows))
    return np.stack([_column(table, name, values, cells) for name, values, cells in columns], 1)


def _column(table: Table, name: str, values: Sequence[str], cells: Sequence[str]) -> np.ndarray:
    place = {value: float(k) for k, value in enumerate(values)}
    found = [_value(cell.strip(), place) for cell in cells]
    for i, value in enumerate(found):
        if abs(value) > LARGEST:
            wanted = f"none of {', '.join(values)}" if values else "no number that float32 can hold"
            raise InputError(f"{table.where}, line {table.lines[i]}: {name!r} is {cells[i]!r}, {wanted}")
    return np.array(found, np.float32)


def _value(cell: str, place: dict[str, float]) -> float:
    if cell in MISSING:
        return np.nan
    return place.get(cell, np.inf) if place else float(cell) if NUMBER.fullmatch(cell) else np.inf


def _categories(like: Field) -> Sequence[tuple[str, ...]]:
    return like.values or [()] * len(like.names)


def filled(table: Table, like: Field, rows: np.ndarray) -> list[list[str]]:
    """The table's cells with the missing ones from `rows`; the known ones stay as they are, to the letter.

    Args:
      table: [N] rows of text.
      like: says which columns are categories; these are taken from the nearest place.
      rows: float [N, columns], as `numbers` gives them.
    """
    return [
        [_cell(value, values) if missing(cell) else cell for cell, value, values in zip(text, row, _categories(like))]
        for text, row in zip(table.rows, rows)
    ]


def _cell(value: float, values: Sequence[str]) -> str:
    return values[int(np.clip(np.round(value), 0, len(values) - 1))] if values else str(np.float32(value))
