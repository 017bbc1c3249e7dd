"""Parts of data that has no splits of its own: folders and files."""

import re
from dataclasses import replace

import numpy as np

from jaxgen.data.source import Source
from jaxgen.errors import InputError

SLICE = re.compile(r"train\[(-?\d+%?)?:(-?\d+%?)?\]")


def sliced(split: str) -> re.Match[str] | None:
    """Whether a split is a slice of all there is, as TFDS writes it: "train[500:]", "train[:10%]"."""
    return SLICE.fullmatch(split)


def part(source: Source, split: str) -> Source:
    """A slice of a source's images, in a shuffled order that is always the same.

    Folders and files are often sorted by what they show: without the shuffle a slice would be of some kinds only.
    Slices that do not overlap have no image in common, so `train[500:]` can be trained on and `train[:500]` held out.

    Raises:
      InputError: the slice is empty or not written as TFDS writes slices.
    """
    if not (found := sliced(split)):
        raise InputError(f"{split!r} is not a slice such as train[500:] or train[:10%]")
    start, stop = (_place(told, source.length) for told in found.groups())
    chosen = np.random.default_rng(0).permutation(source.length)[start:stop]
    if not len(chosen):
        raise InputError(f"{split} is empty: {source.name} has {source.length} images")
    return replace(source, length=len(chosen), read=lambda indices: source.read(chosen[indices]))


def _place(told: str | None, length: int) -> int | None:
    if told is None or not told.endswith("%"):
        return None if told is None else int(told)
    return round(int(told[:-1]) * length / 100)
