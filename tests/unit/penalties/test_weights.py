"""Penalties on G's path lengths and on weights, against closed forms."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen import parallel, penalties
from jaxgen.executors import data_mesh

rng = np.random.default_rng(0)
SHAPE = (4, 4, 3)
J = rng.normal(size=(48, 6)) / 7
CODES = rng.normal(size=(16, 6)).astype(np.float32)
NOISE = rng.normal(size=(16, *SHAPE)).astype(np.float32)


def linear(J, w):
    """w -> images with the Jacobian J everywhere."""
    return (w @ jnp.asarray(J.T, jnp.float32)).reshape(-1, *SHAPE)


def lengths(J):
    return np.linalg.norm(NOISE.reshape(16, -1) / 4 @ J, axis=1)  # 4 is the root of 4 x 4 pixels


def test_path_lengths_of_a_linear_generator_are_those_of_its_matrix():
    mean = np.float32(0.3)
    values, after = jax.jit(lambda: penalties.path_length(lambda w: linear(J, w), CODES, NOISE, mean, decay=0.9))()
    wanted = 0.9 * 0.3 + 0.1 * lengths(J).mean()
    np.testing.assert_allclose(after, wanted, rtol=1e-5)
    np.testing.assert_allclose(values, (lengths(J) - wanted) ** 2, rtol=1e-4, atol=1e-6)


def test_the_path_lengths_gradient_takes_the_mean_as_a_constant():
    mean = np.float32(0.3)
    step = np.zeros_like(J)
    step[5, 2] = 1e-6
    a = 0.99 * 0.3 + 0.01 * lengths(J).mean()
    slope = (np.sum((lengths(J + step) - a) ** 2) - np.sum((lengths(J - step) - a) ** 2)) / 2e-6
    weights = np.float32(J)

    @jax.jit
    @jax.grad
    def gradient(j):
        return jnp.sum(penalties.path_length(lambda w: linear(j, w), CODES, NOISE, mean)[0])

    np.testing.assert_allclose(gradient(weights)[5, 2], slope, rtol=1e-3)
    assert np.isfinite(gradient(np.zeros_like(weights))).all()  # all lengths are zero


def test_one_code_for_each_layer_has_the_root_of_the_mean_square():
    layered = np.stack([CODES, CODES, CODES], 1)  # each image is made of the sum of its three codes
    made = partial(penalties.path_length, lambda w: linear(J, jnp.sum(w, 1)), decay=0.0)
    values, after = jax.jit(made)(layered, NOISE, np.float32(0))
    np.testing.assert_allclose(after, lengths(J).mean(), rtol=1e-5)
    np.testing.assert_allclose(values, (lengths(J) - lengths(J).mean()) ** 2, rtol=1e-3, atol=1e-5)


def test_path_lengths_are_the_same_on_any_number_of_devices():
    def local(w, noise):
        return penalties.path_length(lambda w: linear(J, w), w, noise, np.float32(0.3))

    wanted, split = jax.jit(local)(CODES, NOISE), P(parallel.AXIS)
    for devices in (2, 8):
        mesh = data_mesh(jax.devices()[:devices])
        seen = jax.jit(jax.shard_map(local, mesh=mesh, in_specs=split, out_specs=(split, P())))(CODES, NOISE)
        for a, b in zip(seen, wanted):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_wrong_codes_noise_and_images_are_refused_at_trace_time():
    for codes, noise, change, message in [
        (CODES, NOISE[:5], lambda x: x, "shape"),
        (CODES, NOISE[..., :1], lambda x: x, "shape"),
        (np.ones((16, 6), np.int32), NOISE, lambda x: x, "make it float"),
        (CODES, NOISE, lambda x: (x * 9).astype(jnp.uint8), "make them float"),
    ]:
        made = partial(penalties.path_length, lambda w, change=change: change(linear(J, w)))
        with pytest.raises(AssertionError, match=message):
            jax.eval_shape(made, codes, noise, np.float32(0))


KERNEL = np.float32([[1, 0], [0, 2], [0, 1]])  # columns of squared norms 1 and 5, orthogonal
OBLIQUE = np.float32([[1, 1], [0, 0]])  # two equal columns


def test_orthogonal_regularisation_by_hand():
    both = {"a": {"kernel": KERNEL, "bias": np.ones(2, np.float32)}, "b": {"kernel": OBLIQUE}}
    trees = {"kernel": KERNEL}, {"kernel": OBLIQUE}, both

    @jax.jit
    def by_hand(trees):
        whole, beside = ([penalties.orthogonal(tree, diagonal=d) for tree in trees] for d in (True, False))
        return whole, beside, jax.grad(penalties.orthogonal)(trees[0])["kernel"]

    whole, beside, gradient = by_hand(trees)
    assert whole == [(5 - 1) ** 2, 2, 18]  # both products of two oblique columns are 1
    assert beside[:2] == [0, 2]
    # d ||W^T W - I||^2 / dW = 4 W (W^T W - I)
    np.testing.assert_allclose(gradient, 4 * KERNEL @ (KERNEL.T @ KERNEL - np.eye(2)))


def test_a_convolutions_kernel_is_flattened_by_its_outputs():
    q, _ = np.linalg.qr(rng.normal(size=(18, 8)))  # 3x3 of 2 channels to 8 orthonormal filters
    kernel = np.float32(q.reshape(3, 3, 2, 8))
    both = jax.jit(lambda kernel: [penalties.orthogonal([kernel], diagonal=d) for d in (True, False)])
    np.testing.assert_allclose(both(kernel)[0], 0, atol=1e-10)
    whole, beside = both(2 * kernel)
    np.testing.assert_allclose(whole, 8 * 3**2, rtol=1e-5)
    np.testing.assert_allclose(beside, 0, atol=1e-9)
    with pytest.raises(AssertionError, match="have none"):
        penalties.orthogonal({"bias": np.ones(3)})


def test_historical_averaging_remembers_the_mean_of_all_rounds():
    history = [{"w": np.float32(rng.normal(size=(3, 2))), "b": np.full(2, i, np.float32)} for i in (1, 4, 7)]
    average, remember = history[0], jax.jit(penalties.remember)
    for round, params in enumerate(history):
        average = remember(average, params, round)
    average = jax.device_get(average)
    np.testing.assert_allclose(average["w"], np.mean([p["w"] for p in history], 0), rtol=1e-5)
    np.testing.assert_allclose(average["b"], [4, 4], rtol=1e-6)
    now = {"w": average["w"] + 2, "b": average["b"]}
    historical = jax.jit(jax.value_and_grad(penalties.historical, argnums=(0, 1)))
    value, (by_params, by_average) = jax.device_get(historical(now, average))
    np.testing.assert_allclose(value, 6 * 2**2, rtol=1e-5)
    np.testing.assert_allclose(by_params["w"], np.full((3, 2), 4.0), rtol=1e-5)
    assert not any(leaf.any() for leaf in jax.tree.leaves(by_average))


def test_clipped_weights_stay_in_their_box_whatever_the_optimiser_does():
    params = {"kernel": np.float32([0, 0.009, -0.009, 5]), "bias": np.float32([0])}
    grads = {"kernel": np.float32([0.001, -1, 1, 1]), "bias": np.float32([-0.5])}
    tx = optax.chain(optax.sgd(1.0), penalties.clip(0.01))
    updates = jax.jit(lambda *given: tx.update(given[0], tx.init(given[1]), given[1])[0])(grads, params)
    after = jax.tree.map(np.add, params, updates)
    np.testing.assert_allclose(after["kernel"], [-0.001, 0.01, -0.01, 0.01], rtol=1e-4)
    np.testing.assert_allclose(after["bias"], [0.01], rtol=1e-6)
    with pytest.raises(ValueError, match="positive"):
        penalties.clip(0.0)
    with pytest.raises(ValueError, match="needs them"):
        tx.update(grads, tx.init(params))
