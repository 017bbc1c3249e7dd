"""Likelihoods of discrete pixels against scipy."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from scipy.stats import logistic

from jaxgen.losses import likelihood

GRID = np.arange(256) / 127.5 - 1
mixture = jax.jit(likelihood.logistic_mixture)


def bins(parameters):
    """The probabilities of all values of a pixel of one channel."""
    every = np.broadcast_to(np.float32(parameters), (256, 1, 1, len(parameters)))
    return np.exp(-np.asarray(mixture(every, np.float32(GRID)[:, None, None, None])))


@pytest.mark.parametrize("scale", [-6.0, -3.0, 0.0, 3.0])
def test_bins_sum_to_one_and_are_scipys(scale):
    logits, means = np.array([0.3, -1.0]), np.array([-0.98, 0.4])
    found = bins([*logits, *means, scale, scale])
    edges = np.concatenate([[-np.inf], GRID[:-1] + 1 / 255, [np.inf]])
    wanted = np.diff(logistic.cdf(edges[:, None], means, np.exp(scale)), axis=0) @ softmax(logits)
    np.testing.assert_allclose(found, wanted, atol=3e-6)
    assert abs(found.sum() - 1) < 1e-3


def test_channels_depend_linearly_on_those_before():
    random = np.random.default_rng(0)
    p, x = random.normal(size=(10, 3)), GRID[[100, 150, 140]]
    found = mixture(np.float32(p).reshape(1, 1, 1, 30), np.float32(x).reshape(1, 1, 1, 3))
    a, b, c = np.tanh(p[7:])
    means = [p[1], p[2] + a * x[0], p[3] + b * x[0] + c * x[1]]
    logs = log_softmax(p[0])
    for i in range(3):
        cdf = logistic(means[i], np.exp(p[4 + i])).cdf
        logs = logs + np.log(cdf(x[i] + 1 / 255) - cdf(x[i] - 1 / 255))
    np.testing.assert_allclose(found, [-np.log(np.exp(logs).sum())], rtol=1e-3)


def test_extreme_parameters_are_finite():
    x = np.float32(GRID)[:, None, None, None]
    loss = jax.jit(jax.value_and_grad(lambda p: jnp.sum(likelihood.logistic_mixture(p, x))))
    for i, big in itertools.product(range(3), (-1e3, 1e3)):
        p = np.zeros((256, 1, 1, 3), np.float32)
        p[..., i] = big
        value, gradient = loss(p)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


def test_draws_have_the_likelihoods_frequencies():
    p = [0.0, 1.0, -0.5, 0.6, -2.0, -1.5]
    keys = jax.random.split(jax.random.key(0), 20000)
    draw = jax.jit(lambda keys: likelihood.sample_pixel(jnp.broadcast_to(jnp.float32(p), (20000, 6)), keys, 1))
    drawn = np.asarray(draw(keys))[:, 0]
    cdf = np.array([(drawn <= g + 1e-4).mean() for g in GRID])
    assert np.abs(cdf - bins(p).cumsum()).max() < 1.63 / np.sqrt(20000)


def test_categorical():
    logits = np.array([[[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]]])
    found = jax.jit(likelihood.categorical)(np.float32(logits), np.array([[2, 0]]))
    np.testing.assert_allclose(found, [-log_softmax(logits[0, 0])[2] + np.log(3)], rtol=1e-6)
