"""The data of a run, opened again as its settings say, or other data in its form."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jaxgen.abilities import Drawing
from jaxgen.data import Source, labelled, open_source
from jaxgen.model.model import Model


def where(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `open_source` is told beside a name and a split."""
    data_dir = Path(settings["data_dir"]) if settings.get("data_dir") else None
    return {"data_dir": data_dir, "size": settings.get("size"), "channels": settings.get("channels")}


def trained_on(model: Model, split: str | None = None) -> Source:
    """The data that a run was trained on, or another split of it."""
    settings = model.settings
    return open_source(settings["dataset"], split=split or settings["split"], **where(settings))


def tested_on(model: Model, dataset: str | None, split: str | None) -> tuple[Source, dict[str, Any]]:
    """A run's data, of its test split where it has one, or other data; and what they are called."""
    settings = model.settings
    name = dataset or settings["dataset"]
    if split is None:
        source, split = test_or_own(name, "train" if dataset else settings["split"], **where(settings))
    else:
        source = open_source(name, split=split, **where(settings))
    return source, {"dataset": name, "split": split, "of": source.length, "fingerprint": source.fingerprint()}


def test_or_own(dataset: str, split: str, **where: Any) -> tuple[Source, str]:
    """The split "test" of a run's data, and its name; where it has none, or the run saw it, the split trained on.

    Args:
      dataset, split: the run's.
      where: as of `open_source`: data_dir, size, channels.
    """
    test = labelled.held_out(dataset, split=split, **where)
    return (test, "test") if test else (open_source(dataset, split=split, **where), split)


def conditions(model: Model, ability: Drawing, count: int, seed: int) -> dict[str, np.ndarray]:
    """What images are drawn by where that is more than classes, [N, ...] by field: of examples of the data, chosen
    by a seed."""
    needed = ability.conditions.needed
    if not needed:
        return {}
    source = trained_on(model)
    numbers = np.random.default_rng(seed).integers(0, source.length, count)
    parts = [source.read(numbers[i : i + 1000]) for i in range(0, count, 1000)]
    return {name: np.concatenate([part[name] for part in parts]) for name in ability.conditions.fields}
