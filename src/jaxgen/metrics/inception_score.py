"""How sure a classifier is of each image, and how many classes it sees in all. With the logits of the FID's
Inception it is the Inception score (Salimans et al. 2016, arXiv:1606.03498)."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax, logsumexp

from jaxgen.errors import InputError
from jaxgen.metrics import checks


class Score(NamedTuple):
    mean: float  # over splits, from 1 to the number of classes
    std: float  # over splits, ddof 0


def score(logits: ArrayLike, *, splits: int = 10, seed: int | None = 2020) -> Score:
    """exp(mean over x of KL(p(y | x) || p(y))) in each split, p(y) being the split's own mean: section 4 of the paper.

    In float64, as torch-fidelity. Shuffled before splitting by numpy's RandomState(seed), as torch-fidelity does with
    its `rng_seed` (2020 unless said); the authors' code does not shuffle.

    Args:
      logits: [N, K], before the softmax. The authors and torch-fidelity leave out the last layer's bias, and have
        K = 1,008.
      splits: parts of N // splits images or one more.
      seed: of the shuffle; None leaves the order.

    Raises:
      InputError: bad logits, or fewer than splits.
    """
    if splits < 1:
        raise InputError(f"a class score needs at least one split, not {splits}")
    array = checks.features(logits, "logits", least=splits)
    order = np.arange(len(array)) if seed is None else np.random.RandomState(seed).permutation(len(array))
    bounds = [i * len(array) // splits for i in range(splits + 1)]
    values = [_score(array[order[a:b]]) for a, b in pairwise(bounds)]
    return Score(float(np.mean(values)), float(np.std(values)))


def _score(logits: np.ndarray) -> float:
    conditional = log_softmax(logits.astype(np.float64), axis=1)
    marginal = logsumexp(conditional, axis=0) - np.log(len(logits))  # stays finite where every p(y | x) rounds to 0
    return float(np.exp(np.mean(np.sum(np.exp(conditional) * (conditional - marginal[None]), axis=1))))
