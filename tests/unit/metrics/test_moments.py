"""Moments of features beside numpy's, and whole beside streamed."""

from functools import reduce

import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics import moments


def features(n, d=7, seed=0):
    draw = np.random.default_rng(seed)
    return draw.normal(size=(n, d)) @ draw.normal(size=(d, d)) + 10 * draw.normal(size=(1, d))


@pytest.mark.parametrize("n", [2, 5, 4096, 9000], ids=str)
def test_moments_are_numpys(n):
    x = features(n)
    found = moments.moments(x)
    assert found.count == n
    np.testing.assert_allclose(found.mean, x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance(found), np.cov(x, rowvar=False), rtol=1e-11, atol=1e-12)


def test_streamed_is_whole():
    x = features(1000)
    whole = moments.moments(x)
    for sizes in ([1] * 1000, [1, 999], [300, 300, 400]):
        parts = np.split(x, np.cumsum(sizes)[:-1])
        streamed = reduce(moments.merge, map(moments.moments, parts))
        assert streamed.count == 1000
        np.testing.assert_allclose(streamed.mean, whole.mean, rtol=1e-12)
        scale = np.abs(whole.scatter).max()
        np.testing.assert_allclose(streamed.scatter / scale, whole.scatter / scale, rtol=0, atol=1e-12)


def test_a_large_mean_does_not_cancel():
    """Sums of squares of 1e8 + N(0, 1) have no digit of the variance left."""
    x = np.random.default_rng(0).integers(-3, 4, (600, 2)).astype(np.float64)
    found = reduce(moments.merge, (moments.moments(part + 1e8) for part in np.split(x, 6)))
    np.testing.assert_allclose(moments.covariance(found), np.cov(x, rowvar=False), rtol=1e-7)


def test_by_hand():
    """(0, 0), (2, 0), (4, 6): mean (2, 2), scatter [[8, 12], [12, 24]]."""
    found = moments.moments(jnp.array([[0.0, 0], [2, 0], [4, 6]]))
    assert found.mean.dtype == found.scatter.dtype == np.float64
    np.testing.assert_array_equal(found.mean, [2, 2])
    np.testing.assert_allclose(found.scatter, [[8, 12], [12, 24]], rtol=1e-15)


def test_half_precision_is_added_up_in_float64():
    x = jnp.array([[1.0, 2.0], [3.0, 5.0]], jnp.bfloat16)
    np.testing.assert_array_equal(moments.covariance(moments.moments(x)), [[2, 3], [3, 4.5]])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.zeros(3), r"array \[N, D\]"),
        (np.zeros((2, 2, 2)), r"array \[N, D\]"),
        (np.zeros((0, 2)), "with rows"),
        (np.array([[1.0, np.nan], [0, 0], [np.inf, 1]]), "NaN or infinity in 2 of 3 rows"),
        (np.array([["a", "b"]]), "real numbers"),
        (np.zeros((2, 2), complex), "real numbers"),
    ],
    ids=["vector", "rank 3", "empty", "nan", "text", "complex"],
)
def test_bad_features_are_told(wrong, words):
    with pytest.raises(InputError, match=words) as error:
        moments.moments(wrong)
    assert "\n" not in str(error.value)


def test_moments_that_do_not_fit():
    with pytest.raises(InputError, match="2 and of 3 dimensions"):
        moments.merge(moments.moments(np.zeros((4, 2))), moments.moments(np.zeros((4, 3))))
    with pytest.raises(InputError, match="at least 2 images, not 1"):
        moments.covariance(moments.moments(np.zeros((1, 2))))
