"""What losses take or give beside scores [B]: features, codes, pairs of images, a control variable. Against float64."""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen import parallel
from jaxgen.executors import data_mesh
from jaxgen.losses import boundary_equilibrium, boundary_seeking, energy_based, features, loss_sensitive
from ways import ways

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
rows = pytest.mark.parametrize("name", BATCHES)


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
    return tuple(np.float32(a) for a in arguments)


@pytest.fixture(scope="module")
def found():
    """Values and gradients of all losses on their arguments ("own"), on zeros and on one array as often as is wanted
    ("alike"), by one program."""

    @jax.jit
    def all_of_them(arguments):
        out = {}
        for (kind, name), given in arguments.items():
            values, pull = jax.vjp(BATCHES[name].loss, *given)
            out[kind, name] = values, pull(jnp.ones_like(values))
        return out

    own = {("own", name): single(row.arguments) for name, row in BATCHES.items()}
    zero = {("zero", name): [np.zeros_like(a) for a in given] for (_, name), given in own.items()}
    alike = {("alike", name): single([REAL for _ in given]) for (_, name), given in own.items()}
    return jax.device_get(all_of_them(own | zero | alike))


@rows
def test_the_mean_is_the_distance_and_its_gradient_the_distances(found, name):
    row, (values, gradients) = BATCHES[name], found["own", name]
    assert values.shape == (16,)
    assert values.dtype == jnp.float32
    np.testing.assert_allclose(np.mean(values), row.distance(*row.arguments), rtol=1e-5)
    for seen, wanted in zip(gradients, slopes(row.distance, row.arguments), strict=True):
        np.testing.assert_allclose(seen / 16, wanted, rtol=1e-3, atol=1e-6)


W = np.eye(5) + 0.3 * rng.normal(size=(5, 5))


@cache
def on(devices, executor):
    """By name, the global mean and its gradient by weights that make the features, as the engine takes it: each
    device's own gradient, then their mean."""

    def local(arguments):
        def loss(name, w):
            return jnp.mean(BATCHES[name].loss(*(a @ w for a in arguments[name])))

        w = parallel.local(jnp.asarray(W, jnp.float32))
        return parallel.mean({name: jax.value_and_grad(partial(loss, name))(w) for name in BATCHES})

    arguments = {name: single(row.arguments) for name, row in BATCHES.items()}
    if executor == "pmap":
        split = jax.tree.map(lambda x: x.reshape(devices, -1, *x.shape[1:]), arguments)
        return jax.device_get(jax.pmap(local, axis_name=parallel.AXIS, out_axes=None)(split))
    mesh = data_mesh(jax.devices()[:devices])
    return jax.device_get(jax.jit(jax.shard_map(local, mesh=mesh, in_specs=P(parallel.AXIS), out_specs=P()))(arguments))


@ways
@rows
def test_any_number_of_devices_gives_the_exact_gradient_of_the_global_distance(name, devices, executor):
    row, (value, gradient) = BATCHES[name], on(devices, executor)[name]

    def distance(w):
        return row.distance(*(a @ w for a in row.arguments))

    np.testing.assert_allclose(value, distance(W), rtol=1e-4)
    np.testing.assert_allclose(gradient, slopes(distance, (W,))[0], rtol=2e-3, atol=1e-5)


@rows
def test_gradients_are_finite_where_distances_and_codes_are_zero(found, name):
    for kind in ("zero", "alike"):
        values, gradients = found[kind, name]
        assert np.isfinite(values).all()
        assert np.isfinite(np.array(gradients)).all()
        if len(gradients) == 2 or kind == "zero":
            np.testing.assert_allclose(values, 0, atol=1e-5)


@rows
def test_wrong_features_are_refused_at_trace_time(name):
    row = BATCHES[name]
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
    codes = np.float32([[2, 0, 0], [-3, 0, 0], [0, 1, 0], [0, 4, 4]])  # squared cosines: 1, then 1/2 in the last pair
    np.testing.assert_allclose(jax.jit(energy_based.pulling_away)(codes), [1 / 3, 1 / 3, 1 / 6, 1 / 6], rtol=1e-6)


def test_samples_are_weighed_by_their_scores_and_the_weights_are_constants():
    scores = np.float32([[0, np.log(3)], [0, 0], [1e4, -1e4]])
    logs = np.float32([[-1, -2], [-4, -8], [-5, -7]])

    @jax.jit
    def discrete(*given):
        values, pull = jax.vjp(boundary_seeking.discrete, *given)
        return values, pull(jnp.ones_like(values))

    values, (d_scores, d_logs) = discrete(scores, logs)
    np.testing.assert_allclose(values[:2], [1 / 4 + 6 / 4, 6], rtol=1e-6)
    np.testing.assert_array_equal(d_scores, 0)
    np.testing.assert_allclose(d_logs[:2], [[-1 / 4, -3 / 4], [-1 / 2, -1 / 2]], rtol=1e-6)
    assert np.isfinite(values).all()
    for wrong in [((2, 3), (2, 2), jnp.float32), ((2,), (2,), jnp.float32), ((2, 2), (2, 2), jnp.int32)]:
        with pytest.raises(AssertionError, match=r"rank|shape|type"):
            jax.eval_shape(boundary_seeking.discrete, *(jax.ShapeDtypeStruct(s, wrong[2]) for s in wrong[:2]))


def test_the_discrete_cost_estimates_maximum_likelihoods_gradient():
    """With the best D, w = p/q, the expected gradient is that of KL(p || q): here q - p by a softmax's logits."""
    p, logits = np.array([0.5, 0.3, 0.2]), np.float32([0.1, -0.4, 0.6])
    q = np.exp(logits) / np.exp(logits).sum()
    samples = np.random.default_rng(0).choice(3, (64, 4000), p=q / q.sum(dtype=np.float64))

    def cost(logits):
        logs = jax.nn.log_softmax(logits)
        scores = jnp.log(jnp.asarray(p, jnp.float32)) - logs
        return jnp.mean(boundary_seeking.discrete(scores[samples], logs[samples]))

    np.testing.assert_allclose(jax.jit(jax.grad(cost))(logits), q - p, atol=0.005)


def test_a_margin_is_the_mean_distance_of_a_pairs_numbers_without_a_gradient():
    fake = np.float32([[1, -1, 2, 0], [0, 0, 0, 0.4]]).reshape(2, 2, 2, 1)
    real = np.zeros_like(fake)

    @jax.jit
    def margins(fake):
        slope = jax.grad(lambda f: jnp.sum(loss_sensitive.margin(real, f)))(fake)
        return loss_sensitive.margin(real, fake), loss_sensitive.margin(real, fake, scale=4.0), slope

    once, fourfold, slope = margins(fake)
    np.testing.assert_allclose(once, [1, 0.1], rtol=1e-6)
    np.testing.assert_allclose(fourfold, [4, 0.4], rtol=1e-6)
    np.testing.assert_array_equal(slope, 0)
    for wrong in [((4, 2), (4, 3), jnp.float32), ((4, 2), (4, 2), jnp.uint8)]:
        with pytest.raises(AssertionError, match=r"shape|type"):
            jax.eval_shape(loss_sensitive.margin, *(jax.ShapeDtypeStruct(s, wrong[2]) for s in wrong[:2]))


def test_the_control_variable_holds_the_balance_and_stays_between_0_and_1():
    real, fake = np.float32([4, 6]), np.float32([1, 2])  # means 5 and 1.5
    control = jax.jit(partial(boundary_equilibrium.control, diversity=0.5, rate=0.1))
    np.testing.assert_allclose(control(np.float32(0.2), real, fake), 0.2 + 0.1 * (2.5 - 1.5), rtol=1e-6)
    assert control(np.float32(0.95), real, fake) == 1
    assert control(np.float32(0.05), real, 3 * fake) == 0
    for scale in (1, 3):
        wanted = 5 + abs(2.5 - 1.5 * scale)
        np.testing.assert_allclose(boundary_equilibrium.convergence(real, scale * fake, diversity=0.5), wanted)


def test_the_control_variable_is_the_same_on_any_number_of_devices():
    real, fake = single((np.abs(REAL[:, 0]), np.abs(FAKE[:, 0])))

    def both(real, fake):
        k = boundary_equilibrium.control(jnp.float32(0.2), real, fake, diversity=0.5)
        return k, boundary_equilibrium.convergence(real, fake, diversity=0.5)

    wanted = jax.jit(both)(real, fake)
    for devices in (2, 8):
        mesh = data_mesh(jax.devices()[:devices])
        seen = jax.jit(jax.shard_map(both, mesh=mesh, in_specs=P(parallel.AXIS), out_specs=P()))(real, fake)
        np.testing.assert_allclose(seen, wanted, rtol=1e-6)
