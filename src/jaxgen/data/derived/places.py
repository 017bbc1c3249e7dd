"""Boxes and keypoints of what is in images that have none: of all that differs from the upper left corner."""

from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.source import Batch, Source

UNLIKE = 64  # of 255: a pixel that differs so much from the corner is of what is shown
POINTS = ("top", "right", "bottom", "left")
KINDS = {"boxes": Field("boxes", (1, 4)), "points": Field("points", (4, 2), POINTS)}


def beside(source: Source, name: str) -> Source:
    """The same with "boxes" or "points" where it has none: the box around what is shown, which is the whole image where
    nothing is; or the middles of its first and last rows and columns."""
    if name in source.fields or "image" not in source.fields:
        return source

    def more(batch: Batch) -> Batch:
        places = [(box if name == "boxes" else points)(shown(image)) for image in batch["image"]]
        return batch | {name: np.array(places, np.float32).reshape(-1, *KINDS[name].shape)}

    vary = source.vary
    return replace(
        source,
        fields=Fields({**source.fields, name: KINDS[name]}),
        read=lambda indices: more(source.read(indices)),
        vary=vary and (lambda batch, indices, drawn: more(vary(batch, indices, drawn))),
    )


def shown(image: np.ndarray) -> np.ndarray:
    """uint8 [H, W, C] -> whether a pixel is of what is shown, [H, W]; all of them where none is."""
    found = (np.abs(image.astype(int) - image[0, 0].astype(int)) > UNLIKE).any(-1)
    return found if found.any() else ~found


def box(mask: np.ndarray) -> np.ndarray:
    """[H, W] -> left, top, width and height as shares."""
    (top, bottom), (left, right) = (np.flatnonzero(mask.any(axis))[[0, -1]] for axis in (1, 0))
    height, width = mask.shape
    return np.array([left / width, top / height, (right + 1 - left) / width, (bottom + 1 - top) / height])


def points(mask: np.ndarray) -> np.ndarray:
    """[H, W] -> x and y of the `POINTS` as shares, [4, 2]."""
    y, x = np.nonzero(mask)
    ends = [y == y.min(), x == x.max(), y == y.max(), x == x.min()]
    return np.array([[(x[end].mean() + 0.5) / mask.shape[1], (y[end].mean() + 0.5) / mask.shape[0]] for end in ends])
