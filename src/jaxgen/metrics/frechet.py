"""The Fréchet distance between two sets of features, each taken as a Gaussian. With the features of the FID's
Inception, and only with these, it is the FID (Heusel et al. 2017, arXiv:1706.08500)."""

import numpy as np
from scipy import linalg

from jaxgen.errors import InputError
from jaxgen.metrics.moments import Moments, covariance


def distance(a: Moments, b: Moments) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), eq. 6 of the paper: squared, as everybody quotes it.

    Covariances have N - 1 below, as in the authors' code and torch-fidelity. tr (S1 S2)^(1/2) is the sum of the
    singular values of A1^T A2 with A A^T = S, from symmetric eigendecompositions whose negative eigenvalues (rounding)
    are 0: exact for singular covariances too, where others take the root of a matrix that is not symmetric. It needs no
    offset on the diagonal. Rounding is at most about sqrt(1e-16) of the largest eigenvalue for each dimension that
    has no spread in one set alone; a distance that rounds to below 0 is returned as 0.

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
    common = linalg.svdvals(_factor(first).T @ _factor(second), overwrite_a=True, check_finite=False).sum()
    return max(float(apart @ apart + np.trace(first) + np.trace(second) - 2 * common), 0.0)


def _factor(covariance: np.ndarray) -> np.ndarray:
    """A [D, R] with A A^T = the covariance, R being the number of positive eigenvalues or 1 where there is none."""
    values, vectors = linalg.eigh(covariance, check_finite=False)
    kept = values > 0
    kept[-1] = True  # scipy has no singular values of an empty matrix
    return vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0))
