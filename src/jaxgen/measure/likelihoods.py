"""Negative log-likelihoods of whole sets of images, streamed over all devices, with what the numbers depend on."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from jax import Array
from jax.sharding import Mesh

from jaxgen.abilities import Density
from jaxgen.data import Source
from jaxgen.errors import InputError
from jaxgen.losses import likelihood
from jaxgen.measure.extract import evenly, spread
from jaxgen.store.progress import Progress


def measured(
    density: Density,
    variables: tuple[Any, Any],
    source: Source,
    count: int,
    mesh: Mesh,
    *,
    samples: int = 500,
    seed: int = 0,
    strict: bool = True,
) -> dict[str, Any]:
    """Means over `count` images, spread evenly over all, in nats an image and bits per dimension, summed in float64.

    Args:
      density: what gives images a likelihood.
      variables: its parameters and stats, as it takes them.
      source: the images.
      count: how many of them.
      mesh: the devices.
      samples: of each image's importance-weighted bound, where it is one.
      seed: of all noise.
      strict: whether grey values are refused by a model of black and white.

    Returns:
      For every bound that the model has its mean, "..._bits_per_dim" and "..._error", the standard error of the mean
      over images; "images", "likelihood" (whether all pixels were on the model's levels) and what the model says.

    Raises:
      InputError: the images are of another shape or without the labels that the model needs, or (`strict`) have grey
        values for a model of black and white.
    """
    through = spread(_nats(density, samples, seed), variables, mesh)
    at_once = density.at_once * mesh.devices.size
    sums: dict[str, np.ndarray] = {}
    on_levels, progress = True, Progress(count, "images")
    every = evenly(source.length, count)
    for i in range(0, count, at_once):
        numbers = every[i : i + at_once]
        batch = checked(source.read(numbers), density, source.name, strict)
        on_levels = on_levels and _fits(batch["image"], density)
        for name, values in through({**batch, "number": numbers.astype(np.int32)}).items():
            wide = np.asarray(values, np.float64)
            sums[name] = sums.get(name, np.zeros(2)) + np.array([wide.sum(), np.square(wide).sum()])
        progress(len(numbers) + i)
    found: dict[str, Any] = {}
    for name, (total, square) in sums.items():
        mean = total / count
        deviation = math.sqrt(max(square / count - mean**2, 0.0))
        found |= {
            name: mean,
            f"{name}_bits_per_dim": likelihood.bits(mean, density.shape),
            f"{name}_error": deviation / count**0.5,
        }
    return {**found, "images": count, "likelihood": on_levels, "levels": density.levels, **density.about(samples)}


@lru_cache(8)
def _nats(density: Density, samples: int, seed: int) -> Callable[[Any, Mapping[str, Array]], dict[str, Array]]:
    """The same function for the same density, so that it is compiled once."""
    return lambda variables, batch: density.nats(*variables, batch, samples=samples, seed=seed)


def _fits(images: np.ndarray, density: Density) -> bool:
    return density.levels == 256 or bool(np.all((images == 0) | (images == 255)))


def checked(batch: Mapping[str, np.ndarray], density: Density, name: str, strict: bool = True) -> dict[str, np.ndarray]:
    """What a density looks at of a batch of data that have a name: "image" and, with classes, "label".

    Raises:
      InputError: as of `measured`.
    """
    ours, theirs = ("x".join(map(str, shape)) for shape in (density.shape, batch["image"].shape[1:]))
    if ours != theirs:
        raise InputError(f"the model is of images of {ours} (height, width, channels), and {name} has {theirs}")
    if strict and not _fits(batch["image"], density):
        raise InputError(f"the model is of pixels of 0 and 255 alone, and {name} has grey values between them")
    if not density.classes:
        return {"image": batch["image"]}
    if "label" not in batch:
        raise InputError(f"the model is of images given their class, and {name} has no labels")
    if (label := batch["label"]).min() < 0 or label.max() >= density.classes:
        raise InputError(f"the model is of {density.classes} classes, and {name} has a label {label.max()}")
    return {"image": batch["image"], "label": label}


def lines(found: Mapping[str, Any]) -> list[str]:
    """What `measured` found, and what is said with it, for people."""
    names = {"nll": "negative log-likelihood", "elbo": "negative ELBO"}
    if "nll_samples" in found:
        names["nll"] = f"importance-weighted bound ({found['nll_samples']} samples)"
    said = [
        f"{what}: {found[name]:.4f} nats (± {found[f'{name}_error']:.4f}), "
        f"{found[f'{name}_bits_per_dim']:.4f} bits per dimension"
        for name, what in names.items()
        if name in found
    ]
    shape = "x".join(map(str, found["shape"]))
    return [
        *said,
        f"{found['images']:,} images of {shape}, {found['split']} split of {found['dataset']}: {found['data']}",
        f"parameters {found['parameters']}, round {found['round']:,}; {found['measure']}",
    ]
