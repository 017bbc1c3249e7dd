"""What a decoder's outputs say of images, by name: -log p(x | z) as a VAE minimises it, nats [B]."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import jax.numpy as jnp
from jax import Array

from jaxgen.losses import reconstruction

BIN = 2 / 255  # the distance of two grey levels in [-1, 1]
Unlikely = Callable[[Any, Array], Array]  # what a decoder gives, images in [-1, 1] -> -log p(x | z), nats [B]


def likelihood(name: str, deviation: float | None = None) -> Unlikely:
    """A decoder's -log p(x | z) by its name: "bernoulli", "gaussian" or "logistic".

    Bernoulli is a likelihood of images of 0 and 255 only. The Gaussian is a density, whose nats are made those of 256
    levels by `pixels.dequantised` images (Theis et al. 2016, arXiv:1511.01844). A `deviation`, in [-1, 1]'s units,
    fixes its standard deviation, which is else trained.

    Raises:
      ValueError: a deviation that is not above zero, or of another likelihood than the Gaussian.
    """
    if deviation is None:
        return LIKELIHOODS[name]
    if name != "gaussian" or deviation <= 0:
        raise ValueError(f"a fixed deviation is for gaussian decoders and above zero, not {deviation} for {name}")
    return partial(_fixed_gaussian, deviation=deviation)


def bernoulli(told: tuple[Array, Array], images: Array) -> Array:
    """Logits, and what is not looked at."""
    return reconstruction.bernoulli(told[0], (images + 1) / 2)


def gaussian(told: tuple[Array, Array], images: Array) -> Array:
    """Means and log-deviations. In levels: a bin of 1/255 of the range has the volume 1, so that nats are those of
    discrete grey values."""
    mean, log_deviation = told
    return reconstruction.gaussian(mean, 2 * log_deviation, images) - math.prod(images.shape[1:]) * math.log(BIN)


def logistic(told: tuple[Array, Array], images: Array) -> Array:
    """Means and log-scales."""
    return reconstruction.logistic(*told, images)


def _fixed_gaussian(told: tuple[Array, Array], images: Array, deviation: float) -> Array:
    return gaussian((told[0], jnp.full_like(told[0], math.log(deviation))), images)


LIKELIHOODS: Mapping[str, Unlikely] = MappingProxyType(
    {"bernoulli": bernoulli, "gaussian": gaussian, "logistic": logistic}
)
