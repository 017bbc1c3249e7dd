"""Lazy penalties: when they are paid, what that costs, and where they work."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen import parallel, penalties
from jaxgen.executors import data_mesh
from ways import ways

rng = np.random.default_rng(0)
X = rng.normal(size=(16, 5)).astype(np.float32)
KEYS = jax.random.split(jax.random.key(0), 16)
W = np.float32(0.3 * rng.normal(size=5))


def critic(w, x):
    return jnp.tanh(x @ w)


def r1(w, x=X):
    return penalties.r1(lambda x: critic(w, x), x)


def dragan(w, x, keys):
    return penalties.dragan(lambda x: critic(w, x), x, keys)


@pytest.fixture(scope="module")
def plain():
    """R1 of three weights and its gradient by the first, without laziness."""
    weights = np.stack([W, 2 * W, 3 * W])
    return jax.device_get(jax.jit(lambda: (jax.vmap(r1)(weights), jax.grad(lambda w: jnp.sum(r1(w)))(W)))())


def test_every_fourth_round_pays_four_times_with_its_gradients(plain):
    (r1_of_w, *_), slope = plain

    @jax.jit
    def lazy(w, round):
        def loss(w):
            values = penalties.lazy(4, round, lambda: r1(w))
            return jnp.sum(values), (values, penalties.lazy(1, round, lambda: r1(w)))

        slope, values = jax.grad(loss, has_aux=True)(w)
        return *values, slope

    paid, always, slopes = (np.stack(of) for of in zip(*(lazy(W, round) for round in range(12))))
    for round in range(12):
        pays = 4 * (round % 4 == 0)
        np.testing.assert_allclose(paid[round], pays * r1_of_w, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(slopes[round], pays * slope, rtol=1e-5)
        np.testing.assert_allclose(always[round], r1_of_w, rtol=1e-6)
    np.testing.assert_allclose(paid.sum(0), 12 * r1_of_w, rtol=1e-5, atol=1e-6)  # as if it had been paid in each of 12


def test_nothing_is_computed_in_between():
    seen = []

    def watched():
        jax.debug.callback(lambda: seen.append(1))
        return r1(W)

    lazy = jax.jit(lambda round: penalties.lazy(4, round, watched))
    for round in range(9):
        lazy(round)
    jax.effects_barrier()
    assert len(seen) == 3


def test_it_works_under_vmap_over_seeds_and_over_rounds(plain):
    weights, wanted = np.stack([W, 2 * W, 3 * W]), 4 * plain[0]

    def lazy(w, round):
        return penalties.lazy(4, round, lambda: r1(w))

    seeds, rounds = jax.jit(jax.vmap(lazy, in_axes=(0, None))), jax.jit(jax.vmap(lazy))
    np.testing.assert_allclose(seeds(weights, np.int32(4)), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(seeds(weights, np.int32(5)), 0)
    only_the_first = [wanted[0], 0 * wanted[1], 0 * wanted[2]]
    np.testing.assert_allclose(rounds(weights, np.arange(3)), only_the_first, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def wanted():
    """What R1, DRAGAN and orthogonality cost together, its gradient, and the last alone."""

    def everything(w):
        fixed = penalties.orthogonal(w[:, None])
        return jnp.mean(r1(w)) + jnp.mean(dragan(w, X, KEYS)) + fixed, fixed

    (value, fixed), slope = jax.device_get(jax.jit(jax.value_and_grad(everything, has_aux=True))(W))
    return value, slope, fixed


@ways
def test_it_works_on_any_number_of_devices(devices, executor, wanted):
    """With penalties that cross devices inside (DRAGAN's deviation) and that do not vary over them (of weights)."""

    def local(x, keys, round):
        def loss(w):
            lazy = [
                penalties.lazy(4, round, lambda: r1(w, x)),
                penalties.lazy(4, round, lambda: dragan(w, x, keys)),
                penalties.lazy(4, round, lambda: penalties.orthogonal(w[:, None])),
            ]
            return sum(jnp.mean(values) for values in lazy)

        fixed = penalties.lazy(4, round, lambda: penalties.orthogonal(W[:, None]))
        return parallel.mean((*jax.value_and_grad(loss)(parallel.local(W)), fixed))

    arguments = X, KEYS
    if executor == "pmap":
        arguments = [a.reshape(devices, -1, *a.shape[1:]) for a in arguments]
        run = jax.pmap(local, axis_name=parallel.AXIS, in_axes=(0, 0, None), out_axes=None)
    else:
        specs = (P(parallel.AXIS), P(parallel.AXIS), P())
        run = jax.jit(jax.shard_map(local, mesh=data_mesh(jax.devices()[:devices]), in_specs=specs, out_specs=P()))
    for round, pays in ((8, 4), (9, 0)):
        value, gradient, fixed = run(*arguments, np.int32(round))
        np.testing.assert_allclose(value, pays * wanted[0], rtol=1e-5)
        np.testing.assert_allclose(gradient, pays * wanted[1], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(fixed, pays * wanted[2], rtol=1e-5)


def test_wrong_periods_and_penalties_are_refused_at_trace_time():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        penalties.lazy(0, jnp.int32(0), lambda: r1(W))
    for wrong in (lambda: (r1(W), W), lambda: jnp.ones(16, jnp.int32)):
        with pytest.raises(AssertionError, match="one float array"):
            penalties.lazy(4, jnp.int32(0), wrong)
