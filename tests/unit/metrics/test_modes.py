"""Figures of merit against numbers worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxgen.metrics import modes

kl_to_uniform = jax.jit(modes.kl_to_uniform, static_argnums=1)


def test_modes_are_counted():
    classes = np.array([0, 0, 0, 2, 3, -1, 4, 99])  # the last three are of none
    np.testing.assert_array_equal(modes.counts(classes, 4), [3, 0, 1, 1])
    assert int(modes.covered(classes, 4)) == 3


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ([0, 1, 2, 3], 0.0),
        ([2, 2, 2], np.log(4)),
        ([0, 0, 1, 1], np.log(2)),
        ([0, 0, 0, 2], 0.75 * np.log(3) + 0.25 * np.log(1)),  # shares 3/4 and 1/4, times four modes
        ([0, 0, 0, 2, -1, 7], 0.75 * np.log(3)),
        ([5], np.inf),
    ],
)
def test_kl_to_uniform_by_hand(classes, expected):
    assert float(kl_to_uniform(np.array(classes), 4)) == pytest.approx(expected, abs=1e-6)


def test_kl_to_uniform_is_scipys_over_seeds():
    classes = np.random.default_rng(0).choice(10, (3, 500), p=np.arange(1, 11) / 55)
    shares = np.stack([np.bincount(row, minlength=10) for row in classes]) / 500
    ours = jax.jit(jax.vmap(lambda row: modes.kl_to_uniform(row, 10)))(classes)
    np.testing.assert_allclose(ours, stats.entropy(shares, np.full((1, 10), 0.1), axis=1), rtol=1e-5)


def test_what_a_perfect_generator_of_stacked_mnist_reaches():
    """999 / 52,000 = .0192 on the mean; one draw's standard deviation is sqrt(999 / 2) / 26,000 = .0009."""
    classes = np.random.default_rng(0).integers(0, 1000, 26_000)
    assert float(kl_to_uniform(classes, 1000)) == pytest.approx(0.0192, abs=0.003)
    assert int(jax.jit(modes.covered, static_argnums=1)(classes, 1000)) == 1000


def test_codes_of_stacked_digits():
    digits = np.array([[0, 0, 0], [1, 2, 3], [9, 9, 9], [0, 4, 0]])
    np.testing.assert_array_equal(jax.jit(modes.codes)(digits), [0, 123, 999, 40])


def test_channels_are_classified_one_by_one():
    levels = np.float32([[1, 2, 3], [9, 0, 5]])
    images = np.broadcast_to(levels[:, None, None], (2, 4, 4, 3))

    def logits(x):  # an image of grey level k is of class k
        assert x.shape == (2, 4, 4, 1)
        return -((x.mean((1, 2, 3))[:, None] - jnp.arange(10.0)[None]) ** 2)

    np.testing.assert_array_equal(jax.jit(lambda images: modes.stacked(logits, images))(images), [123, 905])


@pytest.mark.parametrize("wrong", [jnp.zeros(3), jnp.zeros((2, 2), int)], ids=["floats", "ranks"])
def test_what_are_no_classes_is_refused(wrong):
    with pytest.raises(AssertionError):
        modes.counts(wrong, 4)
