"""The Fréchet distance between two sets of features, each taken as a Gaussian. With the features of the FID's
Inception, and only with these, it is the FID (Heusel et al. 2017, arXiv:1706.08500)."""

import numpy as np
from scipy.linalg import lapack, svdvals

from jaxgen.errors import InputError
from jaxgen.metrics.moments import Moments, covariance


def distance(a: Moments, b: Moments) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), eq. 6 of the paper: squared, as everybody quotes it.

    Covariances have N - 1 below, as in the authors' code and torch-fidelity. tr (S1 S2)^(1/2) is the sum of the
    singular values of A^T B with S1 = A A^T and S2 = B B^T, which holds for singular covariances too; others take the
    root of a product that is not symmetric. Nothing is added to the diagonal. Directions with less than D 2e-16 of the
    largest feature's variance have none. A distance that rounds to below 0 is returned as 0.

    With fewer images than D the covariances are singular, the formula holds, and the distance is biased upwards all
    the more: compare such distances only at the same number of images. Constant features have a covariance of 0.

    Raises:
      InputError: different D, a set of fewer than two images (no covariance), or moments that are not finite.
    """
    if a.mean.shape != b.mean.shape:
        raise InputError(f"one set has features of {len(a.mean)} dimensions, the other of {len(b.mean)}")
    first, second = covariance(a), covariance(b)
    for mean, spread in ((a.mean, first), (b.mean, second)):
        if not (np.isfinite(mean).all() and np.isfinite(spread).all()):
            raise InputError("moments hold NaN or infinity")
    apart = a.mean - b.mean
    spread = float(np.trace(first) + np.trace(second))
    common = _nuclear_norm(_factor(first).T @ _factor(second), 1e-10 * spread)
    return max(float(apart @ apart) + spread - 2 * common, 0.0)


def _factor(covariance: np.ndarray) -> np.ndarray:
    """A [D, R] with A A^T = the covariance, R being its rank: Cholesky's with pivots, many times faster than roots."""
    if not covariance.any():
        return np.zeros((len(covariance), 1))
    triangle, pivots, rank, _ = lapack.dpstrf(covariance, lower=1)
    factor = np.empty((len(covariance), rank))
    factor[pivots - 1] = np.tril(triangle)[:, :rank]
    return factor


def _nuclear_norm(matrix: np.ndarray, tolerance: float) -> float:
    """The sum of singular values. As roots of the Gram matrix's eigenvalues, which is three times faster, where their
    rounding cannot amount to the tolerance: the root of a value that should be 0 is 1e-8 of the largest."""
    gram = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    squares = np.maximum(np.linalg.eigvalsh(gram), 0)
    error = 4 * np.finfo(np.float64).eps * squares[-1]
    values = np.sqrt(squares)
    if error and np.sum(error / (values + np.sqrt(error))) > tolerance:
        values = svdvals(matrix, check_finite=False)
    return float(values.sum())
