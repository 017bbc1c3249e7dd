"""Penalties on a critic's smoothness against closed forms, by hand and by finite differences in float64."""

from collections.abc import Callable
from functools import cache
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
KEYS = jax.random.split(jax.random.key(0), len(REAL))
T = np.asarray(jax.jit(jax.vmap(jax.random.uniform))(KEYS))  # a real image's share of an interpolate


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

rows = pytest.mark.parametrize("name", PENALTIES)


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

    @jax.jit
    def punished(w):
        f = linear(w)
        return [
            penalties.gradient(f, REAL, FAKE, KEYS),
            penalties.gradient(f, REAL, FAKE, KEYS, one_sided=True),
            penalties.gradient(f, REAL, FAKE, KEYS, target=0.0),
            penalties.dragan(f, REAL, KEYS),
            penalties.dragan(f, REAL, KEYS, one_sided=True),
            penalties.r1(f, REAL),
            penalties.r2(f, FAKE),
        ]

    for w, two_sided, one_sided, squared in [
        (np.full(SIZE, 3 / SIZE**0.5), 4, 4, 9),
        (np.full(SIZE, 0.25 / SIZE**0.5), 0.75**2, 0, 1 / 16),
        (np.eye(SIZE)[5], 0, 0, 1),
        (np.zeros(SIZE), 1, 0, 0),
    ]:
        all_wanted = two_sided, one_sided, squared, two_sided, one_sided, squared, squared
        for values, wanted in zip(punished(np.float32(w)), all_wanted, strict=True):
            np.testing.assert_allclose(values, np.full(len(REAL), wanted), rtol=1e-5, atol=1e-6)


def test_a_quadratic_critic_shows_where_the_gradient_is_taken():
    f = quadratic(A)
    square = quadratic(np.eye(SIZE))  # its gradient is x itself
    zeros, ones = np.zeros(SHAPE, np.float32), np.ones(SHAPE, np.float32)

    @jax.jit
    def taken():
        t, swapped = (
            penalties.gradient(square, *pair, KEYS, target=0.0) / SIZE  # ||t 1||^2 / n = t^2
            for pair in ((ones, zeros), (zeros, ones))
        )
        return penalties.r1(f, REAL), penalties.r2(f, FAKE), t, swapped

    r1, r2, t, swapped = taken()
    np.testing.assert_allclose(r1, np.sum((flat(REAL) @ A) ** 2, 1), rtol=1e-4)
    np.testing.assert_allclose(r2, np.sum((flat(FAKE) @ A) ** 2, 1), rtol=1e-4)
    np.testing.assert_allclose(np.sqrt(t) + np.sqrt(swapped), 1, rtol=1e-5)  # t is the real image's share
    np.testing.assert_allclose(np.sqrt(t), T, rtol=1e-5)


def test_interpolates_cover_the_segment_and_dragans_noise_is_half_a_standard_deviation():
    square = quadratic(np.eye(1))  # for images of one positive number, the norm is the image itself
    keys = jax.random.split(jax.random.key(1), 4000)
    zeros, ones = np.zeros((4000, 1), np.float32), np.ones((4000, 1), np.float32)
    real = np.repeat([[10.0], [16.0]], 2000, axis=0).astype(np.float32)  # standard deviation 3

    @jax.jit
    def squares(keys):
        between = penalties.gradient(square, ones, zeros, keys, target=0.0)
        return between, penalties.dragan(square, real, keys, target=0.0)

    between, around = squares(keys)
    np.testing.assert_allclose(np.sort(np.sqrt(between)), np.linspace(0, 1, 4000), atol=0.03)
    noise = np.sqrt(around) - real[:, 0]
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
BETWEEN = T.astype(np.float64).reshape(-1, 1, 1, 1)
BETWEEN = BETWEEN * REAL + (1 - BETWEEN) * FAKE
FORMULAS = {  # of weights; DRAGAN's place is random in each number, so it is tested on a single image below
    "gradient": lambda w: (norms(w, BETWEEN) - 1) ** 2,
    "gradient-one-sided": lambda w: np.maximum(norms(w, BETWEEN) - 1, 0) ** 2,
    "gradient-zero": lambda w: norms(w, BETWEEN) ** 2,
    "r1": lambda w: norms(w, REAL) ** 2,
    "r2": lambda w: norms(w, FAKE) ** 2,
    "consistency": lambda w: ((np.tanh(flat(REAL) @ w["W"]) - np.tanh(flat(MOVED) @ w["W"])) @ w["v"]) ** 2,
    "dragan": lambda w: (norms(w, REAL) - 1) ** 2,
}


SMALL = jax.tree.map(np.float32, WEIGHTS)
FLAT = {"W": np.zeros((SIZE, 8), np.float32), "v": np.ones(8, np.float32)}
DEAD = {"W": np.float32(2 * WEIGHTS["W"][:, :1]), "v": np.ones(1, np.float32)}


def relu_critic(weights, x):
    return jax.nn.relu(flat(x) @ weights["W"]) @ weights["v"]


@pytest.fixture(scope="module")
def found():
    """What all penalties give on one device, by one program."""

    def loss(row, critic=mlp):
        def values_and_sum(weights):
            values = row.penalty(lambda x: critic(weights, x), *row.arguments)
            return jnp.sum(values), values

        return values_and_sum

    def one(row, moderate, flat, dead):
        slopes = jax.value_and_grad(loss(row), has_aux=True)
        curvature = jax.grad(lambda w: sum(jnp.sum(jnp.sin(x)) for x in jax.tree.leaves(slopes(w)[1])))
        dying = jax.grad(loss(row, relu_critic), has_aux=True)
        return {"moderate": slopes(moderate), "flat": (slopes(flat), curvature(flat)), "dead": dying(dead)[0]}

    @jax.jit
    def all_of_them(*weights):
        in_place = Row(lambda *a: penalties.dragan(*a, scale=0.0), (REAL, KEYS))
        moved = {name: one(row, *weights) for name, row in PENALTIES.items()}
        return moved | {"dragan in place": {"moderate": jax.value_and_grad(loss(in_place), has_aux=True)(weights[0])}}

    return jax.device_get(all_of_them(SMALL, FLAT, DEAD))


@rows
def test_values_and_weights_gradients_are_those_of_the_formula_in_float64(found, name):
    (_, values), gradients = found["dragan in place" if name == "dragan" else name]["moderate"]
    np.testing.assert_allclose(values, FORMULAS[name](WEIGHTS), rtol=1e-4, atol=1e-5)
    for net, place in [("v", 0), ("v", 5), ("W", (0, 0)), ("W", (17, 3)), ("W", (40, 7))]:
        up, down = ({**WEIGHTS, net: WEIGHTS[net].copy()} for _ in range(2))
        up[net][place] += 1e-6
        down[net][place] -= 1e-6
        slope = np.sum(FORMULAS[name](up) - FORMULAS[name](down)) / 2e-6
        np.testing.assert_allclose(gradients[net][place], slope, rtol=1e-3, atol=1e-4)


@rows
def test_a_flat_critic_has_finite_values_and_gradients_of_both_orders(found, name):
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(found[name]["flat"]))


@rows
def test_dead_units_do_no_harm(found, name):
    """ReLU units that are all off: the gradient is exactly zero for some images and not for others."""
    gradients = found[name]["dead"]
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))
    assert np.abs(gradients["v"]).max() > 0


@cache
def on(devices, executor):
    """By name, values [B] and the global mean's gradient by the weights, as the engine takes it."""

    def values(w, name, arguments):
        return PENALTIES[name].penalty(lambda x: mlp(w, x), *arguments)

    def mean(w, *given):
        return jnp.mean(values(w, *given))

    def local(arguments):
        gradients = {name: jax.grad(mean)(parallel.local(SMALL), name, given) for name, given in arguments.items()}
        return {name: values(SMALL, name, given) for name, given in arguments.items()}, parallel.mean(gradients)

    arguments = {name: row.arguments for name, row in PENALTIES.items()}
    if executor == "pmap":
        split = jax.tree.map(lambda x: x.reshape(devices, -1, *x.shape[1:]), arguments)
        values, gradients = jax.pmap(local, axis_name=parallel.AXIS, out_axes=(0, None))(split)
        return jax.device_get((jax.tree.map(lambda x: x.reshape(-1), values), gradients))
    split, mesh = P(parallel.AXIS), data_mesh(jax.devices()[:devices])
    return jax.device_get(jax.jit(jax.shard_map(local, mesh=mesh, in_specs=split, out_specs=(split, P())))(arguments))


@pytest.mark.parametrize(
    ("devices", "executor"),
    [
        (2, "shard_map"),
        pytest.param(8, "shard_map", marks=pytest.mark.slow),
        pytest.param(8, "pmap", marks=pytest.mark.slow),  # in the fast suite by `test_lazy.py`
    ],
)
@rows
def test_devices_change_neither_values_nor_gradients(found, name, devices, executor):
    (_, alone), sums = found[name]["moderate"]
    values, gradients = (of[name] for of in on(devices, executor))
    np.testing.assert_allclose(values, alone, rtol=1e-4, atol=1e-5)
    for seen, wanted in zip(jax.tree.leaves(gradients), jax.tree.leaves(sums), strict=True):
        np.testing.assert_allclose(seen, wanted / len(REAL), rtol=1e-4, atol=1e-5)


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
def test_wrong_critics_and_images_are_refused_at_trace_time_in_one_line(name, wrong):
    row = PENALTIES[name]
    message, critic, change = WRONG[wrong]
    arguments = [change(a) if isinstance(a, np.ndarray) else a for a in row.arguments]
    with pytest.raises(AssertionError, match=message) as failure:
        jax.eval_shape(lambda *a: row.penalty(critic, *a), *arguments)
    assert "\n" not in str(failure.value)


@rows
def test_shapes_that_differ_and_keys_of_another_number_are_refused(name):
    row = PENALTIES[name]
    for i in range(len(row.arguments) if len(row.arguments) > 1 else 0):
        arguments = [*row.arguments[:i], row.arguments[i][:5], *row.arguments[i + 1 :]]
        with pytest.raises(AssertionError, match=r"shape|one typed key per example is wanted"):
            jax.eval_shape(lambda *a: row.penalty(lambda x: mlp(WEIGHTS, x), *a), *arguments)
