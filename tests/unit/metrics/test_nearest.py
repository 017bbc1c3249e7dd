"""Nearest neighbours beside scikit-learn's brute force, with ties and copies."""

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from jaxgen.errors import InputError
from jaxgen.metrics import distances, nearest


def test_by_hand():
    """From 0: 1 (index 1) and -1 (index 3) tie, the lower index is first; then 2."""
    found = nearest.neighbours(np.array([[0.0], [5]]), np.array([[2.0], [1], [9], [-1]]), k=3)
    np.testing.assert_array_equal(found.indices, [[1, 3, 0], [0, 1, 2]])
    np.testing.assert_array_equal(found.distances, [[1, 1, 2], [3, 4, 4]])


def test_is_scikit_learns(monkeypatch):
    monkeypatch.setattr(distances, "BLOCK", 16)
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(50, 12)), draw.normal(size=(300, 12))
    found = nearest.neighbours(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), k=7)
    far, indices = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(y).kneighbors(x)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, far, rtol=1e-5)


def test_ties_of_images_and_copies():
    """Against a stable sort of exact integers."""
    draw = np.random.default_rng(0)
    references = draw.integers(0, 2, (200, 2, 2, 1)).astype(np.uint8) * 255
    queries = references[[5, 60, 199]]
    found = nearest.neighbours(queries, references, k=40)
    squares = np.square(queries[:, None].astype(int) - references[None].astype(int)).sum((2, 3, 4))
    order = np.argsort(squares, 1, kind="stable")[:, :40]
    np.testing.assert_array_equal(found.indices, order)
    np.testing.assert_array_equal(found.distances, np.sqrt(np.take_along_axis(squares, order, 1)))
    assert (found.distances[:, 0] == 0).all()


def test_a_copy_is_at_zero_far_from_the_origin():
    x = (1e4 + np.random.default_rng(0).normal(size=(30, 100))).astype(np.float32)
    found = nearest.neighbours(x, x, k=2)
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(30))
    assert (found.distances[:, 0] == 0).all()
    assert found.distances[:, 1].min() > 5


@pytest.mark.parametrize(
    ("x", "y", "k", "words"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), 1, "cannot be compared"),
        (np.zeros(3), np.zeros(3), 1, "cannot be compared"),
        (np.zeros((2, 3)), np.zeros((2, 3), np.uint8), 1, "both as uint8"),
        (np.zeros((2, 3)), np.zeros((2, 3)), 3, "from 1 to 2, not 3"),
        (np.zeros((2, 3)), np.zeros((2, 3)), 0, "from 1 to 2, not 0"),
        (np.full((2, 3), np.nan), np.zeros((2, 3)), 1, "NaN"),
    ],
    ids=["shapes", "rank", "kinds", "k", "no k", "nan"],
)
def test_bad_sets_are_told(x, y, k, words):
    with pytest.raises(InputError, match=words):
        nearest.neighbours(x, y, k)
