"""Of how many images the own sentence is found among others, and the own class by its sentences."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxgen.abilities import Match
from jaxgen.data import Source
from jaxgen.errors import InputError
from jaxgen.metrics.retrieval import class_accuracy, r_precision
from jaxgen.model.bound import Bound
from jaxgen.pixels import as_floats

AMONG = 100  # sentences, Xu et al. 2018
CHUNK = 250


def precision(match: Bound[Match], source: Source, among: int = AMONG) -> dict[str, Any]:
    """`metrics.retrieval.r_precision` of a source's images and their sentences, their first ones; and `class_accuracy`,
    where it has classes.

    Raises:
      InputError: the source has other words than the run, or only one sentence.
    """
    known, has = match.ability.takes["caption"], source.fields.of("caption", "tokens")
    if known.names != has.names or known.shape != has.shape:
        raise InputError(
            f"{source.name} has other sentences than those that the run was trained on: {has}, not {known}"
        )
    batches = list(source.chunks())
    images = np.concatenate([batch["image"] for batch in batches])
    labels = np.concatenate([batch["label"] for batch in batches]) if "label" in source.fields else None
    return of_images(match, images, np.concatenate([batch["caption"] for batch in batches]), among, labels)


def of_images(
    match: Bound[Match], images: np.ndarray, tokens: np.ndarray, among: int = AMONG, labels: np.ndarray | None = None
) -> dict[str, Any]:
    """The same of images [N, H, W, C], uint8 or in [-1, 1], and of the sentences [N, L] and the classes [N] that they
    should be of."""
    different = len(np.unique(tokens, axis=0))
    if different < 2:
        raise InputError("all images have the same sentence: none can be found among others")
    of, own = match.ability, min(among, different)
    seen, told = _vectors(match, of.images, as_floats(images)), _vectors(match, of.sentences, tokens)
    found = {"r_precision": r_precision(seen, told, among=own), "chance": 1 / own, "images": len(images)}
    if labels is None or len(np.unique(labels)) < 2:
        return found
    return found | {"class_accuracy": class_accuracy(seen, told, labels), "classes": len(np.unique(labels))}


def _vectors(match: Bound[Match], method: Any, xs: np.ndarray) -> np.ndarray:
    size, parts = min(CHUNK, len(xs)), []
    for i in range(0, len(xs), size):
        rows = np.minimum(np.arange(i, i + size), len(xs) - 1)  # one shape, one compilation
        parts.append(np.asarray(match(method, jnp.asarray(xs[rows])))[: len(xs) - i])
    return np.concatenate(parts)
