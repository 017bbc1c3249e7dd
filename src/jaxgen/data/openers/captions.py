"""Images with captions, one or several each.

    --dataset captions:faces     faces/captions.csv  faces/images/1.png         image, caption (label)
    --dataset captions:birds     birds/annotations.json  birds/images/1.jpg

captions.csv                      captions.json or annotations.json
    file,caption                      [{"file": "images/1.png", "captions": ["blue hair", "long hair"]}, ...]
    images/1.png,blue hair            {"images/1.png": ["blue hair", "long hair"], ...}
    images/1.png,long hair
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.openers.annotations import Annotations, Row, annotations, classes, with_images
from jaxgen.data.reading import words
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.source import Batch, Source
from jaxgen.errors import InputError

NAMES = ("captions.csv", "captions.json", "annotations.json")


def open_captions(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Source:
    """Images, the field "caption" of tokens (`jaxgen.data.reading.words`), and "label" where that is written too.

    A stream gives one of an image's captions, drawn anew in every epoch; `read` gives the first.

    Args:
      path: of the folder with the captions' file, which may have split folders.
      split: "train", or one of the split folders.
      size: side in pixels to bring the images to; None where all are of one size.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.reading.files.whole`).

    Raises:
      NoSplit: there is no such split.
      InputError: there are no captions, an image has none, or is not there.
    """
    told = by_image(annotations(path, split, NAMES))
    more = {"label": classes(told, "label")} if any("label" in row.told for row in told.whole) else {}
    return captioned(with_images(path.name, told, more, size, channels, value_range), told)


def by_image(told: Annotations) -> Annotations:
    """The same with one row an image: rows of one image are its captions."""

    def grouped(rows: Sequence[Row]) -> list[Row]:
        found: dict[Path, Row] = {}
        for row in rows:
            known = captions_of(told, found[row.file]) if row.file in found else []
            found[row.file] = Row(row.file, {**row.told, "captions": [*known, *captions_of(told, row)]})
        return list(found.values())

    return replace(told, rows=grouped(told.rows), whole=grouped(told.whole))


def captions_of(told: Annotations, row: Row) -> list[str]:
    """Raises:
    InputError: an image has none.
    """
    found = row.told.get("captions", row.told.get("caption"))
    found = [found] if isinstance(found, str) else found
    if not isinstance(found, list) or not found or not all(isinstance(each, str) and each.strip() for each in found):
        raise InputError(f"{told.where}: {row.file.name} has no caption")
    return found


def captioned(source: Source, told: Annotations) -> Source:
    """A source of images with the captions that its rows have."""
    field = words.field(caption for row in told.whole for caption in captions_of(told, row))
    several = [captions_of(told, row) for row in told.rows]
    tokens = words.encode([caption for captions in several for caption in captions], field)
    counts = np.array([len(captions) for captions in several])
    firsts = np.cumsum(counts) - counts

    def read(indices: np.ndarray) -> Batch:
        return source.read(indices) | {"caption": tokens[firsts[indices]]}

    def vary(batch: Batch, indices: np.ndarray, drawn: np.ndarray) -> Batch:
        return batch | {"caption": tokens[firsts[indices] + drawn % counts[indices]]}

    fields = Fields({**source.fields, "caption": field})
    return replace(source, fields=fields, read=read, vary=vary, drawn=(tokens, counts))
