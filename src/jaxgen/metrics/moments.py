"""Mean and covariance of features, added up batch by batch in float64."""

from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from jaxgen.errors import InputError
from jaxgen.metrics import checks

ROWS = 4096  # of features that are held in float64 at a time


class Moments(NamedTuple):
    """What the Fréchet distance needs of a set of features: 8 D (D + 1) bytes, however large the set is."""

    count: int  # type: ignore[assignment]  # a tuple has a method of this name
    mean: np.ndarray  # float64 [D]
    scatter: np.ndarray  # float64 [D, D]: sum over examples of (x - mean) (x - mean)^T


def moments(features: ArrayLike) -> Moments:
    """The moments of one batch.

    Args:
      features: [N, D], any N from 1. They are taken to float64 in chunks, so that no float64 copy of all is made.

    Raises:
      InputError: not [N, D], or NaN or infinity among them.
    """
    array = checks.features(features, "features")
    return reduce(merge, (_chunk(array[i : i + ROWS]) for i in range(0, len(array), ROWS)))


def merge(a: Moments, b: Moments) -> Moments:
    """The moments of both batches together: Chan, Golub & LeVeque 1979 (STAN-CS-79-773), section 2, for vectors.

    Unlike sums of squares, it does not cancel where the mean is large beside the spread.

    Raises:
      InputError: they are of different D.
    """
    if a.mean.shape != b.mean.shape:
        raise InputError(f"moments of {len(a.mean)} and of {len(b.mean)} dimensions cannot be merged")
    count = a.count + b.count
    apart = b.mean - a.mean
    scatter = a.scatter + b.scatter
    scatter += np.outer(apart * (a.count * b.count / count), apart)
    return Moments(count, a.mean + apart * (b.count / count), scatter)


def covariance(a: Moments) -> np.ndarray:
    """The sample covariance, with N - 1 below (ddof 1): float64 [D, D].

    Raises:
      InputError: fewer than two examples, whose covariance is not defined.
    """
    if a.count < 2:
        raise InputError(f"a covariance needs at least 2 images, not {a.count}")
    return a.scatter / (a.count - 1)


def _chunk(features: np.ndarray) -> Moments:
    exact = features.astype(np.float64)
    mean = exact.mean(0)
    exact -= mean
    return Moments(len(exact), mean, exact.T @ exact)
