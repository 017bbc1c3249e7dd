"""Euclidean distances between two sets of points, a few rows at a time."""

from collections.abc import Iterator

import numpy as np

NUMBERS = 2**24  # distances that are held at a time
BLOCK = 1024  # points of each set that are held in float64 at a time


def rows(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Which points of a, and their distances to all of b, until all of a have been.

    Worked out in float64 and rounded to float32 where both sets are of float32 or of integers, as scikit-learn does:
    then equal distances are equal, whatever the order of summation was. Points nearer than rounding lets one see
    (about 1e-6 of their size for 2,048 dimensions) are at 0, so that copies are. Distances between uint8 images are
    exact until the rounding.

    Args:
      a: [N, D].
      b: [M, D].

    Memory: about 20 bytes for each of 1,024 M distances or of 2^24, whichever is fewer, and 16 * 1,024 D bytes.
    """
    origin = b[0].astype(np.float64)  # a point, not a mean: differences of integers stay integers
    wide = any(points.dtype.kind == "f" and points.dtype.itemsize > 4 for points in (a, b))
    held = min(BLOCK, max(1, NUMBERS // len(b)))
    sizes = np.concatenate([_sizes(b[j : j + BLOCK] - origin[None]) for j in range(0, len(b), BLOCK)])
    for i in range(0, len(a), held):
        left = a[i : i + held] - origin[None]
        own = _sizes(left)
        squares = np.empty((len(left), len(b)))
        for j in range(0, len(b), BLOCK):
            squares[:, j : j + BLOCK] = left @ (b[j : j + BLOCK] - origin[None]).T
        squares *= -2
        squares += own[:, None]
        squares += sizes[None]
        unseen = a.shape[1] * np.finfo(np.float64).eps  # rounding of a sum of D terms
        squares[squares <= unseen * own[:, None]] = 0
        yield slice(i, i + len(left)), np.sqrt(squares if wide else squares.astype(np.float32))


def _sizes(points: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", points, points)
