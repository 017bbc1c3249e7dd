"""Text: one sequence a line, by characters or by words.

poems.txt                                --dataset text:poems.txt     field "tokens"
The sea is calm tonight.
The tide is full, the moon lies fair
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.part import no_split
from jaxgen.data.source import Batch, Source
from jaxgen.errors import InputError

Unit = Literal["characters", "words"]


def open_text(path: Path, split: str = "train", *, by: Unit = "characters", length: int | None = None) -> Source:
    """The lines of a text as the field "tokens", int32 [length]: numbers of characters or words, 0 after the end.

    The field's names are the vocabulary of the whole file in the order of Unicode; the first is "", which is the 0.
    Lines of spaces alone are left out.

    Args:
      path: of a UTF-8 file.
      split: "train", all lines.
      by: what a token is; words are what stands between spaces.
      length: tokens a sequence; longer lines are cut off there. None is the longest line.

    Raises:
      NoSplit: the split is another.
      InputError: there is no such file, it is not UTF-8, or has nothing in it.
    """
    if split != "train":
        raise no_split(path, split)
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if length is not None and length < 1:
        raise InputError(f"sequences have a --length of at least 1, not {length}")
    try:
        lines = [line for line in path.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text ({error})") from None
    if not lines:
        raise InputError(f"{path} has no lines of text")
    pieces = [tokens_of(line, by) for line in lines]
    names = ("", *sorted({piece for line in pieces for piece in line}))
    number = {name: i for i, name in enumerate(names)}
    coded = [np.array([number[piece] for piece in line[:length]], np.int32) for line in pieces]
    field = Field("tokens", (length or max(map(len, coded)),), names, "int32")

    def read(indices: np.ndarray) -> Batch:
        rows = np.zeros((len(indices), *field.shape), np.int32)
        for row, i in zip(rows, indices):
            row[: len(coded[i])] = coded[i]
        return {"tokens": rows}

    return Source(path.name, len(coded), Fields({"tokens": field}), read)


def tokens_of(line: str, by: Unit) -> Sequence[str]:
    """The characters of a line, or its words."""
    return line.split() if by == "words" else line


def encode(lines: Sequence[str], field: Field, by: Unit = "characters") -> np.ndarray:
    """Lines as a field's tokens, int32 [N, length], cut off there.

    Raises:
      InputError: a character or word is not in the vocabulary.
    """
    number = {name: i for i, name in enumerate(field.names)}
    rows = np.zeros((len(lines), *field.shape), np.int32)
    for row, line in zip(rows, lines):
        pieces = tokens_of(line, by)[: len(row)]
        if unknown := next((piece for piece in pieces if piece not in number), None):
            raise InputError(f"{unknown!r} is not in the vocabulary of {field.count - 1} {by}")
        row[: len(pieces)] = [number[piece] for piece in pieces]
    return rows


def decode(rows: np.ndarray, field: Field, by: Unit = "characters") -> list[str]:
    """Tokens int [N, length] as lines, each up to its first 0: the inverse of `encode`, but for spaces around words."""
    between = " " if by == "words" else ""
    ends = [np.flatnonzero(row == 0) for row in rows]
    return [
        between.join(field.names[token] for token in row[: end[0] if len(end) else None])
        for row, end in zip(rows, ends)
    ]
