"""Images with boxes and keypoints, and what else is written of them.

    --dataset boxes:birds        birds/annotations.json  birds/images/1.jpg     image, boxes, points (caption, label)

annotations.json: a list of objects; all places are shares of the image's sides, from the left and the top
    {"file": "images/1.jpg", "label": "albatross", "captions": ["a white bird"],
     "box_xywh": [0.1, 0.2, 0.5, 0.5], "parts": {"beak": [0.3, 0.4], "left eye": null}}
"""

from pathlib import Path
from typing import Any

import numpy as np

from jaxgen.data.derived import transform
from jaxgen.data.fields import Field
from jaxgen.data.openers.annotations import Annotations, Row, annotations, classes, with_images
from jaxgen.data.openers.captions import captioned
from jaxgen.data.reading import deep
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.reading.names import some
from jaxgen.data.source import Source
from jaxgen.errors import InputError, note


def open_boxes(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Source:
    """Images with "boxes" [n, 4] and "points" [n, 2], whichever are written, and "caption" and "label".

    n is the most that an image of the set has; where there are fewer, the rest is NaN. What the centre square cuts off
    is clipped at its edges, and a line on stderr says how many boxes and points that were.

    Args:
      path: of the folder with annotations.json, which may have split folders.
      split: "train", or one of the split folders.
      size: side in pixels to bring the images to; None where all are of one size.
      channels: 1 or 3 (None is 3: greyscale becomes RGB); files of more than 8 bits and colours keep what they have.
      value_range: what -1 and 1 stand for in files of more than 8 bits (`jaxgen.data.reading.files.whole`).

    Raises:
      NoSplit: there is no such split.
      InputError: there are neither boxes nor points, one is not made of shares, or an image is not there.
    """
    told = annotations(path, split, ("annotations.json",))
    sizes = np.array([deep.dimensions(row.file) if size else (1, 1) for row in told.rows], float)
    more: dict[str, tuple[Field, np.ndarray]] = {}
    left = {}
    for name, key, parse, move in PLACES:
        if any(key in row.told for row in told.whole):
            field, shares = parse(told)
            array, left[name] = move(shares, sizes)
            more[name] = field, array
    if not more:
        raise InputError(f"{told.where} has neither box_xywh nor parts")
    if any(outside.any() for outside in left.values()):
        said = " and ".join(f"{outside.sum():,} {name}" for name, outside in left.items())
        of = np.any([outside.any(1) for outside in left.values()], 0)
        files = some([row.file.name for row, cut in zip(told.rows, of) if cut])
        note(f"{path.name}: {said} reach out of the {len(sizes)} images and are clipped, of {files}")
    if any("label" in row.told for row in told.whole):
        more["label"] = classes(told, "label")
    source = with_images(path.name, told, more, size, channels, value_range)
    return captioned(source, told) if any("captions" in row.told for row in told.whole) else source


def _boxes(told: Annotations) -> tuple[Field, np.ndarray]:
    def of(row: Row) -> np.ndarray:
        found = row.told.get("box_xywh") or []
        nested = found if all(isinstance(each, list) for each in found) else [found]
        return np.array([_shares(told, row, each, 4) for each in nested]).reshape(-1, 4)

    most = max(len(of(row)) for row in told.whole)
    shares = np.full((len(told.rows), most, 4), np.nan)
    for boxes, row in zip(shares, told.rows):
        found = of(row)
        boxes[: len(found)] = found
    return Field("boxes", (most, 4)), shares


def _points(told: Annotations) -> tuple[Field, np.ndarray]:
    parts = [(row, row.told.get("parts") or {}) for row in told.rows]
    names = tuple(dict.fromkeys(name for row in told.whole for name in row.told.get("parts") or {}))
    shares = [
        [[np.nan] * 2 if found.get(name) is None else _shares(told, row, found[name], 2) for name in names]
        for row, found in parts
    ]
    return Field("points", (len(names), 2), names), np.array(shares)


def _shares(told: Annotations, row: Row, found: Any, count: int) -> list[float]:
    numbers = isinstance(found, list) and len(found) == count and all(isinstance(n, int | float) for n in found)
    if not numbers or not all(-1 <= n <= 2 for n in found):
        raise InputError(f"{told.where}: {row.file.name} has {found}, not {count} shares of the image's sides")
    return found


# A field, where it is written, how it is read, and how it follows its image.
PLACES = (("boxes", "box_xywh", _boxes, transform.boxes), ("points", "parts", _points, transform.points))
