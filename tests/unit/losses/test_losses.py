"""Losses against numbers worked by hand, scipy in float64, and the theory that they come from.

A new loss of scores is a new row of `losses_table.LOSSES`; a test fails while one is missing.
"""

import inspect
import pkgutil
from functools import cache
from importlib import import_module
from itertools import product
from math import log

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P
from scipy.spatial.distance import jensenshannon

from jaxgen import losses, parallel
from jaxgen.executors import data_mesh
from jaxgen.losses import (
    adversarial,
    boundary_equilibrium,
    boundary_seeking,
    checks,
    contextual,
    decoders,
    divergence,
    edges,
    energy_based,
    features,
    importance,
    joint_embedding,
    likelihood,
    loss_sensitive,
    reconstruction,
    semi_supervised,
)
from unit.losses.by_hand import BIG, LOSSES

# What takes more than scores [B] or returns less than [B], with tests of its own.
ELSEWHERE = {
    boundary_equilibrium.control,
    boundary_equilibrium.convergence,
    boundary_seeking.discrete,
    contextual.contextual,
    contextual.contextual_squared,
    contextual.importance,
    decoders.bernoulli,
    decoders.gaussian,
    decoders.likelihood,
    decoders.logistic,
    divergence.between,
    divergence.free_bits,
    divergence.to_standard,
    edges.orientations,
    edges.unlike_sketch,
    energy_based.pulling_away,
    features.covariance_matching,
    features.matching,
    features.mean_matching,
    importance.bound,
    importance.log_weights,
    joint_embedding.alike,
    joint_embedding.found,
    joint_embedding.symmetric,
    likelihood.bits,
    likelihood.categorical,
    likelihood.logistic_mixture,
    likelihood.sample_pixel,
    loss_sensitive.margin,
    reconstruction.bernoulli,
    reconstruction.gaussian,
    reconstruction.logistic,
    reconstruction.squared,
    semi_supervised.score,
    semi_supervised.supervised,
    semi_supervised.unsupervised,
}

rows = pytest.mark.parametrize("name", LOSSES)


def values_and_gradients(scores):
    """By name, each loss' values [B] and the gradients of their sum by every argument."""
    out = {}
    for name, given in scores.items():
        values, pull = jax.vjp(LOSSES[name].loss, *given)
        out[name] = values, pull(jnp.ones_like(values))
    return out


def random_scores(row, size=64):
    return np.random.default_rng(0).normal(scale=row.scale, size=(len(row.scores), size))


@pytest.fixture(scope="module")
def found():
    """All losses on all that they are tested with, as one program."""
    scores = {
        "hand": {name: row.scores for name, row in LOSSES.items()},
        "random": {name: random_scores(row) for name, row in LOSSES.items()},
        "extreme": {name: zip(*product([-BIG, 0.0, BIG], repeat=len(row.scores))) for name, row in LOSSES.items()},
    }
    scores = {kind: {name: [*map(np.float32, s)] for name, s in of.items()} for kind, of in scores.items()}
    rough = jax.tree.map(lambda s: s.astype(jnp.bfloat16), scores["hand"])

    @jax.jit
    def all_of_them(scores, rough):
        out = {kind: values_and_gradients(given) for kind, given in scores.items()}
        return out | {"bfloat16": {name: row.loss(*rough[name]) for name, row in LOSSES.items()}}

    return jax.device_get(all_of_them(scores, rough))


def test_every_public_loss_is_in_the_table():
    modules = [import_module(f"jaxgen.losses.{m.name}") for m in pkgutil.iter_modules(losses.__path__)]
    public = {f for m in modules for n, f in vars(m).items() if inspect.isfunction(f) and not n.startswith("_")}
    ours = {f for f in public if f.__module__.startswith("jaxgen.losses") and f.__module__ != checks.__name__}
    assert ours == {getattr(row.loss, "func", row.loss) for row in LOSSES.values()} | ELSEWHERE
    assert {m.__name__.split(".")[-1] for m in modules} - {"checks"} <= set(vars(losses))


@rows
def test_values_and_gradients_are_those_worked_by_hand(found, name):
    row, (values, gradients) = LOSSES[name], found["hand"][name]
    assert values.shape == (len(row.scores[0]),)
    assert values.dtype == jnp.float32
    np.testing.assert_allclose(values, row.values, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(np.array(gradients), row.gradients, rtol=1e-6, atol=1e-6)


def slopes(formula, scores, step=1e-5):
    """Gradients of the sum of a formula's values, by central differences in float64."""
    found = np.zeros_like(scores)
    for place in np.ndindex(scores.shape):
        up, down = scores.copy(), scores.copy()
        up[place] += step
        down[place] -= step
        found[place] = np.sum(formula(*up) - formula(*down)) / (2 * step)
    return found


@rows
def test_values_and_gradients_are_those_of_the_formula_in_float64(found, name):
    row, (values, gradients) = LOSSES[name], found["random"][name]
    scores = random_scores(row)
    np.testing.assert_allclose(values, row.formula(*scores), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(np.array(gradients), slopes(row.formula, scores), rtol=1e-4, atol=1e-5)


@rows
def test_extreme_scores_are_finite(found, name):
    values, gradients = found["extreme"][name]
    finite = np.isfinite(values).all() and np.isfinite(np.array(gradients)).all()
    assert finite != LOSSES[name].unbounded


@cache
def shared_out(devices):
    """Every row's loss and gradients of the global mean by a device's own scores, on some of the devices."""
    scores = {name: [*map(np.float32, random_scores(row))] for name, row in LOSSES.items()}
    mesh, split = data_mesh(jax.devices()[:devices]), P(parallel.AXIS)
    run = jax.shard_map(values_and_gradients, mesh=mesh, in_specs=split, out_specs=split)
    return jax.device_get(jax.jit(run)(scores))


@pytest.mark.parametrize("devices", [pytest.param(n, marks=[] if n == 2 else pytest.mark.slow) for n in (1, 2, 8)])
@rows
def test_devices_change_neither_values_nor_gradients(found, name, devices):
    for seen, wanted in zip(shared_out(devices)[name], found["random"][name]):
        np.testing.assert_allclose(np.array(seen), np.array(wanted), rtol=1e-5, atol=1e-5)


@rows
def test_bfloat16_scores_are_taken(found, name):
    values = np.float32(found["bfloat16"][name])
    np.testing.assert_allclose(values, LOSSES[name].values, rtol=0.02, atol=0.02)


def misfits(count):
    """Arguments that no loss of so many arrays of scores may take, with a word of what the error says."""
    good = [jax.ShapeDtypeStruct((4,), jnp.float32)] * count
    bad = {
        "int": ((4,), jnp.int32),
        "bool": ((4,), jnp.bool),
        r"take \[:, 0\]": ((4, 1), jnp.float32),
        "rank 0": ((), jnp.float32),
    }
    for i, (word, (shape, dtype)) in product(range(count), bad.items()):
        yield word.removesuffix(" 0"), [*good[:i], jax.ShapeDtypeStruct(shape, dtype), *good[i + 1 :]]
    for i in range(count if count > 1 else 0):
        yield "shape", [*good[:i], jax.ShapeDtypeStruct((5,), jnp.float32), *good[i + 1 :]]


@rows
def test_other_ranks_and_types_and_unequal_shapes_are_refused_at_trace_time(name):
    row = LOSSES[name]
    for word, arguments in misfits(len(row.scores)):
        with pytest.raises(AssertionError, match=word):
            jax.eval_shape(row.loss, *arguments)


P_DATA = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
P_G = np.array([0.3, 0.05, 0.25, 0.3, 0.1])


def expected_loss(scores):
    """E over x ~ P_DATA and G(z) ~ P_G of D's loss, for a D that may choose a score for each of the five points."""
    pairs = [s.ravel() for s in jnp.meshgrid(scores, scores, indexing="ij")]
    return jnp.sum(jnp.outer(P_DATA, P_G).ravel() * adversarial.discriminator(*pairs))


def test_the_best_discriminator_is_p_over_p_plus_q_and_its_loss_tells_jensen_shannon():
    best = np.float32(np.log(P_DATA / P_G))  # sigmoid(log p/q) = p / (p + q): Goodfellow et al. 2014, proposition 1
    loss = jax.jit(jax.value_and_grad(expected_loss))
    value, gradient = loss(best)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)
    divergence = jensenshannon(P_DATA, P_G) ** 2  # scipy gives the square root, in nats
    np.testing.assert_allclose(value, log(4) - 2 * divergence, rtol=1e-6)  # theorem 1, with our sign
    for seed in range(5):
        more, slope = loss(best + np.float32(0.1 * np.random.default_rng(seed).normal(size=best.shape)))
        assert more > value
        assert np.abs(slope).max() > 1e-3


def test_minimax_is_the_generators_part_of_the_discriminators_loss_with_its_sign_changed():
    fake = np.linspace(-9, 9, 19, dtype=np.float32)
    by_d = jax.grad(lambda fake: jnp.sum(adversarial.discriminator(jnp.zeros(19), fake)))
    by_g = jax.grad(lambda fake: jnp.sum(adversarial.minimax(fake)))
    d_fake, g_fake = jax.jit(lambda fake: (by_d(fake), by_g(fake)))(fake)
    np.testing.assert_array_equal(g_fake, -d_fake)
