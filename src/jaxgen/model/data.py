"""The data of a run, opened again as its settings say, or other data in its form."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from jaxgen.abilities import Drawing
from jaxgen.data import Source, open_source
from jaxgen.data.derived import labelled, sentences
from jaxgen.data.open import placed
from jaxgen.data.part import NoSplit
from jaxgen.errors import InputError
from jaxgen.model.model import Model
from jaxgen.store.known import fingerprint

# What `open_source` is told by which of a run's settings.
TOLD = {
    "size": "size",
    "channels": "channels",
    "crop": "crop",
    "value_range": "value_range",
    "length": "length",
    "every": "hop",
}


def where(model: Model, dataset: str | None = None) -> dict[str, Any]:
    """What `open_source` is told beside a name and a split: of a run's own data, or of other data in their form."""
    settings, data = model.settings, model.config.get("data") or {}
    found = {name: settings.get(setting) for name, setting in (TOLD | {"by": "tokens"}).items()}
    if dataset is not None and placed(dataset) == dataset and not Path(dataset).is_absolute():  # a name of TFDS
        found = {name: found[name] for name in ("size", "channels", "crop")}
    if found.get("value_range"):
        found["value_range"] = tuple(found["value_range"])
    data_dir = Path(settings["data_dir"]) if settings.get("data_dir") else None
    return {**found, "data_dir": data_dir, "as_before": "fingerprint" in data}


def trained_on(model: Model, split: str | None = None, dataset: str | None = None) -> Source:
    """The data that a run was trained on, or another split of it; or other data, which may be the same elsewhere."""
    settings = model.settings
    name = dataset or settings["dataset"]
    with _elsewhere(dataset):
        source = open_source(name, split=split or settings["split"], **where(model, dataset))
    if split or dataset:
        return source
    return labelled.uneven(source, settings.get("cut"), settings.get("balance"), settings["seed"])


def tested_on(model: Model, dataset: str | None, split: str | None) -> tuple[Source, dict[str, Any]]:
    """A run's data, of its test split where it has one, or other data; and what they are called."""
    settings = model.settings
    name = dataset or settings["dataset"]
    with _elsewhere(dataset):
        if split is None:
            source, split = test_or_own(name, "train" if dataset else settings["split"], **where(model, dataset))
        else:
            source = open_source(name, split=split, **where(model, dataset))
    return source, {"dataset": name, "split": split, "of": source.length, "fingerprint": fingerprint(source)}


@contextlib.contextmanager
def _elsewhere(dataset: str | None) -> Iterator[None]:
    """Where a run's own data cannot be opened, say how to name it."""
    try:
        yield
    except NoSplit:
        raise
    except InputError as error:
        if dataset is not None:
            raise
        raise InputError(f"the run's data cannot be opened: {error}; if it lies elsewhere now, say --dataset") from None


def test_or_own(dataset: str, split: str, **where: Any) -> tuple[Source, str]:
    """The split "test" of a run's data, and its name; where it has none, or the run saw it, the split trained on.

    Args:
      dataset, split: the run's.
      where: as of `open_source`: data_dir, size, channels.
    """
    own = open_source(dataset, split=split, **where)
    test = labelled.held_out(dataset, split=split, trained=own, **where)
    return (test, "test") if test else (own, split)


def conditions(
    model: Model, ability: Drawing, count: int, seed: int, dataset: str | None = None
) -> dict[str, np.ndarray]:
    """What images are drawn by where that is more than classes, [N, ...] by field: of examples of the data, chosen
    by a seed."""
    needed = ability.conditions.needed
    if not needed:
        return {}
    source = sentences.beside(trained_on(model, dataset=dataset))
    numbers = np.random.default_rng(seed).integers(0, source.length, count)
    parts = [source.read(numbers[i : i + 1000]) for i in range(0, count, 1000)]
    return {name: np.concatenate([part[name] for part in parts]) for name in ability.conditions.fields}
