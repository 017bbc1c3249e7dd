"""The Fréchet distance beside closed forms: with diagonal, commuting, singular and general covariances."""

import numpy as np
import pytest
from scipy import linalg, stats

from jaxgen.errors import InputError
from jaxgen.metrics import frechet
from jaxgen.metrics.moments import Moments, moments

pytestmark = pytest.mark.lowest


def gaussian(mean, covariance, count=1001):
    return Moments(count, np.asarray(mean, float), np.asarray(covariance, float) * (count - 1))


def spd(d, seed, rank=None):
    x = np.random.default_rng(seed).normal(size=(d, rank or 2 * d))
    return x @ x.T / x.shape[1]


def sample(n, d, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)) * np.linspace(0.1, 3, d)[None]


def test_in_one_dimension():
    """(m1 - m2)^2 + (s1 - s2)^2 = 9 + 1."""
    assert frechet.distance(gaussian([1], [[4]]), gaussian([4], [[9]])) == pytest.approx(10, rel=1e-14)


def test_of_diagonal_covariances():
    a, b = np.array([1.0, 4, 0, 9]), np.array([4.0, 4, 25, 1])
    expected = 4 * 0.25 + np.square(np.sqrt(a) - np.sqrt(b)).sum()
    assert frechet.distance(gaussian(np.zeros(4), np.diag(a)), gaussian(np.full(4, 0.5), np.diag(b))) == pytest.approx(
        expected, rel=1e-14
    )


def test_of_covariances_that_do_not_commute():
    """Beside the paper's form with scipy's matrix root."""
    a, b = spd(12, 0), spd(12, 1)
    expected = np.trace(a + b - 2 * linalg.sqrtm(a @ b).real)
    zero = np.zeros(12)
    assert frechet.distance(gaussian(zero, a), gaussian(zero, b)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("rank", [1, 2, 3], ids=str)
def test_of_a_point_and_of_lines(rank):
    """From a point, S2 = 0, the distance is tr S1; between lines u u^T and v v^T it is |u|^2 + |v|^2 - 2 |u.v|."""
    a, zero = spd(5, 0, rank), np.zeros(5)
    assert frechet.distance(gaussian(zero, a), gaussian(zero, np.zeros((5, 5)))) == pytest.approx(np.trace(a))
    u, v = np.random.default_rng(1).normal(size=(2, 5))
    expected = u @ u + v @ v - 2 * abs(u @ v)
    found = frechet.distance(gaussian(zero, np.outer(u, u)), gaussian(zero, np.outer(v, v)))
    assert found == pytest.approx(expected, rel=1e-6)
    assert frechet.distance(gaussian(zero, np.outer(u, u)), gaussian(zero, np.outer(u, u))) < 1e-6


def test_of_subspaces_that_share_a_part():
    """diag(4, 1, 0, 0, ...) and diag(0, 9, 1, 0, ...), turned: 5 + 10 - 2 * 3. Roots of eigenvalues that should be 0
    are off by 1e-8 of the largest."""
    turn = stats.ortho_group.rvs(30, random_state=0)
    a, b = (turn @ np.diag([*values, *np.zeros(27)]) @ turn.T for values in ((4, 1, 0), (0, 9, 1)))
    zero = np.zeros(30)
    assert frechet.distance(gaussian(zero, a), gaussian(zero, b)) == pytest.approx(9, rel=1e-12)


@pytest.mark.parametrize(("n", "d"), [(500, 20), (20, 60), (2, 30)], ids=["full rank", "fewer than d", "two images"])
def test_identical_sets_are_at_zero(n, d):
    x = sample(n, d)
    assert frechet.distance(moments(x), moments(x)) < 1e-6
    assert frechet.distance(moments(x), moments(x[::-1])) < 1e-6


def test_fewer_images_than_dimensions():
    """n examples in d dimensions lie in a space of n; in its coordinates the covariances are small matrices."""
    x, y = sample(10, 80, 0), sample(15, 80, 1)
    basis = np.linalg.qr(np.concatenate([x, y]).T)[0]
    small = frechet.distance(moments(x @ basis), moments(y @ basis))
    c1, c2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = np.concatenate([x - x.mean(0, keepdims=True)]) / 3  # the factor itself: its Gram matrix is 10 x 10
    common = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ c2 @ root.T), 0)).sum()
    expected = np.square(x.mean(0) - y.mean(0)).sum() + np.trace(c1) + np.trace(c2) - 2 * common
    assert small == pytest.approx(expected, rel=1e-6)
    assert frechet.distance(moments(x), moments(y)) == pytest.approx(expected, rel=1e-6)


def test_constant_features():
    """Two constants are as far as their squared difference; a constant and a set add the set's variance."""
    x = sample(50, 6)
    one, two = moments(np.ones((9, 6))), moments(np.full((9, 6), 3.0))
    assert frechet.distance(one, one) == 0
    assert frechet.distance(one, two) == pytest.approx(24)
    expected = np.square(x.mean(0) - 1).sum() + x.var(0, ddof=1).sum()
    assert frechet.distance(moments(x), one) == pytest.approx(expected, rel=1e-12)


def test_what_does_not_change_it():
    x, y = sample(200, 9, 0), sample(300, 9, 1) + 0.3
    d = frechet.distance(moments(x), moments(y))
    turn = stats.ortho_group.rvs(9, random_state=0)
    shift = np.arange(9.0)[None]
    assert frechet.distance(moments(y), moments(x)) == pytest.approx(d, rel=1e-10)
    assert frechet.distance(moments(x @ turn + shift), moments(y @ turn + shift)) == pytest.approx(d, rel=1e-10)
    assert frechet.distance(moments(3 * x), moments(3 * y)) == pytest.approx(9 * d, rel=1e-10)
    assert frechet.distance(moments(x), moments(x + shift)) == pytest.approx(np.square(shift).sum(), rel=1e-10)


def test_samples_of_known_gaussians():
    """diag(a) against diag(b) of 20,000 samples each, within five per cent of the closed form."""
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(20_000, 4)), 1 + 2 * draw.normal(size=(20_000, 4))
    assert frechet.distance(moments(x), moments(y)) == pytest.approx(4 * (1 + 1), rel=0.05)


def test_what_has_no_distance():
    x = moments(sample(10, 3))
    with pytest.raises(InputError, match="3 dimensions, the other of 4"):
        frechet.distance(x, moments(sample(10, 4)))
    with pytest.raises(InputError, match="at least 2 images, not 1"):
        frechet.distance(x, moments(sample(1, 3)))
    with pytest.raises(InputError, match="NaN"):
        frechet.distance(x, gaussian([0, np.nan, 0], np.eye(3)))
