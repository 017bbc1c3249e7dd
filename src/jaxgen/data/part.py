"""Parts of data: split folders, and slices of what has no splits."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxgen.data.source import Source, places, several
from jaxgen.errors import InputError

SPLITS = ("train", "val", "valid", "validation", "test")
ALSO = {"training": "train", "dev": "val", "testing": "test"}  # what such folders are called too, in any case
SLICE = re.compile(r"(\w+)\[(-?\d+%?)?:(-?\d+%?)?\]")


class NoSplit(InputError):
    """The data can be read, and has no split of that name."""


def splits(folder: Path) -> dict[str, Path]:
    """The split folders at the top of a folder, by their names; {} where the folders there are something else.

    "train" and another name of `SPLITS`, or "train" alone: a folder of classes may well have one that is called test.
    """
    tops = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    named = {ALSO.get(path.name.lower(), path.name.lower()): path for path in tops} | {path.name: path for path in tops}
    found = {name: path for name, path in named.items() if name in SPLITS}
    return found if "train" in found and (len(found) > 1 or len(tops) == 1) else {}


def chosen(folder: Path, split: str) -> Path:
    """The folder of a split: one of its split folders, or the folder itself where it has none.

    Raises:
      NoSplit: there is no such split.
      InputError: there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    if found := splits(folder):
        if split not in found:
            raise NoSplit(f"{folder} has no split {split!r}; it has {', '.join(found)}")
        return found[split]
    if split != "train":
        raise no_split(folder, split)
    return folder


def no_split(path: Path, split: str) -> NoSplit:
    """What is said of data that has no splits."""
    return NoSplit(f"{path} has no split {split!r}, only slices of its images, such as train[:500] and train[500:]")


def sliced(split: str) -> tuple[str, str]:
    """A split and its slice as TFDS writes them: "train[500:]" is of "train"; "" is the slice of what has none."""
    found = SLICE.fullmatch(split)
    return (found[1], split) if found else (split, "")


def part(source: Source, split: str) -> Source:
    """A slice of a source's images, in a shuffled order that is always the same.

    Folders and files are often sorted by what they show: without the shuffle a slice would be of some kinds only.
    Slices that do not overlap have no image in common, so `train[500:]` can be trained on and `train[:500]` held out.
    Where there are several sources, each is cut.

    Raises:
      InputError: the slice is empty or not written as TFDS writes slices.
    """
    if not (found := SLICE.fullmatch(split)):
        raise InputError(f"{split!r} is not a slice such as train[500:] or train[:10%]")
    if "" not in source.apart():
        return several({name: part(each, split) for name, each in source.apart().items()}, source.name)
    start, stop = (_place(told, source.length) for told in found.groups()[1:])
    some = np.random.default_rng(0).permutation(source.length)[start:stop]
    if not len(some):
        raise InputError(f"{split} is empty: {source.name} has {source.length} images")
    return records(source, some)


def records(source: Source, some: np.ndarray) -> Source:
    """Some of a source's records, by their numbers, in that order."""
    vary = source.vary
    return replace(
        source,
        length=len(some),
        names=[source.names[i] for i in some] if source.names else (),
        read=lambda indices: source.read(some[indices]),
        vary=vary and (lambda batch, indices, drawn: vary(batch, some[indices], drawn)),
        places=places(source)[some],
    )


def _place(told: str | None, length: int) -> int | None:
    if told is None or not told.endswith("%"):
        return None if told is None else int(told)
    return round(int(told[:-1]) * length / 100)
