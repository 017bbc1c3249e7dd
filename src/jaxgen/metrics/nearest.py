"""The nearest training images of samples: whether a generator has learned them by heart."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from jaxgen.errors import InputError
from jaxgen.metrics import distances


class Neighbours(NamedTuple):
    indices: np.ndarray  # integers [N, k]
    distances: np.ndarray  # float64 [N, k], ascending


def neighbours(queries: ArrayLike, references: ArrayLike, k: int = 1) -> Neighbours:
    """For each query its k nearest references, by Euclidean distance over all numbers of an example.

    Exact, not approximate; nearest first, and of equally near ones (after `distances.rows`'s rounding) that of the
    lower index. A query that is among the references finds itself. The distances are those of differences, so that a
    copy's is 0.

    Args:
      queries: [N, ...]: uint8 images, or features.
      references: [M, ...], of the same shape and kind.
      k: from 1 to M.

    Memory: that of `distances.rows` and of the arrays themselves.

    Raises:
      InputError: shapes or kinds differ, NaN or infinity, nothing to compare, or fewer than k references.
    """
    x, y = np.asarray(queries), np.asarray(references)
    if x.ndim < 2 or x.shape[1:] != y.shape[1:] or 0 in x.shape:
        raise InputError(f"samples [N, ...] of shape {x.shape} cannot be compared with examples of shape {y.shape}")
    if (x.dtype == np.uint8) != (y.dtype == np.uint8):
        raise InputError(f"samples are {x.dtype} and examples {y.dtype}: give both as uint8 or both as floats")
    if not 1 <= k <= len(y):
        raise InputError(f"there are {len(y)} examples, so k must be from 1 to {len(y)}, not {k}")
    x, y = x.reshape(len(x), -1), y.reshape(len(y), -1)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("samples or examples hold NaN or infinity")
    found = [_nearest(x[part], y, far, k) for part, far in distances.rows(x, y)]
    return Neighbours(*(np.concatenate(columns) for columns in zip(*found)))


def _nearest(x: np.ndarray, y: np.ndarray, far: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    edge = np.partition(far, k - 1, axis=1)[:, k - 1]
    row, column = np.nonzero(far <= edge[:, None])  # k of each row, and what is as near as the last of them
    order = np.lexsort((column, far[row, column], row))
    first = np.searchsorted(row, np.arange(len(far)))  # nonzero gives row by row, and sorting by rows keeps that
    indices = column[order][first[:, None] + np.arange(k)[None]]
    exact = np.stack(
        [np.linalg.norm(x.astype(np.float64) - y[indices[:, i]].astype(np.float64), axis=1) for i in range(k)], 1
    )
    again = np.argsort(exact, axis=1, kind="stable")  # rounded distances may be equal where exact ones are not
    return np.take_along_axis(indices, again, 1), np.take_along_axis(exact, again, 1)
