"""What can be measured of a run with its own data, or with other data."""

from pathlib import Path
from typing import Any

import flax.errors
import jax
import numpy as np

from jaxgen.abilities import Density, Drawing
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.measure import likelihoods, perceptual
from jaxgen.measure.drawn import generated
from jaxgen.measure.evaluate import Evaluation, Images, evaluate, network, of_source
from jaxgen.metrics import scores
from jaxgen.metrics.nearest import neighbours
from jaxgen.metrics.protocol import Protocol
from jaxgen.model import Bound, Model, data
from jaxgen.show import pictures

SHOWN = 12  # samples in the picture of nearest neighbours


def likelihood(
    model: Model, dataset: str | None, split: str | None, images: int | None, samples: int, seed: int
) -> dict[str, Any]:
    """The record of a run's likelihood of images, as `jaxgen likelihood` keeps it.

    Args:
      model: the run.
      dataset, split: which images: as of `model.data.tested_on`.
      images: how many of them; None is all.
      samples, seed: as of `likelihoods.measured`.

    Raises:
      InputError: it has none, or not of these images.
    """
    bound = model.ability(Density)
    source, about = data.tested_on(model, dataset, split)
    count = min(images or source.length, source.length)
    mesh, variables = data_mesh(jax.local_devices()), (bound.params, bound.stats)
    try:
        found = likelihoods.measured(bound.ability, variables, source, count, mesh, samples=samples, seed=seed)
    except flax.errors.FlaxError as error:
        line = str(error).splitlines()[0]
        raise InputError(f"the checkpoint of {model.path} does not fit the nets in its config: {line}") from None
    numbers = [value for value in found.values() if isinstance(value, float)]
    if not np.all(np.isfinite(numbers)):
        raise InputError(f"the likelihood of {source.name} is not a number: {found}")
    told = {"round": model.round, "digest": model.digest, "parameters": bound.parameters}
    return {"run": str(model.path), **about, "shape": list(source.shape), **found, **told}


def scored(
    model: Model,
    draw: Bound[Drawing],
    metrics: str,
    protocol: Protocol,
    split: str | None,
    net: str,
    classifier: Path | None,
    dataset: str | None = None,
) -> Evaluation:
    """Scores of a run's images beside the data that it was trained on.

    Args:
      model: the run.
      draw: what draws its images.
      metrics: names, with commas.
      protocol: how.
      split: of the data to compare with; None is the run's own.
      net: what looks at the images, a name of `evaluate.NETWORKS`.
      classifier: a run that looks at them instead.
      dataset: data to compare with; None is the run's own, where that lay.

    Raises:
      InputError: a metric cannot be had of it.
    """
    chosen = scores.chosen(metrics, perceptual.of_run(model))
    through = network(net, classifier, protocol.resize, chosen)
    mesh = data_mesh(jax.local_devices())
    real = _real(model, split, protocol, dataset)
    given = data.conditions(model, draw.ability, protocol.generated, protocol.seed, dataset)
    told = {
        "run": str(model.path), "round": model.round, "digest": model.digest, "parameters": draw.parameters,
    }  # fmt: skip
    fake = generated(draw.ability, (draw.params, draw.stats), protocol, mesh, told, given)
    return evaluate(fake, real, chosen, protocol, through, mesh)


def _real(model: Model, split: str | None, protocol: Protocol, dataset: str | None) -> Images:
    source, settings = data.trained_on(model, split, dataset), model.settings
    told = {"name": dataset or settings["dataset"], "split": split or settings["split"], "size": settings.get("size")}
    return of_source(source, protocol.real, protocol.seed, told, keep=True)


def memorised(found: Evaluation, columns: int = 6) -> Any:
    """Each of some samples, and right of it the real images nearest to it: does the model know them by heart?"""
    fake, real = found.fake.images, found.real.images
    nearest, _ = neighbours(fake[:SHOWN], real, k=columns - 1)
    rows = np.concatenate([fake[:SHOWN, None], real[nearest]], 1)
    picture = pictures.grid(rows.reshape(-1, *fake.shape[1:]), columns)
    return pictures.titled(picture, ["sample", "nearest", *(f"{n}." for n in range(2, columns))])
