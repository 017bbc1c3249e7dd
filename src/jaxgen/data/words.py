"""Captions as numbers: words in lower case, punctuation split off.

Number 0 is what stands after the end; the others are the words of the whole set, in the order of the alphabet.
"""

import difflib
import re
from collections.abc import Iterable, Sequence

import numpy as np

from jaxgen.data.fields import Field
from jaxgen.errors import InputError

WORD = re.compile(r"\w+|[^\w\s]")


def words(text: str) -> list[str]:
    """ "A bird's wing." -> a bird ' s wing ."""
    return WORD.findall(text.lower())


def field(captions: Iterable[str]) -> Field:
    """The field of such captions: it knows their words, and holds the longest of them and one 0."""
    split = [words(caption) for caption in captions]
    known = sorted({word for caption in split for word in caption})
    return Field("tokens", (max(map(len, split)) + 1,), ("", *known))


def encode(captions: Sequence[str], like: Field) -> np.ndarray:
    """Captions -> int32 [N, L], zeros after the end.

    Raises:
      InputError: a caption is longer than those of `like`, or has a word that these do not have (with near ones).
    """
    number = {word: i for i, word in enumerate(like.names)}
    tokens = np.zeros((len(captions), *like.shape), np.int32)
    for row, caption in zip(tokens, captions):
        split = words(caption)
        if len(split) >= len(row):
            raise InputError(f"{caption!r} has {len(split)} words; captions have at most {len(row) - 1}")
        if unknown := next((word for word in split if word not in number), None):
            near = difflib.get_close_matches(unknown, like.names, n=3, cutoff=0.5)
            hint = f"; near ones are {', '.join(near)}" if near else ""
            raise InputError(f"no caption of the data set has the word {unknown!r}{hint}")
        row[: len(split)] = [number[word] for word in split]
    return tokens


def decode(tokens: np.ndarray, like: Field) -> str:
    """int32 [L] -> its words, with spaces between them, up to the first 0."""
    ended = np.append(tokens, 0)
    return " ".join(like.names[i] for i in ended[: int(np.argmin(ended != 0))])
