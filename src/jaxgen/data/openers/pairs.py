"""Pairs of images that belong together.

--dataset pairs:facades      facades/{train,val,test}/1.jpg           left half is a, right half is b
--dataset pairs:edges        edges/photos/1.jpg  edges/drawings/1.png       a is drawings, b is photos (by name)
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.part import chosen
from jaxgen.data.reading import deep, images
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.reading.files import common, find, pictures, whole
from jaxgen.data.reading.names import some
from jaxgen.data.reading.paired import paired
from jaxgen.data.source import Batch, Source, decoded
from jaxgen.errors import InputError, note


def open_pairs(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Source:
    """Images "a" and "b": the halves of each file, or files of two folders that belong together: those of one name but
    for the suffix, or with the same numbers in their names (`jaxgen.data.reading.paired`).

    Args:
      path: of a folder of images, of two folders of images, or of split folders of either.
      split: "train", or one of the split folders at its top.
      size: side in pixels; both images' centre squares are brought to it. None where all a, and all b, are of one size.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.reading.files.whole`).

    Raises:
      NoSplit: there is no such split.
      InputError: no pairs, a file that does not have two halves, or a pair whose sides are not in one proportion.
    """
    folder = chosen(path, split)
    two = folders(folder)
    if two is None:
        return _halves(path, find(folder), size, channels, value_range)
    a, b = two
    pairs = matched(a, b)
    files = {"a": [one for one, _ in pairs], "b": [other for _, other in pairs]}
    if size:
        _same_proportions(pairs)
    shown = {name: pictures(folder, files[name], size, channels, value_range) for name in files}

    def read(indices: np.ndarray) -> Batch:
        return {name: each.read(indices) for name, each in shown.items()}

    fields = Fields({name: each.field for name, each in shown.items()})
    return decoded(Source(path.name, len(pairs), fields, read), [*files["a"], *files["b"]])


def _halves(
    path: Path, files: Sequence[Path], size: int | None, channels: int | None, value_range: Bounds | None
) -> Source:
    """Pairs side by side in files."""
    for file in files:
        height, width = deep.dimensions(file)
        if width % 2:
            raise InputError(f"{file} is {width}x{height}: a pair side by side has an even width")
    height, width = common(path, files) if size is None else (size, 2 * size)
    both, load = whole(path, files, channels, value_range)
    field = replace(both, shape=(height, width // 2, both.channels))

    def pair(file: Path) -> tuple[np.ndarray, np.ndarray]:
        a, b = np.split(load(file), 2, axis=1)
        return images.fit_array(a, size, field.channels), images.fit_array(b, size, field.channels)

    def read(indices: np.ndarray) -> Batch:
        a, b = zip(*(pair(files[i]) for i in indices))
        return {"a": np.stack(a), "b": np.stack(b)}

    return decoded(Source(path.name, len(files), Fields({"a": field, "b": field}), read), files)


def folders(folder: Path) -> tuple[Path, Path] | None:
    """The two folders in a folder, in the order of their names; None where there are others or none."""
    found = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return (found[0], found[1]) if len(found) == 2 else None


def matched(a: Path, b: Path) -> list[tuple[Path, Path]]:
    """Files below two folders that belong together (`data.reading.paired`). A line on stderr names those without a
    partner, or says that numbers told which these are.

    Raises:
      InputError: no two belong together, or two files in a folder differ in the suffix alone.
    """
    files = [find(folder) for folder in (a, b)]
    ours, theirs = ([str(file.relative_to(folder)) for file in each] for folder, each in zip((a, b), files))
    found = paired(ours, theirs)
    if not found.pairs:
        raise InputError(f"no image in {a} has the name of one in {b}: pairs are matched by their names")
    alone = [str(folder / name) for folder, names in zip((a, b), found.alone) for name in names]
    if alone:
        note(f"{len(alone)} images without a partner are left out: {some(alone)}")
    elif found.how:
        note(f"{a} and {b}: {found.how}")
    return [(files[0][i], files[1][j]) for i, j in found.pairs]


def _same_proportions(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Refuse pairs that would not lie over each other once their centre squares are taken."""
    for pair in pairs:
        (height, width), (tall, wide) = map(deep.dimensions, pair)
        if abs(height * wide - tall * width) > max(height, width, tall, wide):  # a pixel, by rounding
            raise InputError(f"{pair[0]} is {width}x{height} and {pair[1]} {wide}x{tall}: a pair has one proportion")
