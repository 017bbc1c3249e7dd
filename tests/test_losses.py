"""Losses against numbers worked by hand, scipy in float64, and the theory that they come from.

A new loss is a new row of `LOSSES`; a test fails while one is missing.
"""

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module
from itertools import product
from math import log
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.special import log_expit

from jaxgen import losses
from jaxgen.losses import adversarial

BIG = 1e4
T = log(3)  # the score at which D is 3/4 sure: softplus(T) = log 4, softplus(-T) = log 4/3


class Row(NamedTuple):
    """A loss of scores, worked by hand: D(x) is 1/2 at 0, 3/4 at T, 1/4 at -T, and 0 or 1 at -BIG and BIG."""

    loss: Callable
    scores: list[list[float]]  # one list per argument
    values: list[float]
    gradients: list[list[float]]  # of the losses' sum, one list per argument
    formula: Callable  # the same in float64


LOSSES = {
    "discriminator": Row(
        adversarial.discriminator,
        [[0, T, -T, T, BIG, -BIG, BIG], [0, -T, -T, T, -BIG, BIG, BIG]],
        [2 * log(2), 2 * log(4 / 3), log(4) + log(4 / 3), log(4 / 3) + log(4), 0, 2 * BIG, BIG],
        [[-1 / 2, -1 / 4, -3 / 4, -1 / 4, 0, -1, 0], [1 / 2, 1 / 4, 1 / 4, 3 / 4, 0, 1, 1]],
        lambda real, fake: -log_expit(real) - log_expit(-fake),
    ),
    "minimax": Row(
        adversarial.minimax,
        [[0, T, -T, BIG, -BIG]],
        [-log(2), -log(4), -log(4 / 3), -BIG, 0],
        [[-1 / 2, -3 / 4, -1 / 4, -1, 0]],  # vanishes where D is sure that it sees a fake
        lambda fake: log_expit(-fake),
    ),
    "non_saturating": Row(
        adversarial.non_saturating,
        [[0, T, -T, BIG, -BIG]],
        [log(2), log(4 / 3), log(4), 0, BIG],
        [[-1 / 2, -1 / 4, -3 / 4, 0, -1]],  # and here it is largest there
        lambda fake: -log_expit(fake),
    ),
}

rows = pytest.mark.parametrize("row", LOSSES.values(), ids=LOSSES)


def value_and_gradients(loss, *scores):
    """Losses [B], and the gradients of their sum by every argument."""
    values, pull = jax.vjp(loss, *(jnp.asarray(s, jnp.float32) for s in scores))
    return values, pull(jnp.ones_like(values))


def test_every_public_loss_is_in_the_table():
    modules = [import_module(f"jaxgen.losses.{m.name}") for m in pkgutil.iter_modules(losses.__path__)]
    public = {f for m in modules for n, f in vars(m).items() if inspect.isfunction(f) and not n.startswith("_")}
    ours = {f for f in public if f.__module__.startswith("jaxgen.losses")}
    assert ours == {row.loss for row in LOSSES.values()}


@rows
def test_values_and_gradients_are_those_worked_by_hand(row):
    values, gradients = value_and_gradients(row.loss, *row.scores)
    assert values.shape == (len(row.scores[0]),)
    assert values.dtype == jnp.float32
    np.testing.assert_allclose(values, row.values, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(np.array(gradients), row.gradients, rtol=1e-6, atol=1e-7)


@rows
def test_values_and_gradients_are_those_of_the_formula_in_float64(row):
    scores = np.random.default_rng(0).normal(scale=8, size=(len(row.scores), 64))
    values, gradients = value_and_gradients(row.loss, *scores)
    np.testing.assert_allclose(values, row.formula(*scores), rtol=1e-5, atol=1e-6)
    for i, gradient in enumerate(gradients):
        step = np.zeros_like(scores)
        step[i] = 1e-5
        slope = (row.formula(*(scores + step)) - row.formula(*(scores - step))) / 2e-5
        np.testing.assert_allclose(gradient, slope, rtol=1e-4, atol=1e-6)


@rows
def test_extreme_scores_are_finite(row):
    scores = np.array(list(product([-BIG, 0.0, BIG], repeat=len(row.scores)))).T
    values, gradients = value_and_gradients(jax.jit(row.loss), *scores)
    assert np.isfinite(values).all()
    assert np.isfinite(np.array(gradients)).all()


@rows
def test_bfloat16_scores_are_taken(row):
    values = row.loss(*(jnp.asarray(s, jnp.bfloat16) for s in row.scores))
    np.testing.assert_allclose(np.asarray(values, np.float32), row.values, rtol=0.02, atol=0.01)


def misfits(count):
    """Arguments that no loss of so many arrays of scores may take, with a word of what the error says."""
    good = [jax.ShapeDtypeStruct((4,), jnp.float32)] * count
    bad = {
        "int": ((4,), jnp.int32),
        "bool": ((4,), jnp.bool),
        "rank": ((4, 1), jnp.float32),
        "rank 0": ((), jnp.float32),
    }
    for i, (word, (shape, dtype)) in product(range(count), bad.items()):
        yield word.split()[0], [*good[:i], jax.ShapeDtypeStruct(shape, dtype), *good[i + 1 :]]
    for i in range(count if count > 1 else 0):
        yield "shape", [*good[:i], jax.ShapeDtypeStruct((5,), jnp.float32), *good[i + 1 :]]


@rows
def test_other_ranks_and_types_and_unequal_shapes_are_refused_at_trace_time(row):
    for word, arguments in misfits(len(row.scores)):
        with pytest.raises(AssertionError, match=word):
            jax.eval_shape(row.loss, *arguments)


P = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
Q = np.array([0.3, 0.05, 0.25, 0.3, 0.1])


def expected_loss(scores):
    """E over x ~ P and G(z) ~ Q of D's loss, for a D that may choose a score for each of the five points."""
    pairs = [s.ravel() for s in jnp.meshgrid(scores, scores, indexing="ij")]
    return jnp.sum(jnp.outer(P, Q).ravel() * adversarial.discriminator(*pairs))


def test_the_best_discriminator_is_p_over_p_plus_q_and_its_loss_tells_jensen_shannon():
    best = jnp.log(P / Q)  # sigmoid(log p/q) = p / (p + q): Goodfellow et al. 2014, proposition 1
    value, gradient = jax.value_and_grad(expected_loss)(best)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)
    divergence = jensenshannon(P, Q) ** 2  # scipy gives the square root, in nats
    np.testing.assert_allclose(value, log(4) - 2 * divergence, rtol=1e-6)  # theorem 1, with our sign
    for seed in range(5):
        away = best + 0.1 * jax.random.normal(jax.random.key(seed), best.shape)
        assert expected_loss(away) > value
        assert jnp.abs(jax.grad(expected_loss)(away)).max() > 1e-3


def test_minimax_is_the_generators_part_of_the_discriminators_loss_with_its_sign_changed():
    fake = jnp.linspace(-9, 9, 19)
    _, (_, d_fake) = value_and_gradients(adversarial.discriminator, jnp.zeros(19), fake)
    _, (g_fake,) = value_and_gradients(adversarial.minimax, fake)
    np.testing.assert_array_equal(g_fake, -d_fake)
