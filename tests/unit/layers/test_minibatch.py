"""Layers that relate examples or bring noise, against numpy in float64, on one, two and eight devices."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from jax.sharding import PartitionSpec as P

from jaxgen import parallel
from jaxgen.executors import data_mesh
from jaxgen.layers import (
    MinibatchDiscrimination,
    MinibatchStdDev,
    ReferenceBatch,
    VirtualBatchNorm,
    WeightNormDense,
    gaussian,
)
from weights import weights

N = 16
X = np.float32(np.random.default_rng(0).normal(size=(N, 3, 2, 4)) + np.linspace(-2, 2, N)[:, None, None, None])
FLAT = X.reshape(N, -1)


def discrimination(tensor, kernels, dims):
    m = (np.asarray(FLAT, np.float64) @ np.asarray(tensor, np.float64)).reshape(N, kernels, dims)
    o = np.zeros((N, kernels))
    for i in range(N):
        for j in range(N):
            o[i] += np.exp(-np.abs(m[i] - m[j]).sum(-1))
    return np.concatenate([FLAT, o], 1)


def test_minibatch_discrimination_is_the_papers_formula():
    layer = MinibatchDiscrimination(kernels=6, dims=3)
    variables, apply = weights(layer.init, FLAT), jax.jit(layer.apply)
    y = apply(variables, FLAT)
    np.testing.assert_allclose(y, discrimination(variables["params"]["kernel"], 6, 3), rtol=1e-4, atol=1e-5)
    assert np.asarray(y[:, -6:]).std() > 0.01
    alike = apply(variables, np.broadcast_to(FLAT[:1], FLAT.shape))
    np.testing.assert_allclose(alike[:, -6:], np.full((N, 6), N), rtol=1e-6)  # a collapsed batch


def test_minibatch_discrimination_by_hand():
    """One kernel of one dimension that adds the features: sums 0, 1 and 3, distances 1, 3 and 2."""
    x = np.float32([[0, 0], [1, 0], [1, 2]])
    y = jax.jit(MinibatchDiscrimination(1, 1).apply)({"params": {"kernel": np.ones((2, 1), np.float32)}}, x)
    e = np.exp
    np.testing.assert_allclose(y[:, 2], [1 + e(-1) + e(-3), 1 + e(-1) + e(-2), 1 + e(-3) + e(-2)], rtol=1e-6)


@pytest.mark.parametrize("group", [1, 2, 4, 16, 100])
def test_minibatch_stddev_is_that_of_strided_groups(group):
    y = np.asarray(jax.jit(MinibatchStdDev(group).apply)({}, X))
    x, groups = np.asarray(X, np.float64), N // min(group, N)
    np.testing.assert_array_equal(y[..., :4], X)
    for i in range(N):
        members = x[i % groups :: groups]
        assert len(members) == min(group, N)
        expected = np.sqrt(members.var(0) + 1e-8).mean()
        np.testing.assert_allclose(y[i, ..., 4], np.full((3, 2), expected), rtol=1e-4)


def test_a_batch_that_groups_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="a batch of 16 does not divide into groups of 3"):
        MinibatchStdDev(3).apply({}, X)


class Virtual(nn.Module):
    """A net with a layer before its normalisation, which reference and examples share."""

    @nn.compact
    def __call__(self, x):
        reference = ReferenceBatch()(x)
        conv = nn.Conv(5, (3, 3))
        return VirtualBatchNorm(epsilon=1e-3)(conv(x), conv(reference))


def test_virtual_batch_norm_counts_the_example_as_one_more_of_the_reference():
    net = Virtual()
    variables = jax.device_get(jax.jit(net.init)(jax.random.key(1), X))
    np.testing.assert_array_equal(variables["reference"]["ReferenceBatch_0"]["batch"], X)
    norm = variables["params"]["VirtualBatchNorm_0"]
    others = 3 * X[:6] + 1

    @jax.jit
    def told(variables):
        conv = nn.Conv(5, (3, 3)).bind({"params": variables["params"]["Conv_0"]})
        return net.apply(variables, others), net.apply(variables, others[2:3])[0], conv(others), conv(X)

    (y, reference), alone, h, r = told(variables)
    h, r = np.asarray(h, np.float64), np.asarray(r, np.float64)

    def normalised(values, group):
        mean, var = group.mean((0, 1, 2)), group.var((0, 1, 2))
        return (values - mean) / np.sqrt(var + 1e-3) * norm["scale"] + norm["bias"]

    for i in range(6):  # the moments of the reference batch with the example put to it
        np.testing.assert_allclose(y[i], normalised(h[i], np.concatenate([r, h[i : i + 1]])), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(reference, normalised(r, r), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(alone, y[2:3], rtol=1e-4, atol=1e-5)  # alone as in a batch


def test_a_reference_batch_may_be_drawn_and_stays():
    layer = ReferenceBatch(jax.random.normal)
    drawn = layer.init_with_output(jax.random.key(1), jnp.zeros((200, 7)))
    assert drawn[0].shape == (200, 7)
    assert abs(np.asarray(drawn[0]).std() - 1) < 0.1
    np.testing.assert_array_equal(layer.apply(drawn[1], jnp.ones((3, 7))), drawn[0])


@pytest.mark.parametrize("train_scale", [True, False])
def test_weight_norm_starts_from_data_and_is_its_formula(train_scale):
    layer = WeightNormDense(8, train_scale=train_scale)
    y, variables = jax.device_get(jax.jit(layer.init_with_output)(jax.random.key(1), FLAT))
    np.testing.assert_allclose((y.mean(0), y.std(0)), (np.zeros(8), np.ones(8)), atol=1e-4)
    assert set(variables["params"]) == {"kernel", "bias"} | ({"scale"} if train_scale else set())
    other = FLAT[:3] * 2 + 1
    p = {k: np.asarray(a, np.float64) for part in variables.values() for k, a in part.items()}
    expected = other @ (p["scale"] * p["kernel"] / np.linalg.norm(p["kernel"], axis=0)) + p["bias"]
    np.testing.assert_allclose(jax.jit(layer.apply)(variables, other), expected, rtol=1e-4, atol=1e-4)
    plain = WeightNormDense(8, from_data=False)

    @jax.jit
    def others(key):
        return plain.init(key, FLAT)["params"], layer.init(key, jnp.ones((4, 3)))

    plain, flat = jax.device_get(others(jax.random.key(1)))
    np.testing.assert_array_equal((plain["scale"], plain["bias"]), (np.ones(8), np.zeros(8)))
    # Outputs that do not vary have no deviation to divide by.
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(flat))


def test_gaussian_noise_has_its_deviation_and_an_examples_own_key():
    keys = jax.random.split(jax.random.key(0), 4000)

    @jax.jit
    def noises(keys):
        return gaussian(jnp.ones((4000, 3)), keys, 0.5) - 1, gaussian(jnp.ones((2, 3)), keys[5:7], 0.5) - 1

    noise, few = jax.device_get(noises(keys))
    np.testing.assert_allclose((noise.mean(), noise.std()), (0, 0.5), atol=0.02)
    np.testing.assert_allclose(few, noise[5:7], atol=1e-6)


LAYERS = {
    "discrimination": (MinibatchDiscrimination(6, 3), FLAT),
    "stddev": (MinibatchStdDev(4), X),
    "virtual": (Virtual(), X),
}


@pytest.mark.parametrize("devices", [2, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("layer", "x"), LAYERS.values(), ids=LAYERS)
def test_values_and_gradients_are_the_same_on_any_number_of_devices(layer, x, devices):
    variables = dict(weights(layer.init, x, spread=0.1))
    if "reference" in variables:
        variables["reference"]["ReferenceBatch_0"]["batch"] = x
    params = variables.pop("params", {})
    shape = jax.tree.leaves(jax.eval_shape(layer.apply, {"params": params, **variables}, x))[0].shape
    slopes = np.float32(np.random.default_rng(2).normal(size=shape))

    def loss(params, x, slopes):
        y = jax.tree.leaves(layer.apply({"params": params, **variables}, x))[0]
        return jnp.mean(jnp.sum(slopes * jnp.sin(y), tuple(range(1, y.ndim)))), y

    @jax.jit
    @partial(
        jax.shard_map,
        mesh=data_mesh(jax.devices()[:devices]),
        in_specs=(P(), P(parallel.AXIS), P(parallel.AXIS)),
        out_specs=(P(), P(parallel.AXIS), P(parallel.AXIS)),
    )
    def split(params, x, slopes):
        (d_params, d_x), y = jax.grad(loss, (0, 1), has_aux=True)(parallel.local(params), x, slopes)
        return parallel.mean(d_params), d_x, y

    (d_params, d_x), y = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(params, x, slopes)
    d_params_n, d_x_n, y_n = split(params, x, slopes)
    close = partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-5)
    close(y_n, y)
    jax.tree.map(close, d_params_n, d_params)
    close(d_x_n / devices, d_x)  # the gradient of the sum of devices' means
