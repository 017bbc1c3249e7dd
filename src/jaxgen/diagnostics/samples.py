"""Numbers of samples beside as many real images, by Euclidean distances between pixels: no labels, no net.

Each is a ratio or a share, so that its meaning does not depend on the images' size or range. Distances are float64: the
squares of float32 images lose a near pair's difference.
"""

import numpy as np

from jaxgen.errors import InputError


def diversity(fake: np.ndarray, real: np.ndarray) -> float:
    """Mean distance between two fakes over the mean distance between two real images.

    1 where fakes differ from each other as much as real images do, 0 where all are the same.

    Args:
      fake: [N, ...], N at least 2.
      real: [M, ...], of the same shape otherwise, not all of them the same.

    Raises:
      InputError: the shapes differ, or there are fewer than two of either.
    """
    return float(np.mean(_between(fake, real)) / np.mean(_between(real, fake)))


def twins(fake: np.ndarray, real: np.ndarray) -> float:
    """Share of the fakes that have a twin: another fake nearer than any two real images are that are not equal.

    The birthday test of Arora, Risteski & Zhang 2018 (arXiv:1706.08224) looks among N samples for duplicates and infers
    a support of about N^2. Reading taken: the paper lets a person judge the nearest pairs; here a duplicate is what is
    nearer than N real images ever come to each other. Real images have none, so that any share speaks of G.

    Args and Raises: as of `diversity`. Compare equally many fakes and real images: the nearest pair of more is nearer.
    """
    near = _between(real, fake)
    distances = _distances(_rows(fake, real), _rows(fake, real))
    np.fill_diagonal(distances, np.inf)
    return float(np.mean(distances.min(1) < np.min(near[near > 0])))


def nearest(fake: np.ndarray, real: np.ndarray) -> float:
    """Mean distance from a fake to the nearest real image, over that from a real image to the nearest other one.

    About 1 where fakes lie among real images as these among themselves; far above it for noise; below it for copies of
    real images, and for blurred ones, which lie in the middle.

    Args and Raises: as of `diversity`.
    """
    own = _distances(_rows(real, fake), _rows(real, fake))
    np.fill_diagonal(own, np.inf)
    return float(np.mean(_distances(_rows(fake, real), _rows(real, fake)).min(1)) / np.mean(own.min(1)))


def _rows(x: np.ndarray, like: np.ndarray) -> np.ndarray:
    if x.shape[1:] != like.shape[1:] or min(len(x), len(like)) < 2:
        raise InputError(f"two sets of at least two images of one shape are wanted, not {x.shape} and {like.shape}")
    return np.asarray(x, np.float64).reshape(len(x), -1)


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[N, n], [M, n] -> [N, M]."""
    squares = np.sum(a * a, 1)[:, None] + np.sum(b * b, 1)[None] - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0.0))


def _between(x: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The distances of all pairs, each once: [N (N - 1) / 2]."""
    rows = _rows(x, like)
    return _distances(rows, rows)[np.triu_indices(len(rows), 1)]
