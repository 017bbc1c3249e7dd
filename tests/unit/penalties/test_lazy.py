"""Lazy penalties: when they are paid, what that costs, and where they work."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen import parallel, penalties
from jaxgen.executors import data_mesh

rng = np.random.default_rng(0)
X = rng.normal(size=(16, 5)).astype(np.float32)
KEYS = jax.random.split(jax.random.key(0), 16)
W = jnp.asarray(0.3 * rng.normal(size=5), jnp.float32)


def critic(w, x):
    return jnp.tanh(x @ w)


def r1(w, x=X):
    return penalties.r1(lambda x: critic(w, x), x)


def dragan(w, x, keys):
    return penalties.dragan(lambda x: critic(w, x), x, keys)


def test_every_fourth_round_pays_four_times():
    lazy = jax.jit(lambda round: penalties.lazy(4, round, lambda: r1(W)))
    for round in range(9):
        np.testing.assert_allclose(lazy(round), 4 * r1(W) if round % 4 == 0 else np.zeros(16), rtol=1e-5, atol=1e-6)
    sum_of_rounds = sum(lazy(round) for round in range(12))
    np.testing.assert_allclose(sum_of_rounds, 12 * r1(W), rtol=1e-5, atol=1e-6)  # as if it had been paid in each of 12
    np.testing.assert_allclose(penalties.lazy(1, jnp.int32(5), lambda: r1(W)), r1(W), rtol=1e-6)


def test_gradients_are_paid_with_it():
    gradient = jax.jit(jax.grad(lambda w, round: jnp.sum(penalties.lazy(4, round, lambda: r1(w)))))
    np.testing.assert_allclose(gradient(W, 8), 4 * jax.grad(lambda w: jnp.sum(r1(w)))(W), rtol=1e-5)
    np.testing.assert_array_equal(gradient(W, 9), 0)


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


def test_it_works_under_vmap_over_seeds_and_over_rounds():
    weights = jnp.stack([W, 2 * W, 3 * W])
    wanted = np.stack([4 * r1(w) for w in weights])
    lazy = jax.vmap(lambda w, round: penalties.lazy(4, round, lambda: r1(w)), in_axes=(0, None))
    np.testing.assert_allclose(lazy(weights, jnp.int32(4)), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(lazy(weights, jnp.int32(5)), 0)
    lazy = jax.vmap(lambda w, round: penalties.lazy(4, round, lambda: r1(w)))
    np.testing.assert_allclose(
        lazy(weights, jnp.arange(3)), [wanted[0], 0 * wanted[1], 0 * wanted[2]], rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(("devices", "executor"), [(1, "shard_map"), (2, "shard_map"), (8, "shard_map"), (8, "pmap")])
def test_it_works_on_any_number_of_devices(devices, executor):
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

    def everything(w):
        return jnp.mean(r1(w)) + jnp.mean(dragan(w, X, KEYS)) + penalties.orthogonal(w[:, None])

    for round in (8, 9):
        if executor == "pmap":
            split = (a.reshape(devices, -1, *a.shape[1:]) for a in (X, KEYS))
            run = jax.pmap(local, axis_name=parallel.AXIS, in_axes=(0, 0, None), out_axes=None)
            value, gradient, fixed = run(*split, jnp.int32(round))
        else:
            specs = (P(parallel.AXIS), P(parallel.AXIS), P())
            mesh = data_mesh(jax.devices()[:devices])
            run = jax.jit(jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=P()))
            value, gradient, fixed = run(X, KEYS, jnp.int32(round))
        pays = 4 * (round == 8)
        np.testing.assert_allclose(value, pays * everything(W), rtol=1e-5)
        np.testing.assert_allclose(gradient, pays * jax.grad(everything)(W), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(fixed, pays * penalties.orthogonal(W[:, None]), rtol=1e-5)


def test_wrong_periods_and_penalties_are_refused_at_trace_time():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        penalties.lazy(0, jnp.int32(0), lambda: r1(W))
    for wrong in (lambda: (r1(W), W), lambda: jnp.ones(16, jnp.int32)):
        with pytest.raises(AssertionError, match="one float array"):
            penalties.lazy(4, jnp.int32(0), wrong)
