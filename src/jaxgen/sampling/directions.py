"""Directions in a space of latent codes that mean something: towards an attribute, or of the most change.

Codes are [N, latent]. An attribute says of each code whether its image has it: [N] of bool, mostly by a classifier. All
functions are of arrays on the host, and give float32.
"""

import jax
import numpy as np
from numpy.typing import ArrayLike
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from jaxgen.errors import InputError


def difference(codes: ArrayLike, has: ArrayLike, beside: ArrayLike | None = None) -> np.ndarray:
    """The mean of codes with an attribute minus that of codes without: [latent], at its own length.

    Larsen et al. 2016 (arXiv:1512.09300), section 4.2, "visual attribute vectors". An attribute that goes with another
    one drags it along; White 2016 (arXiv:1609.04468), section 3.2, repeats codes until both are balanced. Here each
    value of the other attribute counts the same, which is that in the mean and draws nothing.

    Args:
      codes: [N, latent].
      has: the attribute [N], of bool.
      beside: another one [N], of any values, that the direction shall not follow.

    Raises:
      InputError: nothing has the attribute, or all has; for each value of `beside`, where it is given.
    """
    codes, has = _checked(codes, has)
    other = np.zeros(len(codes), int) if beside is None else np.asarray(beside)
    if other.shape != has.shape:
        raise InputError(f"{len(codes)} codes need as many values to balance, not {other.shape}")
    groups = [other == value for value in np.unique(other)]
    apart = [_mean(codes, group & has) - _mean(codes, group & ~has) for group in groups]
    return np.mean(apart, 0).astype(np.float32)


def boundary(codes: ArrayLike, has: ArrayLike) -> np.ndarray:
    """The unit normal [latent] of the hyperplane that best parts codes with an attribute from those without, towards
    the former: InterFaceGAN (Shen et al. 2020, arXiv:1907.10786), section 3.1.

    The paper fits a linear support vector machine to the surest 10,000 of both kinds; here it is logistic regression,
    with scikit-learn's own penalty and both kinds weighing the same, and which codes is the caller's choice.

    Raises:
      InputError: nothing has the attribute, or all has.
    """
    codes, has = _checked(codes, has)
    _mean(codes, has), _mean(codes, ~has)
    fit = LogisticRegression(
        class_weight="balanced", solver="newton-cholesky", max_iter=1000
    )  # many codes, few numbers
    normal = fit.fit(codes, has).coef_[0]
    return (normal / np.linalg.norm(normal)).astype(np.float32)


def random(key: jax.Array, direction: ArrayLike) -> np.ndarray:
    """A direction [latent] drawn evenly from all, as long as another: what any move of that length does."""
    given = np.asarray(direction, np.float32)
    drawn = np.asarray(jax.random.normal(key, given.shape))
    return drawn * (np.linalg.norm(given) / np.linalg.norm(drawn))


def principal(codes: ArrayLike, outputs: ArrayLike, count: int) -> np.ndarray:
    """The directions [count, latent] of unit length along which outputs vary most: GANSpace (Härkönen et al. 2020,
    arXiv:2004.02546), section 2.2.

    Outputs get principal components, and codes are regressed on their coordinates in these (eq. 3). The paper's outputs
    are an early layer's activations, because those have a basis of their own to be turned into; images may be given,
    and serve any generator. With the codes themselves for outputs it is their own principal components.

    Args:
      codes: [N, latent].
      outputs: what came of each [N, ...].
      count: how many directions, the one of the most change first; which way each points is chance.

    Raises:
      InputError: there are not so many.
    """
    codes, outputs = np.asarray(codes, np.float64), np.asarray(outputs, np.float32).reshape(len(np.asarray(codes)), -1)
    most = min(len(codes) - 1, codes.shape[1], outputs.shape[1])
    if not 1 <= count <= most:
        raise InputError(f"{count} principal directions of {len(codes)} codes: there are from 1 to {most}")
    places = PCA(count, svd_solver="randomized", random_state=0).fit_transform(outputs).astype(np.float64)
    found = np.linalg.lstsq(places, codes - codes.mean(0), rcond=None)[0]
    return (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def _checked(codes: ArrayLike, has: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    codes, has = np.asarray(codes, np.float64), np.asarray(has)
    if codes.ndim != 2 or has.shape != codes.shape[:1] or has.dtype != bool:
        raise InputError(f"a direction needs codes [N, latent] and [N] of bool, not {codes.shape} and {has.shape}")
    return codes, has


def _mean(codes: np.ndarray, which: np.ndarray) -> np.ndarray:
    if not which.any():
        raise InputError("a direction needs codes with the attribute and codes without; one kind is missing")
    return codes[which].mean(0)
