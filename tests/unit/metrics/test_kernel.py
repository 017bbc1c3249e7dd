"""The kernel distance beside its definition in loops, and its lack of bias."""

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics import kernel


def test_by_hand():
    """x = 0, 1 and y = 2, 2 in one dimension: within x k(0, 1) = 1, within y (4 + 1)^3 = 125; across 1, 1, 27, 27."""
    x, y = np.array([[0.0], [1]]), np.array([[2.0], [2]])
    assert kernel.squared_mmd(x, y) == pytest.approx(1 + 125 - 2 * 14)


def test_is_its_definition(monkeypatch):
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(9, 4)), draw.normal(size=(13, 4)) + 0.5
    k = lambda a, b: (a @ b / 4 + 1) ** 3  # noqa: E731
    within = [
        sum(k(s[i], s[j]) for i in range(len(s)) for j in range(len(s)) if i != j) / (len(s) * (len(s) - 1))
        for s in (x, y)
    ]
    expected = sum(within) - 2 * np.mean([k(a, b) for a in x for b in y])
    assert kernel.squared_mmd(x, y) == pytest.approx(expected, rel=1e-12)
    monkeypatch.setattr(kernel, "ROWS", 4)  # the last chunk is of one row
    assert kernel.squared_mmd(x, y) == pytest.approx(expected, rel=1e-12)


def test_has_no_bias():
    """100 draws of two sets of the same distribution: the mean is 0 within three standard errors; the biased estimate
    would be E[k(x, x) - k(x, y)] (1/n + 1/m) >= (2^3 - 1) / 20 away."""
    draw = np.random.default_rng(0)
    values = [kernel.squared_mmd(draw.normal(size=(40, 8)), draw.normal(size=(40, 8))) for _ in range(100)]
    error = np.std(values, ddof=1) / 10
    assert abs(np.mean(values)) < 3 * error
    assert 10 * error < (2**3 - 1) * (2 / 40)


def test_sees_the_third_moment():
    """E k(x, y) = 1 + 3 E[x] E[y] + 3 E[x^2] E[y^2] + E[x^3] E[y^3] in one dimension: for x = +-1 and y = sqrt 2 with
    probability 1/3, -1/sqrt 2 with 2/3, which has mean 0 and square 1 also, only the cubes differ: MMD^2 = E[y^3]^2."""
    draw = np.random.default_rng(0)
    x = draw.choice([-1.0, 1], (4000, 1))
    y = draw.choice([np.sqrt(2), -np.sqrt(0.5)], (4000, 1), p=[1 / 3, 2 / 3])
    third = (2 * np.sqrt(2) - np.sqrt(0.5)) / 3
    assert kernel.squared_mmd(x, y) == pytest.approx(third**2, abs=0.05)


def test_draws_are_of_the_seed():
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(60, 5)), draw.normal(size=(50, 5))
    of = lambda seed: kernel.distance(x, y, subsets=7, subset_size=20, seed=seed)  # noqa: E731
    assert of(1) == of(1)
    assert of(1) != of(2)
    rng = np.random.RandomState(1)
    values = []
    for _ in range(7):
        a, b = rng.choice(60, 20, replace=False), rng.choice(50, 20, replace=False)
        values.append(kernel.squared_mmd(x[a], y[b]))
    assert of(1).mean == pytest.approx(np.mean(values), rel=1e-12)
    assert of(1).std == pytest.approx(np.std(values), rel=1e-12)


def test_a_subset_of_all_is_the_whole():
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(20, 5)), draw.normal(size=(20, 5))
    found = kernel.distance(x, y, subsets=3, subset_size=20)
    assert found.mean == pytest.approx(kernel.squared_mmd(x, y), rel=1e-12)
    assert found.std == pytest.approx(0, abs=1e-12)


def test_bad_sets_are_told():
    x = np.zeros((20, 5))
    with pytest.raises(InputError, match="real features have 20 rows where at least 21"):
        kernel.distance(x, x, subset_size=21)
    with pytest.raises(InputError, match="generated features hold NaN"):
        kernel.squared_mmd(x, x * np.nan)
    with pytest.raises(InputError, match="5 dimensions and the generated features 4"):
        kernel.squared_mmd(x, x[:, :4])
    with pytest.raises(InputError, match="at least 2"):
        kernel.squared_mmd(x[:1], x)
    with pytest.raises(InputError, match="two at least"):
        kernel.distance(x, x, subset_size=1)
