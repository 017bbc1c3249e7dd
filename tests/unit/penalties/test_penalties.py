"""Penalties on a critic's smoothness against closed forms, by hand and by finite differences in float64."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen import parallel, penalties
from jaxgen.executors import data_mesh

SHAPE = (16, 4, 4, 3)
rng = np.random.default_rng(0)
REAL, FAKE, MOVED = (rng.normal(size=SHAPE).astype(np.float32) for _ in range(3))
KEYS = jax.vmap(jax.random.key)(jnp.arange(len(REAL)))


class Row(NamedTuple):
    """A penalty and what it is applied to, as `penalty(critic, *arguments)`."""

    penalty: Callable
    arguments: tuple


PENALTIES = {
    "gradient": Row(penalties.gradient, (REAL, FAKE, KEYS)),
    "gradient-one-sided": Row(lambda *a: penalties.gradient(*a, one_sided=True), (REAL, FAKE, KEYS)),
    "gradient-zero": Row(lambda *a: penalties.gradient(*a, target=0.0), (REAL, FAKE, KEYS)),
    "dragan": Row(penalties.dragan, (REAL, KEYS)),
    "r1": Row(penalties.r1, (REAL,)),
    "r2": Row(penalties.r2, (FAKE,)),
    "consistency": Row(penalties.consistency, (REAL, MOVED)),
}

rows = pytest.mark.parametrize("row", PENALTIES.values(), ids=PENALTIES)


def flat(x):
    return x.reshape(len(x), -1)


def linear(w):
    """x -> w.x, whose gradient is w everywhere."""
    return lambda x: flat(x) @ jnp.asarray(w, jnp.float32)


def quadratic(A):
    """x -> x.A x / 2, whose gradient is A x for a symmetric A."""
    return lambda x: jnp.sum(flat(x) @ jnp.asarray(A, jnp.float32) * flat(x), 1) / 2


SIZE = int(np.prod(SHAPE[1:]))
M = rng.normal(size=(SIZE, SIZE)) / 7
A = M + M.T


def test_a_linear_critic_is_punished_for_its_weights_norm():
    unit = np.zeros(SIZE)
    for w, two_sided, one_sided, squared in [
        (np.full(SIZE, 3 / SIZE**0.5), 4, 4, 9),
        (np.full(SIZE, 0.25 / SIZE**0.5), 0.75**2, 0, 1 / 16),
        (np.eye(SIZE)[5], 0, 0, 1),
        (unit, 1, 0, 0),
    ]:
        f = linear(w)
        for values, wanted in [
            (penalties.gradient(f, REAL, FAKE, KEYS), two_sided),
            (penalties.gradient(f, REAL, FAKE, KEYS, one_sided=True), one_sided),
            (penalties.gradient(f, REAL, FAKE, KEYS, target=0.0), squared),
            (penalties.dragan(f, REAL, KEYS), two_sided),
            (penalties.dragan(f, REAL, KEYS, one_sided=True), one_sided),
            (penalties.r1(f, REAL), squared),
            (penalties.r2(f, FAKE), squared),
        ]:
            np.testing.assert_allclose(values, np.full(len(REAL), wanted), rtol=1e-5, atol=1e-6)


def test_a_quadratic_critic_shows_where_the_gradient_is_taken():
    f = quadratic(A)
    np.testing.assert_allclose(penalties.r1(f, REAL), np.sum((flat(REAL) @ A) ** 2, 1), rtol=1e-4)
    np.testing.assert_allclose(penalties.r2(f, FAKE), np.sum((flat(FAKE) @ A) ** 2, 1), rtol=1e-4)
    square = quadratic(np.eye(SIZE))  # its gradient is x itself
    zeros, ones = np.zeros(SHAPE, np.float32), np.ones(SHAPE, np.float32)
    t = penalties.gradient(square, ones, zeros, KEYS, target=0.0) / SIZE  # ||t 1||^2 / n = t^2
    swapped = penalties.gradient(square, zeros, ones, KEYS, target=0.0) / SIZE
    np.testing.assert_allclose(np.sqrt(t) + np.sqrt(swapped), 1, rtol=1e-5)  # t is the real image's share
    np.testing.assert_allclose(np.sqrt(t), jax.vmap(jax.random.uniform)(KEYS), rtol=1e-5)


def test_interpolates_cover_the_segment_and_dragans_noise_is_half_a_standard_deviation():
    square = quadratic(np.eye(1))  # for images of one positive number, the norm is the image itself
    keys = jax.random.split(jax.random.key(1), 4000)
    zeros, ones = np.zeros((4000, 1), np.float32), np.ones((4000, 1), np.float32)
    t = np.sort(np.sqrt(penalties.gradient(square, ones, zeros, keys, target=0.0)))
    np.testing.assert_allclose(t, np.linspace(0, 1, 4000), atol=0.03)
    real = np.repeat([[10.0], [16.0]], 2000, axis=0).astype(np.float32)  # standard deviation 3
    noise = np.sqrt(penalties.dragan(square, real, keys, target=0.0)) - real[:, 0]
    assert noise.min() > -1e-5
    assert 1.4 < noise.max() < 1.5
    np.testing.assert_allclose(noise.mean(), 1.5 / 4, rtol=0.05)  # the product of two uniform numbers
    np.testing.assert_allclose(np.mean(noise**2), 1.5**2 / 9, rtol=0.1)


def mlp(weights, x):
    """v.tanh(W x): smooth, and with a gradient that can be written down."""
    return jnp.tanh(flat(x) @ weights["W"]) @ weights["v"]


def norms(weights, x):
    """Norms of the gradient of `mlp` by x, in float64."""
    slope = 1 - np.tanh(flat(x) @ weights["W"]) ** 2
    return np.linalg.norm((slope * weights["v"]) @ weights["W"].T, axis=1)


WEIGHTS = {"W": rng.normal(size=(SIZE, 8)) / 7, "v": rng.normal(size=8)}
T = np.asarray(jax.vmap(jax.random.uniform)(KEYS), np.float64).reshape(-1, 1, 1, 1)
FORMULAS = {  # of weights; DRAGAN's place is random in each number, so it is tested on a single image below
    "gradient": lambda w: (norms(w, T * REAL + (1 - T) * FAKE) - 1) ** 2,
    "gradient-one-sided": lambda w: np.maximum(norms(w, T * REAL + (1 - T) * FAKE) - 1, 0) ** 2,
    "gradient-zero": lambda w: norms(w, T * REAL + (1 - T) * FAKE) ** 2,
    "r1": lambda w: norms(w, REAL) ** 2,
    "r2": lambda w: norms(w, FAKE) ** 2,
    "consistency": lambda w: ((np.tanh(flat(REAL) @ w["W"]) - np.tanh(flat(MOVED) @ w["W"])) @ w["v"]) ** 2,
    "dragan": lambda w: (norms(w, REAL) - 1) ** 2,
}


@pytest.mark.parametrize("name", PENALTIES)
def test_values_and_weights_gradients_are_those_of_the_formula_in_float64(name):
    penalty, arguments = PENALTIES[name]
    if name == "dragan":
        penalty = lambda *a: penalties.dragan(*a, scale=0.0)  # noqa: E731
    weights = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), WEIGHTS)

    def values(weights):
        return penalty(lambda x: mlp(weights, x), *arguments)

    seen, pull = jax.vjp(values, weights)
    np.testing.assert_allclose(seen, FORMULAS[name](WEIGHTS), rtol=1e-4, atol=1e-5)
    (gradients,) = pull(jnp.ones(len(REAL)))
    for net, place in [("v", 0), ("v", 5), ("W", (0, 0)), ("W", (17, 3)), ("W", (40, 7))]:
        up, down = ({**WEIGHTS, net: WEIGHTS[net].copy()} for _ in range(2))
        up[net][place] += 1e-6
        down[net][place] -= 1e-6
        slope = np.sum(FORMULAS[name](up) - FORMULAS[name](down)) / 2e-6
        np.testing.assert_allclose(gradients[net][place], slope, rtol=1e-3, atol=1e-4)


@rows
def test_a_flat_critic_has_finite_values_and_gradients_of_both_orders(row):
    weights = {"W": jnp.zeros((SIZE, 8)), "v": jnp.ones(8)}

    def loss(weights):
        return jnp.sum(row.penalty(lambda x: mlp(weights, x), *row.arguments))

    slopes = jax.grad(loss)
    curvature = jax.grad(lambda w: sum(jnp.sum(jnp.sin(x)) for x in jax.tree.leaves(slopes(w))))
    for tree in (loss(weights), slopes(weights), curvature(weights)):
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(tree))


def relu_critic(weights, x):
    return jax.nn.relu(flat(x) @ weights["W"]) @ weights["v"]


@rows
def test_dead_units_do_no_harm(row):
    """ReLU units that are all off: the gradient is exactly zero for some images and not for others."""
    weights = {"W": jnp.asarray(2 * WEIGHTS["W"][:, :1], jnp.float32), "v": jnp.ones(1)}
    gradients = jax.grad(lambda w: jnp.sum(row.penalty(lambda x: relu_critic(w, x), *row.arguments)))(weights)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))
    assert np.abs(gradients["v"]).max() > 0


def run(row, devices, executor="shard_map"):
    """Values [B], and the global mean's gradient by the weights, as the engine takes it."""

    def local(arguments):
        weights = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), WEIGHTS)
        loss = lambda w: jnp.mean(row.penalty(lambda x: mlp(w, x), *arguments))  # noqa: E731
        values = row.penalty(lambda x: mlp(weights, x), *arguments)
        return values, parallel.mean(jax.grad(loss)(parallel.local(weights)))

    if executor == "pmap":
        split = jax.tree.map(lambda x: x.reshape(devices, -1, *x.shape[1:]), row.arguments)
        values, gradients = jax.pmap(local, axis_name=parallel.AXIS, out_axes=(0, None))(split)
        return values.reshape(-1), gradients
    split, mesh = P(parallel.AXIS), data_mesh(jax.devices()[:devices])
    return jax.jit(jax.shard_map(local, mesh=mesh, in_specs=split, out_specs=(split, P())))(row.arguments)


@pytest.mark.parametrize(("devices", "executor"), [(2, "shard_map"), (8, "shard_map"), (8, "pmap")])
@rows
def test_devices_change_neither_values_nor_gradients(row, devices, executor):
    for seen, wanted in zip(jax.tree.leaves(run(row, devices, executor)), jax.tree.leaves(run(row, 1))):
        np.testing.assert_allclose(seen, wanted, rtol=1e-4, atol=1e-5)


def test_every_public_penalty_of_a_critic_is_in_the_table():
    """By the name of its row, and by the function that the row calls."""
    assert {name.split("-")[0] for name in PENALTIES} == {
        name for name, f in vars(penalties).items() if getattr(f, "__module__", "") == penalties.r1.__module__
    }


WRONG = {
    "integers": ("type", lambda x: mlp(WEIGHTS, x), lambda x: (x * 9).astype(np.uint8)),
    "[B, 1]": (r"take \[:, 0\]", lambda x: mlp(WEIGHTS, x)[:, None], lambda x: x),
    "a mean": (r"one score per image", lambda x: jnp.mean(mlp(WEIGHTS, x)), lambda x: x),
    "a pair": (r"one score per image", lambda x: (mlp(WEIGHTS, x), {}), lambda x: x),
    "integer scores": ("type", lambda x: jnp.ones(len(x), jnp.int32), lambda x: x),
}


@pytest.mark.parametrize("wrong", WRONG)
@rows
def test_wrong_critics_and_images_are_refused_at_trace_time_in_one_line(row, wrong):
    message, critic, change = WRONG[wrong]
    arguments = [change(a) if isinstance(a, np.ndarray) else a for a in row.arguments]
    with pytest.raises(AssertionError, match=message) as failure:
        jax.eval_shape(lambda *a: row.penalty(critic, *a), *arguments)
    assert "\n" not in str(failure.value)


@rows
def test_shapes_that_differ_and_keys_of_another_number_are_refused(row):
    for i in range(len(row.arguments) if len(row.arguments) > 1 else 0):
        arguments = [*row.arguments[:i], row.arguments[i][:5], *row.arguments[i + 1 :]]
        with pytest.raises(AssertionError, match=r"shape|one typed key per example is wanted"):
            jax.eval_shape(lambda *a: row.penalty(lambda x: mlp(WEIGHTS, x), *a), *arguments)
