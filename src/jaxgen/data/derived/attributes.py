"""What images are and are not, as one vector of 0 and 1: from columns, classes, numbers or the words of sentences.

Of attributes that exclude each other, such as colours of hair, the names have what they are of before a "=".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.source import Batch, Source
from jaxgen.errors import InputError

NAME = "attributes"
Column = tuple[list[str], np.ndarray]  # names, and 0 or 1 for each example [N, names]


def beside(source: Source, chosen: Sequence[str] = (), steps: Mapping[str, Sequence[float]] | None = None) -> Source:
    """The same with the vector "attributes", float32 [n] of 0 and 1.

    What is known of images: the field "attributes" of columns of 0 and 1; classes, under their field's name, of which
    each becomes an attribute ("sex=male"); numbers, where `steps` cut them ("age=20-40"); of sentences the words at
    each place that differ from image to image, named by the next word where that is always the same: "blue hair" is
    "hair=blue", and else "word1=blue".

    Args:
      source: of the images.
      chosen: columns, fields and words of sentences by these names, in this order; by default all.
      steps: of numbers, where one class ends and the next begins, in order: age: (20, 40) makes three.

    Raises:
      InputError: nothing of this kind is known of the images, or not of all of them.
    """
    found = _columns(source, steps or {})
    if unknown := [name for name in [*chosen, *(steps or {})] if name not in found]:
        raise InputError(f"{source.name} has no attribute {unknown[0]!r}, only {', '.join(found) or 'none'}")
    some = [found[name] for name in chosen or found]
    if not some:
        raise InputError(f"{source.name} says nothing of its images that could be changed")
    names = tuple(name for each, _ in some for name in each)
    table = np.concatenate([values for _, values in some], 1).astype(np.float32)

    def read(indices: np.ndarray) -> Batch:
        return source.read(indices) | {NAME: table[indices]}

    fields = {name: field for name, field in source.fields.items() if name != NAME}
    return replace(source, fields=Fields({**fields, NAME: Field("vector", (len(names),), names)}), read=read)


def steps(told: Sequence[str]) -> dict[str, list[float]]:
    """What a user writes of numbers: "age:20,40,60".

    Raises:
      InputError: it is something else.
    """
    try:
        return {name: sorted(map(float, cuts.split(","))) for name, _, cuts in (one.partition(":") for one in told)}
    except ValueError:
        raise InputError(f"--steps {' '.join(told)}: numbers are cut as in age:20,40,60") from None


def groups(names: Sequence[str]) -> list[list[int]]:
    """Which attributes exclude each other, by their places; one that stands for itself is alone."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        of, told, _ = name.partition("=")
        found.setdefault(of if told else name, []).append(place)
    return list(found.values())


def _columns(source: Source, steps: Mapping[str, Sequence[float]]) -> dict[str, Column]:
    kinds = {name: field for name, field in source.fields.items() if field.kind in ("label", "tokens") or name == NAME}
    parts = [{name: batch[name] for name in kinds} for batch in source.chunks()]
    every = {name: np.concatenate([part[name] for part in parts]) for name in kinds}
    found: dict[str, Column] = {}
    for name, field in kinds.items():
        values = every[name]
        if field.kind == "tokens":
            found |= _words(field, values)
        elif field.kind == "vector":
            found |= {each: ([each], values[:, [k]]) for k, each in enumerate(field.names)}
        elif field.names:
            found[name] = [f"{name}={each}" for each in field.names], np.eye(field.count)[values]
        elif name in steps:
            found[name] = _cut(name, values, steps[name])
    for name, (_, values) in found.items():
        if missing := int(np.isnan(values.astype(np.float32)).any(1).sum()):
            raise InputError(f"{source.name}: of {missing:,} of {source.length:,} images {name} is not known")
    return found


def _cut(name: str, values: np.ndarray, steps: Sequence[float]) -> Column:
    edges = [f"{step:g}" for step in steps]
    names = [f"under {edges[0]}", *(f"{a}-{b}" for a, b in pairwise(edges)), f"from {edges[-1]}"]
    table = np.eye(len(names))[np.digitize(values, steps)]
    table[np.isnan(values)] = np.nan
    return [f"{name}={each}" for each in names], table


def _words(field: Field, tokens: np.ndarray) -> dict[str, Column]:
    found: dict[str, Column] = {}
    known = [np.unique(place) for place in tokens.T]
    for place, numbers in enumerate(known):
        if len(numbers) < 2 or 0 in numbers:  # always the same, or sentences end there
            continue
        after = known[place + 1] if place + 1 < len(known) else np.zeros(1, int)
        name = field.names[after[0]] if len(after) == 1 and after[0] else f"word{place + 1}"
        name = f"word{place + 1}" if name in found else name
        names = [f"{name}={field.names[number]}" for number in numbers]
        found[name] = names, (tokens[:, place, None] == numbers).astype(np.float32)
    return found
