"""Classes, test splits and small labelled subsets."""

from dataclasses import replace
from typing import Any

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.open import open_source
from jaxgen.data.part import NoSplit
from jaxgen.data.source import Batch, Source, shared
from jaxgen.errors import InputError, note


def labels(source: Source) -> np.ndarray:
    """All of a source's labels [N], int32.

    Raises:
      InputError: it has none, or negative ones.
    """
    first = source.read(np.arange(1))
    found = np.concatenate(
        [source.read(np.arange(i, min(i + 1000, source.length)))["label"] for i in range(0, source.length, 1000)]
        if "label" in first
        else [np.zeros(0, np.int32)]
    )
    if not len(found) or found.min() < 0:
        what = f"a label {found.min()}" if len(found) else "no labels"
        raise InputError(f"{source.name} has {what}; a class, from 0 on, is needed for every image")
    return found


def classes(source: Source) -> int:
    """How many classes a source has.

    Raises:
      InputError: it has no labels, or negative ones.
    """
    if not source.classes:
        labels(source)  # says what is wrong
    return len(source.classes)


def few(source: Source, per_class: int, seed: int) -> np.ndarray:
    """The records of a labelled subset, `per_class` of every class, chosen by the seed and sorted by class.

    Raises:
      InputError: it has no labels, or a class has fewer images.
    """
    if per_class < 1:
        raise InputError(f"{per_class} images of every class cannot be chosen; it must be at least 1")
    known, order = labels(source), np.random.default_rng(seed).permutation(source.length)
    chosen = []
    for k in range(classes(source)):
        members = order[known[order] == k][:per_class]
        if len(members) < per_class:
            raise InputError(f"class {k} of {source.name} has {len(members)} images, not {per_class}")
        chosen.append(members)
    return np.concatenate(chosen)


def beside(source: Source, chosen: np.ndarray) -> Source:
    """Every image of a source, and "labelled" beside it, one of the chosen records, whose "label" it is: over an epoch
    all of these equally often."""

    def read(indices: np.ndarray) -> Batch:
        known = source.read(chosen[indices % len(chosen)])
        return {"image": source.read(indices)["image"], "labelled": known["image"], "label": known["label"]}

    fields = Fields({**source.fields, "labelled": source.fields.image})
    return replace(source, fields=fields, read=read, vary=None)


def held_out(dataset: str, *, split: str = "train", trained: Source | None = None, **where: Any) -> Source | None:
    """The split "test" of the data set that `open_source` would open by the same arguments; None where it has none, or
    where some of its records are among those of `split`, which a run was trained on.

    Args:
      dataset: as of `open_source`.
      split: what was trained on.
      trained: that split, by those who have it open.
      where: as of `open_source`.

    Raises:
      InputError: there is one, and it cannot be read.
    """
    try:
        test = open_source(dataset, split="test", **where)
    except NoSplit:
        return None
    if trained is None or not all(each.origin for each in trained.apart().values()):
        trained = open_source(dataset, split=split, **where)
    seen = shared(trained, test)
    if 0 < seen < test.length:
        note(f"{seen:,} of the {test.length:,} images of the split test are in {split}: it is not taken as held out")
    return None if seen else test
