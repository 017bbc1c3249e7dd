"""The class score beside numbers that are known: 1 for one class, K for all classes, a hand-worked split."""

import numpy as np
import pytest
from scipy import stats

from jaxgen.errors import InputError
from jaxgen.metrics import inception_score


def sure(classes, k=10):
    return 1e4 * np.eye(k, dtype=np.float32)[classes]  # the other classes' probabilities are 0 in float64


def test_the_ends_of_its_range():
    assert inception_score.score(sure(np.full(50, 3))) == (1, 0)
    mean, std = inception_score.score(sure(np.arange(100) % 10), splits=1)
    assert (mean, std) == (pytest.approx(10), 0)
    assert inception_score.score(np.zeros((30, 4)))[0] == pytest.approx(1)


def test_splits_and_spread_by_hand():
    """A first half of one class scores 1, a second of two classes 2: mean 3/2, deviation 1/2 with ddof 0."""
    classes = np.array([0] * 6 + [0, 1] * 3)
    assert inception_score.score(sure(classes, 3), splits=2, seed=None) == pytest.approx((1.5, 0.5))


def test_is_scipys_divergence():
    logits = np.random.default_rng(0).normal(size=(37, 6)) * 2
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    order = np.random.RandomState(5).permutation(37)
    parts = [p[order][a:b] for a, b in ((0, 9), (9, 18), (18, 27), (27, 37))]  # 37 i // 4
    values = [np.exp(stats.entropy(part, part.mean(0, keepdims=True), axis=1).mean()) for part in parts]
    found = inception_score.score(logits, splits=4, seed=5)
    assert found == pytest.approx((np.mean(values), np.std(values)), rel=1e-12)
    assert inception_score.score(logits + 100, splits=4, seed=5) == pytest.approx(found, rel=1e-12)


def test_bad_logits_are_told():
    with pytest.raises(InputError, match="9 rows where at least 10"):
        inception_score.score(np.zeros((9, 3)))
    with pytest.raises(InputError, match="NaN"):
        inception_score.score(np.full((20, 3), np.inf))
    with pytest.raises(InputError, match="at least one split"):
        inception_score.score(np.zeros((9, 3)), splits=0)
