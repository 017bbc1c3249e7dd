"""Classes, test splits, small labelled subsets, and classes of other sizes than they have."""

from dataclasses import replace
from typing import Any

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.open import open_source
from jaxgen.data.part import NoSplit, records
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


def uneven(source: Source, less: tuple[str, float] | None, even: bool | None, seed: int) -> Source:
    """A source as the settings --cut, --balance and --seed of a run have it."""
    source = cut(source, *less, seed) if less else source
    return balanced(source) if even else source


def cut(source: Source, label: str, share: float, seed: int) -> Source:
    """A source with fewer images of one class: a share of them, at least one, chosen by the seed.

    Args:
      source: of images with labels.
      label: the class, by name or number.
      share: that is kept, above 0.
      seed: of the choice.

    Raises:
      InputError: it has no labels, or no such class.
    """
    known, names = labels(source), source.classes
    number = names.index(label) if label in names else int(label) if label.isdecimal() else -1
    members = np.flatnonzero(known == number)
    if not len(members):
        raise InputError(f"--cut {label}: {source.name} has no such class; it has {', '.join(names[:8])}")
    kept = np.random.default_rng(seed).permutation(members)[: max(1, round(share * len(members)))]
    return records(source, np.sort(np.concatenate([np.flatnonzero(known != number), kept])))


def balanced(source: Source) -> Source:
    """A source in which every class is as large as the largest: images of the others come again, all of them equally
    often but for one (over-sampling). Classes without images stay without.

    Raises:
      InputError: it has no labels.
    """
    known = labels(source)
    classes = [np.flatnonzero(known == k) for k in np.unique(known)]
    return records(source, np.concatenate([np.resize(members, max(map(len, classes))) for members in classes]))


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
