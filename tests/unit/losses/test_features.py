"""What losses take or give beside scores [B]: features, codes, pairs of images, a control variable. Against float64."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen import parallel
from jaxgen.executors import data_mesh
from jaxgen.losses import boundary_equilibrium, boundary_seeking, energy_based, features, loss_sensitive

rng = np.random.default_rng(0)
REAL = rng.normal(size=(16, 5)) + 0.5
FAKE = rng.normal(size=(16, 5)) * 0.7


def mean_difference(real, fake):
    return np.mean(real, 0) - np.mean(fake, 0)


def truncated(k, real, fake):
    """The truncated nuclear norm by the eigenvalues of a symmetric matrix."""
    values = np.linalg.eigvalsh(real.T @ real / len(real) - fake.T @ fake / len(fake))
    return np.sort(np.abs(values))[::-1][:k].sum()


def cosines(codes):
    units = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    pairs = [(i, j) for i in range(len(units)) for j in range(len(units)) if i != j]
    return sum((units[i] @ units[j]) ** 2 for i, j in pairs) / len(pairs)


class Row(NamedTuple):
    loss: Callable  # -> [B]
    arguments: tuple
    distance: Callable  # the mean over the global batch, in float64


BATCHES = {
    "matching": Row(features.matching, (REAL, FAKE), lambda r, f: np.sum(mean_difference(r, f) ** 2)),
    "mean_matching-1": Row(
        partial(features.mean_matching, q=1), (REAL, FAKE), lambda r, f: np.linalg.norm(mean_difference(r, f), 1)
    ),
    "mean_matching-2": Row(features.mean_matching, (REAL, FAKE), lambda r, f: np.linalg.norm(mean_difference(r, f))),
    "mean_matching-inf": Row(
        partial(features.mean_matching, q=np.inf),
        (REAL, FAKE),
        lambda r, f: np.linalg.norm(mean_difference(r, f), np.inf),
    ),
    "covariance_matching-1": Row(partial(features.covariance_matching, k=1), (REAL, FAKE), partial(truncated, 1)),
    "covariance_matching-3": Row(partial(features.covariance_matching, k=3), (REAL, FAKE), partial(truncated, 3)),
    "covariance_matching-5": Row(partial(features.covariance_matching, k=5), (REAL, FAKE), partial(truncated, 5)),
    "pulling_away": Row(energy_based.pulling_away, (FAKE,), cosines),
}
rows = pytest.mark.parametrize("row", BATCHES.values(), ids=BATCHES)


def slopes(distance, arguments, step=1e-6):
    """Gradients of a distance by central differences in float64."""
    found = [np.zeros_like(a) for a in arguments]
    for i, array in enumerate(arguments):
        for place in np.ndindex(array.shape):
            up, down = array.copy(), array.copy()
            up[place] += step
            down[place] -= step
            change = (distance(*arguments[:i], a, *arguments[i + 1 :]) for a in (up, down))
            found[i][place] = (next(change) - next(change)) / (2 * step)
    return found


def single(arguments):
    return tuple(jnp.asarray(a, jnp.float32) for a in arguments)


@rows
def test_the_mean_is_the_distance_and_its_gradient_the_distances(row):
    values, gradients = row.loss(*single(row.arguments)), []
    assert values.shape == (16,)
    assert values.dtype == jnp.float32
    np.testing.assert_allclose(jnp.mean(values), row.distance(*row.arguments), rtol=1e-5)
    places = tuple(range(len(row.arguments)))
    gradients = jax.grad(lambda *a: jnp.mean(row.loss(*a)), argnums=places)(*single(row.arguments))
    for seen, wanted in zip(gradients, slopes(row.distance, row.arguments)):
        np.testing.assert_allclose(seen, wanted, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("devices", "executor"), [(1, "shard_map"), (2, "shard_map"), (8, "shard_map"), (8, "pmap")])
@rows
def test_any_number_of_devices_gives_the_exact_gradient_of_the_global_distance(row, devices, executor):
    """By weights that make the features, as the engine takes it: each device's own gradient, then their mean."""
    W = np.eye(5) + 0.3 * rng.normal(size=(5, 5))

    def local(arguments):
        loss = lambda w: jnp.mean(row.loss(*(a @ w for a in arguments)))  # noqa: E731
        value, gradient = jax.value_and_grad(loss)(parallel.local(jnp.asarray(W, jnp.float32)))
        return parallel.mean((value, gradient))

    arguments = single(row.arguments)
    if executor == "pmap":
        split = jax.tree.map(lambda x: x.reshape(devices, -1, *x.shape[1:]), arguments)
        value, gradient = jax.pmap(local, axis_name=parallel.AXIS, out_axes=None)(split)
    else:
        mesh = data_mesh(jax.devices()[:devices])
        value, gradient = jax.jit(jax.shard_map(local, mesh=mesh, in_specs=P(parallel.AXIS), out_specs=P()))(arguments)

    def distance(w):
        return row.distance(*(a @ w for a in row.arguments))

    np.testing.assert_allclose(value, distance(W), rtol=1e-4)
    np.testing.assert_allclose(gradient, slopes(distance, (W,))[0], rtol=2e-3, atol=1e-5)


@rows
def test_gradients_are_finite_where_distances_and_codes_are_zero(row):
    for same in (jnp.zeros((16, 5)), jnp.asarray(REAL, jnp.float32)):
        values, pull = jax.vjp(row.loss, *(same for _ in row.arguments))
        assert np.isfinite(values).all()
        assert np.isfinite(np.array(pull(jnp.ones(16)))).all()
        if len(row.arguments) == 2 or not same.any():
            np.testing.assert_allclose(values, 0, atol=1e-5)


@rows
def test_wrong_features_are_refused_at_trace_time(row):
    for word, shape, dtype in [
        ("rank", (16,), jnp.float32),
        ("rank", (16, 5, 1), jnp.float32),
        ("type", (16, 5), jnp.int32),
    ]:
        wrong = [jax.ShapeDtypeStruct(shape, dtype)] * len(row.arguments)
        with pytest.raises(AssertionError, match=word):
            jax.eval_shape(row.loss, *wrong)
    if len(row.arguments) == 2:
        with pytest.raises(AssertionError, match="shape"):
            jax.eval_shape(row.loss, *(jax.ShapeDtypeStruct((16, n), jnp.float32) for n in (5, 6)))


def test_numbers_of_singular_values_norms_and_examples_that_do_not_exist_are_refused():
    for k in (0, 6):
        with pytest.raises(ValueError, match="1 to the number of features"):
            features.covariance_matching(*single((REAL, FAKE)), k=k)
    with pytest.raises(ValueError, match="1, 2 or inf"):
        features.mean_matching(*single((REAL, FAKE)), q=3)
    with pytest.raises(AssertionError, match="no pairs"):
        energy_based.pulling_away(jnp.ones((1, 5)))


def test_codes_pull_by_their_directions():
    codes = jnp.array([[2.0, 0, 0], [-3, 0, 0], [0, 1, 0], [0, 4, 4]])  # squared cosines: 1, then 1/2 in the last pair
    np.testing.assert_allclose(energy_based.pulling_away(codes), [1 / 3, 1 / 3, 1 / 6, 1 / 6], rtol=1e-6)


def test_samples_are_weighed_by_their_scores_and_the_weights_are_constants():
    scores = jnp.log(jnp.array([[1.0, 3.0], [1.0, 1.0]]))
    logs = jnp.array([[-1.0, -2.0], [-4.0, -8.0]])
    values, pull = jax.vjp(boundary_seeking.discrete, scores, logs)
    np.testing.assert_allclose(values, [1 / 4 + 6 / 4, 6], rtol=1e-6)
    d_scores, d_logs = pull(jnp.ones(2))
    np.testing.assert_array_equal(d_scores, 0)
    np.testing.assert_allclose(d_logs, [[-1 / 4, -3 / 4], [-1 / 2, -1 / 2]], rtol=1e-6)
    assert np.isfinite(boundary_seeking.discrete(jnp.array([[1e4, -1e4]]), jnp.array([[-5.0, -7.0]]))).all()
    for wrong in [((2, 3), (2, 2), jnp.float32), ((2,), (2,), jnp.float32), ((2, 2), (2, 2), jnp.int32)]:
        with pytest.raises(AssertionError, match=r"rank|shape|type"):
            jax.eval_shape(boundary_seeking.discrete, *(jax.ShapeDtypeStruct(s, wrong[2]) for s in wrong[:2]))


def test_the_discrete_cost_estimates_maximum_likelihoods_gradient():
    """With the best D, w = p/q, the expected gradient is that of KL(p || q): here q - p by a softmax's logits."""
    p, logits = np.array([0.5, 0.3, 0.2]), jnp.array([0.1, -0.4, 0.6])
    samples = jax.random.categorical(jax.random.key(0), logits, shape=(64, 4000))

    def cost(logits):
        logs = jax.nn.log_softmax(logits)
        scores = jnp.log(jnp.asarray(p, jnp.float32)) - logs
        return jnp.mean(boundary_seeking.discrete(scores[samples], logs[samples]))

    np.testing.assert_allclose(jax.grad(cost)(logits), jax.nn.softmax(logits) - p, atol=0.005)


def test_a_margin_is_the_mean_distance_of_a_pairs_numbers_without_a_gradient():
    real, fake = jnp.zeros((2, 2, 2, 1)), jnp.array([[1.0, -1, 2, 0], [0, 0, 0, 0.4]]).reshape(2, 2, 2, 1)
    np.testing.assert_allclose(loss_sensitive.margin(real, fake), [1, 0.1], rtol=1e-6)
    np.testing.assert_allclose(loss_sensitive.margin(real, fake, scale=4.0), [4, 0.4], rtol=1e-6)
    np.testing.assert_array_equal(jax.grad(lambda f: jnp.sum(loss_sensitive.margin(real, f)))(fake), 0)
    for wrong in [((4, 2), (4, 3), jnp.float32), ((4, 2), (4, 2), jnp.uint8)]:
        with pytest.raises(AssertionError, match=r"shape|type"):
            jax.eval_shape(loss_sensitive.margin, *(jax.ShapeDtypeStruct(s, wrong[2]) for s in wrong[:2]))


def test_the_control_variable_holds_the_balance_and_stays_between_0_and_1():
    real, fake = jnp.array([4.0, 6.0]), jnp.array([1.0, 2.0])  # means 5 and 1.5
    control = partial(boundary_equilibrium.control, diversity=0.5, rate=0.1)
    np.testing.assert_allclose(control(jnp.float32(0.2), real, fake), 0.2 + 0.1 * (2.5 - 1.5), rtol=1e-6)
    assert control(jnp.float32(0.95), real, fake) == 1
    assert control(jnp.float32(0.05), real, 3 * fake) == 0
    for scale in (1, 3):
        wanted = 5 + abs(2.5 - 1.5 * scale)
        np.testing.assert_allclose(boundary_equilibrium.convergence(real, scale * fake, diversity=0.5), wanted)


def test_the_control_variable_is_the_same_on_any_number_of_devices():
    real, fake = single((np.abs(REAL[:, 0]), np.abs(FAKE[:, 0])))

    def both(real, fake):
        k = boundary_equilibrium.control(jnp.float32(0.2), real, fake, diversity=0.5)
        return k, boundary_equilibrium.convergence(real, fake, diversity=0.5)

    for devices in (2, 8):
        mesh = data_mesh(jax.devices()[:devices])
        seen = jax.jit(jax.shard_map(both, mesh=mesh, in_specs=P(parallel.AXIS), out_specs=P()))(real, fake)
        np.testing.assert_allclose(seen, both(real, fake), rtol=1e-6)
