"""Captions as numbers: words in lower case, punctuation split off.

Number 0 is what stands after the end; then come the words of the whole set, in the order of the alphabet; the last
number is that of all words that no caption of the set has.
"""

import difflib
import re
from collections.abc import Iterable, Sequence

import numpy as np

from jaxgen.data.fields import UNKNOWN, Field
from jaxgen.errors import InputError, note

WORD = re.compile(r"\w+|[^\w\s]")


def words(text: str) -> list[str]:
    """ "A bird's wing." -> a bird ' s wing ."""
    return WORD.findall(text.lower())


def field(captions: Iterable[str]) -> Field:
    """The field of such captions: it knows their words, and holds the longest of them and one 0."""
    split = [words(caption) for caption in captions]
    known = sorted({word for caption in split for word in caption})
    return Field("tokens", (max(map(len, split)) + 1,), ("", *known, UNKNOWN))


def encode(captions: Sequence[str], like: Field) -> np.ndarray:
    """Captions -> int32 [N, L], zeros after the end.

    Words that those of `like` do not have become the unknown one, and a line on stderr says which they are.

    Raises:
      InputError: a caption is longer than those of `like`; or has none of their words; or it has a word that these do
        not have, and they are of a run that knows no unknown one.
    """
    number = {word: i for i, word in enumerate(like.names)}
    tokens = np.zeros((len(captions), *like.shape), np.int32)
    unknown: dict[str, None] = {}
    for row, caption in zip(tokens, captions):
        split = words(caption)
        if len(split) >= len(row):
            raise InputError(f"{caption!r} has {len(split)} words; captions have at most {len(row) - 1}")
        new = [word for word in split if word not in number]
        if new and (UNKNOWN not in number or len(new) == len(split)):
            raise InputError(_told(new, like))
        unknown |= dict.fromkeys(new)
        row[: len(split)] = [number.get(word, len(number) - 1) for word in split]
    if unknown:
        note(f"{_told(list(unknown), like)}; taken for an unknown word")
    return tokens


def _told(unknown: Sequence[str], like: Field) -> str:
    near = [each for word in unknown for each in difflib.get_close_matches(word, like.names, n=3, cutoff=0.5)]
    hint = f"; near ones are {', '.join(dict.fromkeys(near))}" if near else ""
    return f"no caption of the data set has the word {', '.join(map(repr, unknown))}{hint}"


def decode(tokens: np.ndarray, like: Field) -> str:
    """int32 [L] -> its words, with spaces between them, up to the first 0."""
    ended = np.append(tokens, 0)
    return " ".join(like.names[i] for i in ended[: int(np.argmin(ended != 0))])
