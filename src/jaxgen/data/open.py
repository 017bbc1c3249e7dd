"""From what a user writes after --dataset to a source."""

import difflib
import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jaxgen.data.derived.transform import crops, flips
from jaxgen.data.openers import attributes
from jaxgen.data.openers.binarised import open_binarised, packed
from jaxgen.data.openers.boxes import open_boxes
from jaxgen.data.openers.captions import open_captions
from jaxgen.data.openers.folder import open_folder
from jaxgen.data.openers.masks import open_masks
from jaxgen.data.openers.pairs import open_pairs
from jaxgen.data.openers.patches import open_patches
from jaxgen.data.openers.signals import open_signals
from jaxgen.data.openers.tables import open_table
from jaxgen.data.openers.text import Unit, open_text
from jaxgen.data.openers.unpaired import open_unpaired
from jaxgen.data.part import no_split, part, sliced, splits
from jaxgen.data.reading.arrays import open_npy, open_npz, resized
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.source import Source, numbered_in
from jaxgen.errors import InputError

Opener = Callable[..., Source]  # (path, split, and of `open_source`'s options those that it has a use for)
OPENERS: dict[str, Opener] = {
    "pairs": open_pairs,
    "unpaired": open_unpaired,
    "patches": open_patches,
    "labels": attributes.open_labels,
    "attributes": attributes.open_attributes,
    "captions": open_captions,
    "boxes": open_boxes,
    "masks": open_masks,
    "table": open_table,
    "signals": open_signals,
    "text": open_text,
}
PREFIXED = re.compile(r"([a-z]+):(.*)")
CONFIGURED = re.compile(r"\w+/[\w.+-]+(:[\d.*]+)?")  # a TFDS name with its configuration, perhaps a version


def open_source(
    dataset: str,
    *,
    split: str = "train",
    data_dir: Path | None = None,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
    length: int | None = None,
    every: int | None = None,
    by: Unit | None = None,
    flip: bool = False,
    crop: int | None = None,
    as_before: bool = False,
) -> Source:
    """A data set by what it is called.

    Args:
      dataset: a path to an .npz or .npy file; a path to a folder of images (with a slash in it: ./faces); what kind of
        data it is and a path (pairs:facades, see `OPENERS` and docs/data.md); or a TFDS name, which may have a
        configuration after a slash (emnist/letters) where there is no folder of that path.
      split: "train", "test", ... where a TFDS data set, a folder or a file has it; or a slice: "train[500:]"
        (`jaxgen.data.part`).
      data_dir: where TFDS keeps prepared sets; None is its own default (TFDS_DATA_DIR, or ~/tensorflow_datasets).
      size: side in pixels: images are cropped to their centre square and resized with antialiasing, and what else an
        example has goes with its image.
      channels: 1 or 3; None keeps the data set's own (3 for a folder of 8-bit images).
      value_range: what -1 and 1 stand for in images and signals of files, where it is not their type's own range;
        floats need it, and 16-bit greyscale files are read as 8 bits without it.
      length: of signals' windows, in numbers, and of texts' sequences, in tokens; None is the longest.
      every: how far signals' windows are apart (`jaxgen.data.openers.signals`).
      by: what a text's tokens are: characters (where it is None) or words.
      flip: whether a stream mirrors examples at random (`jaxgen.data.derived.transform`).
      crop: side of the square that a stream shows of every image at random.
      as_before: for a run that was begun by a version that read folders otherwise (`jaxgen.data.openers.folder`).

    Raises:
      NoSplit: the data set has no such split.
      InputError: the data set does not exist or cannot be used, in one line.
    """
    told = {name: value for name, value in locals().items() if name != "dataset"}
    if size is not None and size < 1:
        raise InputError(f"images cannot be resized to {size} pixels")
    whole, cut = sliced(split)
    opener, path = _opener(dataset)
    more = {"value_range": value_range, "length": length, "every": every, "by": by}
    options = {name: told for name, told in more.items() if told is not None}
    if opener is not None:
        options |= {"as_before": True} if as_before and opener is open_folder else {}
        source = opener(path, whole, **_taken(opener, dataset, {"size": size, "channels": channels} | options))
        source = numbered_in(source, _origin(path, whole))
        source = part(source, cut) if cut else source
    else:
        from jaxgen.data.openers.named import Unknown, open_named  # imports TFDS, which takes a moment

        _taken(open_named, dataset, options)
        try:
            source = open_named(dataset, split, data_dir, size, channels)
        except Unknown:
            if not dataset or not path.is_dir():
                raise
            return open_source(f"{path.absolute()}/", **told)
    source = flips(source) if flip else source
    return replace(crops(source, crop) if crop else source, split=split)


def placed(dataset: str) -> str:
    """What is written after --dataset, with its path, where it has one, from the root of the disk."""
    opener, path = _opener(dataset)
    if opener is None:
        return dataset
    kind = dataset.partition(":")[0] if PREFIXED.fullmatch(dataset) else ""
    return f"{kind}:{path.absolute()}" if kind in OPENERS else str(path.absolute())


def _origin(path: Path, split: str) -> str:
    """What the records of a split are numbered in: its folder, whatever links lead there, or the file."""
    folder = splits(path).get(split, path) if path.is_dir() else path
    return f"{folder.resolve()} {split if folder == path else ''}"


def _taken(opener: Opener, dataset: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options for an opener.

    Raises:
      InputError: one is given that it has no use for.
    """
    known = inspect.signature(opener).parameters
    for name, told in options.items():
        if told is not None and name not in known:
            raise InputError(f"--{name.replace('_', '-')} has no meaning for {dataset}")
    return {name: told for name, told in options.items() if name in known}


def _opener(dataset: str) -> tuple[Opener | None, Path]:
    """What opens a data set, and its path; None for a TFDS name.

    Raises:
      InputError: there is no such path, or it cannot be opened.
    """
    found = PREFIXED.fullmatch(dataset)
    if found and found[1] in OPENERS:
        return OPENERS[found[1]], _path(found[2])
    path = _path(dataset)
    if found and not path.exists() and not re.match(r"[\d*]", found[2]):  # as in mnist:3.0.1
        _refuse(found[1], found[2])
    if path.suffix.lower() in (".npz", ".npy"):
        if not path.is_file():
            raise InputError(f"there is no file {path}")
        return _open_file, path
    if "/" not in dataset and not dataset.startswith((".", "~")):
        return None, path
    if path.is_dir():
        return _of_folder(path), path
    if path.exists():
        raise InputError(f"{path} is neither a folder of images nor an .npz file")
    if not CONFIGURED.fullmatch(dataset):
        raise InputError(f"there is no folder {path}")
    return None, path


def _path(told: str) -> Path:
    try:
        return Path(told).expanduser()
    except RuntimeError:
        raise InputError(f"{told} begins with the home of a user that does not exist") from None


def _refuse(kind: str, told: str) -> None:
    """Refuse a kind of data that there is not, where one was meant."""
    near = difflib.get_close_matches(kind, OPENERS, n=3, cutoff=0.5)
    if near or _path(told).exists():
        hint = f"the nearest are {', '.join(near)}" if near else "there are " + ", ".join(OPENERS)
        raise InputError(f"no kind of data is called {kind!r} in {kind}:{told}; {hint}")


def _of_folder(path: Path) -> Opener:
    """What opens a folder of images: it has the columns of its labels.csv, or classes by subfolders."""
    columns = attributes.table_of(path)
    if not columns:
        return open_folder
    return attributes.open_labels if len(columns) == 1 else attributes.open_attributes


def _open_file(
    path: Path,
    split: str,
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Source:
    """Arrays in a file: images, or binary ones as packed bits, which have splits."""
    if packed(path):
        return resized(open_binarised(path, split), size, channels)
    if split != "train":
        raise no_split(path, split)
    return (open_npz if path.suffix.lower() == ".npz" else open_npy)(path, size, channels, value_range)
