"""The Gaussians of the codes that an encoder gives to the images of each class."""

from typing import Any

import numpy as np

from jaxgen.data import Source
from jaxgen.data.derived import labelled
from jaxgen.data.source import CHUNK
from jaxgen.errors import InputError
from jaxgen.model.applied import Applied
from jaxgen.pixels import as_floats


def of_classes(source: Source, encode: Applied) -> dict[str, Any]:
    """The stats of `nets.gaussians.Gaussians`: of every class the mean of its codes and a root of their covariance.

    The covariance has n - 1 below, as the authors' code (np.cov) has it. The root is the symmetric one, which there is
    where a class has fewer images than a code has numbers, too; of a single image it is zero.

    Args:
      source: of images with labels, all of which are looked at.
      encode: images in [-1, 1] -> codes [B, latent].

    Raises:
      InputError: it has no labels, or a class has no image.
    """
    known, codes = labelled.labels(source), []
    for i in range(0, source.length, CHUNK):
        records = np.arange(i, i + CHUNK) % source.length  # one shape, one compilation
        codes.append(np.asarray(encode(as_floats(source.read(records)["image"])), np.float64))
    every = np.concatenate(codes)[: source.length]
    mean, root = zip(*(_gaussian(every[known == k], name) for k, name in enumerate(source.classes)))
    return {"gaussians": {"mean": np.stack(mean), "root": np.stack(root)}}


def _gaussian(codes: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    if not len(codes):
        raise InputError(f"there is no image of the class {name}, and its codes are asked for")
    mean = codes.mean(0)
    off = codes - mean
    values, vectors = np.linalg.eigh(off.T @ off / max(len(codes) - 1, 1))
    return mean, (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
