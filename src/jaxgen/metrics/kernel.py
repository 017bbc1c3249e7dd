"""The kernel distance between two sets of features: squared maximum mean discrepancy with a cubic kernel. With the
features of the FID's Inception it is the KID (Bińkowski et al. 2018, arXiv:1801.01401, section 4)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from jaxgen.errors import InputError
from jaxgen.metrics import checks

ROWS = 1024  # of a kernel's matrix that are held at a time

NAMES = ("the real features", "the generated features")


class Distance(NamedTuple):
    mean: float
    std: float  # over subsets, ddof 0; a measure of the draws, not of the error of the mean


def distance(
    real: ArrayLike, fake: ArrayLike, *, subsets: int = 100, subset_size: int = 1000, seed: int = 2020
) -> Distance:
    """The mean of `squared_mmd` over pairs of random subsets, and its standard deviation.

    Subsets are drawn as torch-fidelity draws them, by numpy's RandomState(seed) and for the first argument first, so
    that the same features give the same number with its `rng_seed` (2020 unless said). The distance is symmetric but
    for these draws: to repeat a number of torch-fidelity, give the sets in its order. Its arithmetic has the features'
    precision; this one float64.

    Args:
      real: features [N, D]. All features are needed: 4 D bytes an image where they are float32.
      fake: features [M, D].
      subsets: how many pairs.
      subset_size: examples of each set in each, without replacement; at most N and M.
      seed: of the draws.

    Raises:
      InputError: bad features, or fewer than subset_size.
    """
    if subsets < 1 or subset_size < 2:
        raise InputError(f"a kernel distance needs a subset of two at least, not {subsets} of {subset_size}")
    x, y = checks.pair(real, fake, NAMES, least=subset_size)
    draws = np.random.RandomState(seed)
    values = []
    for _ in range(subsets):
        a = draws.choice(len(x), subset_size, replace=False)
        b = draws.choice(len(y), subset_size, replace=False)
        values.append(_squared_mmd(x[a], y[b]))
    return Distance(float(np.mean(values)), float(np.std(values)))


def squared_mmd(real: ArrayLike, fake: ArrayLike) -> float:
    """The unbiased estimate of MMD^2 with k(x, y) = (x.y / D + 1)^3 (Gretton et al. 2012, lemma 6, eq. 3):

        sum_{i != j} k(x_i, x_j) / (N (N - 1)) + sum_{i != j} k(y_i, y_j) / (M (M - 1)) - 2 sum_{ij} k(x_i, y_j) / (N M)

    The cross term has all pairs, as in the authors' code and torch-fidelity; without those of i = j ("u-statistic") it
    would need N = M and vary more. It is negative about half of the time where both are of the same distribution.

    Args:
      real: [N, D], N from 2.
      fake: [M, D], M from 2. Memory is 8 D (N + M) bytes and 1,024 rows of the kernel's matrix.

    Raises:
      InputError: bad features.
    """
    x, y = checks.pair(real, fake, NAMES, least=2)
    return _squared_mmd(x, y)


def _squared_mmd(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x.astype(np.float64), y.astype(np.float64)
    n, m = len(x), len(y)
    within = _off_diagonal(x) / (n * (n - 1)) + _off_diagonal(y) / (m * (m - 1))
    return within - 2 * _sum(x, y) / (n * m)


def _off_diagonal(x: np.ndarray) -> float:
    return _sum(x, x) - float(_cubed(np.einsum("ij,ij->i", x, x), x.shape[1]).sum())


def _sum(x: np.ndarray, y: np.ndarray) -> float:
    return sum(float(_cubed(x[i : i + ROWS] @ y.T, x.shape[1]).sum()) for i in range(0, len(x), ROWS))


def _cubed(products: np.ndarray, dimensions: int) -> np.ndarray:
    """(products / D + 1)^3 in the place of products: numpy's power is many times slower."""
    products /= dimensions
    products += 1
    return products * products * products
