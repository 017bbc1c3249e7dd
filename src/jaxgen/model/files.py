"""A trained map, applied to files: read by the kind of the field that it takes, written by that of what it gives."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from jaxgen.abilities import Map
from jaxgen.data.derived import transform
from jaxgen.data.fields import Field
from jaxgen.data.openers import masks
from jaxgen.data.reading import deep, depth, files, images
from jaxgen.errors import InputError, note
from jaxgen.model import tiles
from jaxgen.model.bound import Bound
from jaxgen.model.kept import NOTHING, Kept, keeps, opened, plain
from jaxgen.store.progress import Progress

CHUNK = 16  # files that are worked on together
READ = ("image", "mask")  # kinds of fields that are read from files
Sizes = Literal["keep", "resize", "refuse"]


class Work(NamedTuple):
    """A file, and the name of what is made of it, without its suffix, below the folder of results."""

    file: Path
    name: Path


def chosen(maps: Sequence[Map], direction: str | None) -> Map:
    """The map of a direction, "a2b": from the fields that it takes to those that it gives.

    Raises:
      InputError: there are several and none is named, or none of that name.
    """
    named = {called(one): one for one in maps}
    if direction is None and len(maps) == 1:
        return maps[0]
    if direction not in named:
        asked = "which of its ways is meant" if direction is None else f"there is no --direction {direction}"
        raise InputError(f"{asked}: say --direction {' or '.join(named)}")
    return named[direction]


def called(one: Map) -> str:
    return f"{'+'.join(one.takes)}2{'+'.join(one.gives)}"


def taken(one: Map) -> str:
    """The name of the field that is read from files.

    Raises:
      InputError: there is none, or there are several.
    """
    found = [name for name, field in one.takes.items()
             if field.kind not in ("label", "tokens", "boxes") and name != "attributes"]  # fmt: skip
    if len(found) != 1:
        raise InputError(f"the run takes {', '.join(one.takes)}; from files one field is read, not {len(found)}")
    kind = one.takes[found[0]].kind
    if kind not in READ:
        raise InputError(f"the run takes a {kind}, and files of these are not read yet; only {', '.join(READ)}")
    return found[0]


def listed(paths: Sequence[Path]) -> list[Work]:
    """The files that are named, and those in folders that are named, by their paths below these.

    Raises:
      InputError: there are none, or two have one name.
    """
    if not paths:
        raise InputError("nothing to work on: name files or folders after the run")
    found = []
    for path in paths:
        if not path.exists():
            raise InputError(f"there is no file {path}")
        inside = files.find(path) if path.is_dir() else [path]
        found += [Work(file, (file.relative_to(path) if path.is_dir() else Path(file.name)).with_suffix(""))
                  for file in inside]  # fmt: skip
    names = [work.name for work in found]
    if twice := sorted({str(name) for name in names if names.count(name) > 1}):
        raise InputError(f"several files would be written as {twice[0]}: give them different names")
    return found


class Reading(NamedTuple):
    """Files that can all be read."""

    load: Callable[[int], tuple[np.ndarray, Kept]]  # file n as the field has it, and what its results keep of it
    sides: list[tuple[int, int]]  # of each file: height and width
    fields: list[dict[str, Field]]  # and what is made of it, as it is written


def read(works: Sequence[Work], one: Map, name: str, sizes: Sizes) -> Reading:
    """Files, once it is sure that all of them can be read. A line on stderr says which are brought to another size.

    Args:
      works: the files.
      one: what they are for.
      name: of the field that they are.
      sizes: whether those of other sizes than the field's stay so, are resized or are refused.

    Raises:
      InputError: one cannot be read, or not as this field, or is of a size that is refused.
    """
    field, sides, fields = one.takes[name], [], []
    load = partial(_kept, one) if field.kind == "image" else _mask
    for work in works:
        array, kept = load(work.file, field, False)
        fields.append({made: kept.field(given) for made, given in one.gives.items()})
        sides.append(array.shape[:2])
    tall, wide = field.shape[:2]
    if sizes == "keep":
        return Reading(lambda number: load(works[number].file, field, False), sides, fields)
    others = [f"{work.file} is {w}x{h}" for work, (h, w) in zip(works, sides) if (h, w) != (tall, wide)]
    if others and not (sizes == "resize" and tall == wide):
        more = f", and {len(others) - 1} more are of other sizes" if len(others) > 1 else ""
        raise InputError(f"{others[0]} pixels, and the run takes {wide}x{tall}{more}")
    if others:
        which = f"{len(others)} of {len(works)} files are" if len(works) > 1 else "the file is"
        told = f"{which} not {wide}x{tall} ({others[0]}): their centre squares are resized"
        note(told if len(works) > 1 else told.replace("their centre squares are", "its centre square is"))
    return Reading(lambda number: load(works[number].file, field, True), sides, fields)


Made = tuple[int, Kept, dict[str, np.ndarray]]  # the number of a file, what is kept of it, and the fields made of it


def results(bound: Bound[Map], reading: Reading, name: str, given: Mapping[str, Any], seed: int) -> Iterator[Made]:
    """What is made of files that are all of the field's size, some at a time.

    Args:
      bound: the map.
      reading: the files.
      name: of the field that these are.
      given: the other fields that it takes, [n, ...], taken in turn.
      seed: of its noise, where it has some: a file's is its number's.
    """
    count = len(reading.fields)
    size, progress = min(CHUNK, count), Progress(count, "files done")
    for start in range(0, count, size):
        rows = np.minimum(np.arange(start, start + size), count - 1)  # one shape, one compilation
        arrays, kept = zip(*map(reading.load, rows))
        inputs = {name: np.stack([_as_taken(array) for array in arrays])} | _others(bound, name, given, rows)
        made = jax.tree.map(np.asarray, bound(bound.ability.apply, inputs, _keys(seed, rows)))
        for place, row in enumerate(range(start, min(start + size, count))):
            yield row, kept[place], {n: values[place] for n, values in made.items()}
        progress(min(start + size, count))


def whole_results(
    bound: Bound[Map], reading: Reading, plans: Sequence[tiles.Plan], name: str, given: Mapping[str, Any], seed: int
) -> Iterator[Made]:
    """What is made of files of any size, each in its own, by plans of `tiles.plan`; arguments as of `results`."""
    progress, done = Progress(sum(len(plan.parts) for plan in plans), "parts done"), itertools.count(1)
    for number, plan in enumerate(plans):
        array, kept = reading.load(number)
        row = np.array([number])
        key, more = _keys(seed, row)[0], _others(bound, name, given, row)
        made = tiles.applied(bound, name, _as_taken(array), plan, more, key, lambda: progress(next(done)))
        yield number, kept, made


def _others(bound: Bound[Map], name: str, given: Mapping[str, Any], rows: np.ndarray) -> dict[str, np.ndarray]:
    others = {n: field for n, field in bound.ability.takes.items() if n != name}
    return {n: np.asarray(given[n])[rows % len(given[n])].reshape(len(rows), *others[n].shape) for n in others}


def _keys(seed: int, rows: np.ndarray) -> jax.Array:
    return jax.vmap(lambda n: jax.random.fold_in(jax.random.key(seed), n))(rows)


def _as_taken(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) / np.float32(127.5) - 1 if array.dtype == np.uint8 else array


def _kept(one: Map, file: Path, field: Field, fit: bool) -> tuple[np.ndarray, Kept]:
    """uint8, or float32 in [-1, 1] where there is more to it: [H, W, C], in its own size or in the field's; and what
    results keep of it, where they are like it."""
    size = field.shape[0] if fit and field.shape[0] == field.shape[1] else None
    if keeps(field, one.gives):
        array, kept = opened(file, field.channels, size)
        return array, kept._replace(grey=kept.grey and one.grey)
    if plain(field):
        return images.load(file, size, field.channels), NOTHING
    numbers = deep.native(file)
    if depth.stored(numbers, str(file)) != field.stored or numbers.shape[2] != field.channels:
        ours = f"{field.stored} of {field.channels} channels"
        raise InputError(f"{file} is {numbers.dtype} of {numbers.shape[2]} channels, and the run takes {ours}")
    return images.fit_array(depth.scaled(numbers, field), size, field.channels), NOTHING


def _mask(file: Path, field: Field, fit: bool) -> tuple[np.ndarray, Kept]:
    """int32 [H, W], numbers of classes; black and white are the classes 0 and 1 of two."""
    numbers = masks.load(file)
    if field.count == 2 and set(np.unique(numbers)) <= {0, 255}:
        numbers = numbers // 255
    if numbers.max() >= field.count:
        raise InputError(f"{file} has the class {numbers.max()}, and the run knows 0 to {field.count - 1}")
    return transform.mask(numbers, field.shape[0] if fit else None), NOTHING
