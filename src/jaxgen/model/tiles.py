"""A map of images of any size, applied to one: whole where it is small, else in tiles that overlap.

A tile's result counts where all is in the tile that it was made of, or where the tile ends with the image: by the map's
`halo`. So what comes out is what the whole image gives, to the rounding of floats, at borders too.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from jax import Array

from jaxgen.abilities import Map
from jaxgen.errors import InputError
from jaxgen.model.bound import Bound


class Cut(NamedTuple):
    """A part of a row of pixels that is worked on, and the part of it whose results count."""

    start: int
    stop: int
    first: int
    last: int


def cuts(length: int, tile: int, halo: int | None) -> list[Cut]:
    """How a row is cut: its parts are all of one length, and their results lie beside each other.

    Args:
      length: of the row.
      tile: of a part, at most; longer than twice the halo.
      halo: what a result sees to each side; None is all: nothing is cut.
    """
    if halo is None or length <= tile:
        return [Cut(0, length, 0, length)]
    starts = [*range(0, length - tile, tile - 2 * halo), length - tile]
    ends = [*(start + tile - halo for start in starts[:-1]), length]
    return [Cut(start, start + tile, *core) for start, core in zip(starts, zip([0, *ends], ends))]


class Plan(NamedTuple):
    """How an image is worked on in its own size."""

    sides: tuple[int, int]  # its height and width
    more: tuple[int, int]  # rows and columns that it is padded with
    parts: list[tuple[Cut, Cut]]


def plan(one: Map, sides: tuple[int, int], *, tile: int, pad: bool, where: object) -> Plan:
    """How an image is cut.

    Args:
      one: a map that has a `multiple`.
      sides: the image's height and width.
      tile: side of the tiles, where it is larger; they are never smaller than the map's halo asks for.
      pad: whether an image whose sides the map does not take goes on as its mirror.
      where: what messages call the image.

    Raises:
      InputError: the map does not take such sides, and nothing is padded: with the nearest that it takes.
    """
    multiple = one.multiple or 1
    down, across = (-side % multiple for side in sides)
    if (down or across) and not pad:
        tall, wide = (max(multiple, round(side / multiple) * multiple) for side in sides)
        raise InputError(
            f"{where} is {sides[1]}x{sides[0]} pixels, and the run takes sides that are multiples of {multiple}: "
            f"say --pad, or bring it to {wide}x{tall}, the nearest"
        )
    halo = None if one.halo is None else -(-one.halo // multiple) * multiple
    side = max(tile // multiple * multiple, 4 * (halo or 0))
    rows, columns = cuts(sides[0] + down, side, halo), cuts(sides[1] + across, side, halo)
    return Plan(sides, (down, across), [(row, column) for row in rows for column in columns])


def applied(
    bound: Bound[Map], name: str, array: np.ndarray, plan: Plan, given: Mapping[str, Any], key: Array,
    done: Callable[[], object],
) -> dict[str, np.ndarray]:  # fmt: skip
    """The fields that a map makes of an image, in the image's own size, or in the map's proportion to it.

    Args:
      bound: the map.
      name: of the field that the image is.
      array: the image, [H, W, ...].
      plan: of it.
      given: the other fields that the map takes, [1, ...].
      key: of its noise, where it has some.
      done: called after each part.
    """
    padded = np.pad(array, [(0, n) for n in plan.more] + [(0, 0)] * (array.ndim - 2), mode="symmetric")
    scales = {n: Fraction(f.shape[0], bound.ability.takes[name].shape[0]) for n, f in bound.ability.gives.items()}
    found: dict[str, np.ndarray] = {}
    for part in plan.parts:
        piece = padded[tuple(slice(cut.start, cut.stop) for cut in part)][None]
        for field, values in bound(bound.ability.apply, {name: piece, **given}, key[None]).items():
            scale, made = scales[field], np.asarray(values)[0]
            if field not in found:
                found[field] = np.empty((*_scaled(padded.shape[:2], scale), *made.shape[2:]), made.dtype)
            counts = tuple(slice(*_scaled((cut.first - cut.start, cut.last - cut.start), scale)) for cut in part)
            found[field][tuple(slice(*_scaled((cut.first, cut.last), scale)) for cut in part)] = made[counts]
        done()
    kept = {field: tuple(slice(side) for side in _scaled(plan.sides, scale)) for field, scale in scales.items()}
    return {field: values[kept[field]] for field, values in found.items()}


def _scaled(places: Iterable[int], scale: Fraction) -> list[int]:
    return [int(place * scale) for place in places]
