"""Cropping, resizing and flipping: of all fields of an example together, each by its kind.

What is kept of an image is the largest square around its centre, brought to a size (`images.fit`: bicubic,
antialiased). A mask takes the nearest pixel there, so that its numbers stay classes; boxes and points take the same
affine map.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.source import Batch, Source, several
from jaxgen.errors import InputError

NEAR = 0.01  # shares of an image: what lies less outside is at the edge, by rounding


def square(height: Any, width: Any) -> tuple[Any, Any, Any]:
    """Left, top and side of the centre square in pixels, of an image or of many."""
    side = np.minimum(height, width)
    return (width - side) / 2, (height - side) / 2, side


def mask(values: np.ndarray, size: int | None) -> np.ndarray:
    """[H, W] -> [size, size]: of the centre square, the pixels in which the centres of the new ones lie."""
    if size is None:
        return values
    left, top, side = square(*values.shape)
    at = (np.arange(size) + 0.5) * side / size
    return values[np.floor(top + at).astype(int)[:, None], np.floor(left + at).astype(int)]


def points(xy: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares [N, n, 2] of images' sides -> shares of their centre squares' sides, and which left these, bool [N, n].

    Args:
      xy: NaN for what is not seen, which it stays.
      sizes: [N, 2] heights and widths; equal ones keep all there is.
    """
    moved = _moved(xy, sizes)
    return _clipped(moved), _outside(moved)


def boxes(xywh: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Left, top, width and height [N, n, 4] as shares of images' sides -> of their centre squares' sides; and which
    boxes are not wholly in them, bool [N, n]: these are cut off at the edges. Arguments as for `points`."""
    first, last = _moved(xywh[..., :2], sizes), _moved(xywh[..., :2] + xywh[..., 2:], sizes)
    left = _outside(np.concatenate([first, last], -1))
    first, last = _clipped(first), _clipped(last)
    return np.concatenate([first, last - first], -1), left


def _moved(xy: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    height, width = sizes[:, 0, None], sizes[:, 1, None]
    left, top, side = square(height, width)
    return np.stack([(xy[..., 0] * width - left) / side, (xy[..., 1] * height - top) / side], -1)


def _clipped(shares: np.ndarray) -> np.ndarray:
    return np.clip(shares, 0, 1).astype(np.float32)


def _outside(shares: np.ndarray) -> np.ndarray:
    return ((shares < -NEAR) | (shares > 1 + NEAR)).any(-1)


def flipped(batch: Batch, fields: Mapping[str, Field], which: np.ndarray) -> Batch:
    """Some of a batch's examples mirrored, left to right.

    Points that are named as those of one side ("left eye") take the places of the other side's.

    Args:
      batch: [B, ...] each.
      fields: what they are.
      which: bool [B], the examples to mirror.
    """
    mirrors = {"image": _mirrored, "mask": _mirrored, "boxes": _mirrored_boxes, "points": _mirrored_points}
    found = dict(batch)
    for name, field in fields.items():
        if field.kind in mirrors:
            found[name] = batch[name].copy()
            found[name][which] = mirrors[field.kind](batch[name][which], field)
    return found


def _mirrored(pixels: np.ndarray, field: Field) -> np.ndarray:
    return pixels[:, :, ::-1]


def _mirrored_boxes(xywh: np.ndarray, field: Field) -> np.ndarray:
    x, y, width, height = np.moveaxis(xywh, -1, 0)
    return np.stack([1 - x - width, y, width, height], -1)


def _mirrored_points(xy: np.ndarray, field: Field) -> np.ndarray:
    x, y = np.moveaxis(xy, -1, 0)
    return np.stack([1 - x, y], -1)[:, _other_side(field.names, xy.shape[1])]


def _other_side(names: Sequence[str], count: int) -> list[int]:
    """For each point, which one it is in a mirror."""
    mirror = {"left": "right", "right": "left"}
    others = [re.sub("left|right", lambda side: mirror[side[0]], name) for name in names]
    return [names.index(o) if o in names else i for i, o in enumerate(others)] if names else list(range(count))


def flips(source: Source) -> Source:
    """The same source, every example of which is mirrored in about half of a stream's epochs."""
    if "" not in source.apart():
        return several({name: flips(each) for name, each in source.apart().items()}, source.name)

    def vary(batch: Batch, records: np.ndarray, drawn: np.ndarray) -> Batch:
        batch = source.vary(batch, records, drawn // 2) if source.vary else batch
        return flipped(batch, source.fields, drawn % 2 == 1)

    return replace(source, vary=vary)


def crops(source: Source, side: int) -> Source:
    """The same source, of whose images a stream shows a square of `side` pixels at random in every epoch, with masks,
    boxes and points; `read` shows the middle.

    Boxes are cut off at the edges, and are NaN where nothing of them is left; points outside are NaN.

    Raises:
      InputError: an image is smaller.
    """
    if "" not in source.apart():
        return several({name: crops(each, side) for name, each in source.apart().items()}, source.name)
    images = [field for field in source.fields.values() if field.kind == "image"]
    if too_small := [field for field in images if min(field.shape[:2]) < side]:
        raise InputError(
            f"no squares of {side} pixels are in images of {too_small[0]}: --size must be more than --crop"
        )
    fields = {name: _smaller(field, side) for name, field in source.fields.items()}

    def read(records: np.ndarray) -> Batch:
        return cropped(source.read(records), source.fields, side, np.full((len(records), 2), 0.5))

    def vary(batch: Batch, records: np.ndarray, drawn: np.ndarray) -> Batch:
        own, rest = drawn % 2**20, drawn // 2**20
        whole = source.read(records)
        whole = source.vary(whole, records, rest) if source.vary else whole
        return cropped(whole, source.fields, side, np.stack([own % 1024, own // 1024], 1) / 1023)

    return replace(source, fields=Fields(fields), read=read, vary=vary)


def _smaller(field: Field, side: int) -> Field:
    return replace(field, shape=(side, side, *field.shape[2:])) if field.kind in ("image", "mask") else field


def cropped(batch: Batch, fields: Mapping[str, Field], side: int, where: np.ndarray) -> Batch:
    """A square of `side` pixels of every example.

    Args:
      batch: [B, ...] each.
      fields: what they are.
      side: of the square.
      where: [B, 2], of the places for the square from left to right and from top to bottom, 0 to 1.
    """
    found, sizes = dict(batch), next(field.shape[:2] for field in fields.values() if field.kind == "image")
    free = np.array([sizes[1] - side, sizes[0] - side])
    corner = np.round(where * free).astype(int)
    start, scale = corner / [sizes[1], sizes[0]], np.array([sizes[1], sizes[0]]) / side
    for name, field in fields.items():
        if field.kind in ("image", "mask"):
            found[name] = np.stack([x[j : j + side, i : i + side] for x, (i, j) in zip(batch[name], corner)])
        if field.kind == "points":
            moved = (batch[name] - start[:, None]) * scale
            inside = ((moved >= 0) & (moved <= 1)).all(-1, keepdims=True)
            found[name] = np.where(inside, moved, np.nan).astype(np.float32)
        if field.kind == "boxes":
            first, last = batch[name][..., :2], batch[name][..., :2] + batch[name][..., 2:]
            first, last = (np.clip((x - start[:, None]) * scale, 0, 1) for x in (first, last))
            there = (last > first).all(-1, keepdims=True)
            found[name] = np.where(there, np.concatenate([first, last - first], -1), np.nan).astype(np.float32)
    return found
