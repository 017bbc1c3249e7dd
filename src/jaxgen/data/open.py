"""From what a user writes after --dataset to a source."""

import difflib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from jaxgen.data.arrays import open_npz, resized
from jaxgen.data.openers.binarised import open_binarised, packed
from jaxgen.data.openers.folder import open_folder
from jaxgen.data.openers.pairs import open_pairs
from jaxgen.data.openers.unpaired import open_unpaired
from jaxgen.data.part import no_split, part, sliced
from jaxgen.data.source import Source
from jaxgen.errors import InputError

Opener = Callable[..., Source]  # (path, split, size=..., channels=...)
OPENERS: dict[str, Opener] = {
    "pairs": open_pairs,
    "unpaired": open_unpaired,
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
) -> Source:
    """A data set by what it is called.

    Args:
      dataset: a path to an .npz file; a path to a folder of images (with a slash in it: ./faces); what kind of data it
        is and a path (pairs:facades, see `OPENERS` and docs/data.md); or a TFDS name, which may have a configuration
        after a slash (emnist/letters) where there is no folder of that path.
      split: "train", "test", ... where a TFDS data set, a folder or a file has it; or a slice: "train[500:]"
        (`jaxgen.data.part`).
      data_dir: where TFDS keeps prepared sets; None is its own default (TFDS_DATA_DIR, or ~/tensorflow_datasets).
      size: side in pixels: images are cropped to their centre square and resized with antialiasing, and what else an
        example has goes with its image.
      channels: 1 or 3; None keeps the data set's own (3 for a folder).

    Raises:
      NoSplit: the data set has no such split.
      InputError: the data set does not exist or cannot be used, in one line.
    """
    if size is not None and size < 1:
        raise InputError(f"images cannot be resized to {size} pixels")
    if channels not in (None, 1, 3):
        raise InputError(f"images have 1 or 3 channels, not {channels}")
    whole, cut = sliced(split)
    opener, path = _opener(dataset)
    if opener is not None:
        source = opener(path, whole, size=size, channels=channels)
        return replace(part(source, cut) if cut else source, split=split)
    from jaxgen.data.openers.named import open_named  # imports TFDS, which takes a moment

    return replace(open_named(dataset, split, data_dir, size, channels), split=split)


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
    if path.suffix.lower() == ".npz":
        if not path.is_file():
            raise InputError(f"there is no file {path}")
        return _open_file, path
    if "/" not in dataset and not dataset.startswith((".", "~")):
        return None, path
    if path.is_dir():
        return open_folder, path
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


def _open_file(path: Path, split: str, *, size: int | None = None, channels: int | None = None) -> Source:
    """Arrays in an .npz file: images, or binary ones as packed bits, which have splits."""
    if packed(path):
        return resized(open_binarised(path, split), size, channels)
    if split != "train":
        raise no_split(path, split)
    return open_npz(path, size, channels)
