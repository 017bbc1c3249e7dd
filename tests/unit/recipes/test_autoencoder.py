"""A linear autoencoder finds what PCA does; corruptions are what they say; a probe moves what it owns."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.executors import data_mesh, data_parallel
from jaxgen.game import Net, Turn, init, play_rounds
from jaxgen.losses import reconstruction
from jaxgen.nets import mlp, net
from jaxgen.recipes.autoencoders.corruption import gaussian, masking
from running import TINY, experiment

RNG = np.random.default_rng(0)
KEYS = jax.random.split(jax.random.key(0), 4000)


def _points(batch, keys):
    return batch


def test_a_linear_autoencoders_optimum_is_pcas_error():
    points = (RNG.normal(size=(256, 6)) * [3, 2, 1.5, 1, 0.5, 0.2] @ RNG.normal(size=(6, 6))).astype(np.float32)
    points /= points.std()
    centred = points - points.mean(0)
    wanted = np.sum(np.linalg.svd(centred.astype(float))[1][2:] ** 2) / len(points)
    linear = lambda n: net(mlp.Points(n, ()))  # noqa: E731
    tx = optax.adam(optax.cosine_decay_schedule(0.03, 1500))
    game = recipes.autoencoder(linear(2), linear(6), tx=tx, ema=0, prepare=_points)
    state = init(game, jax.random.key(0), {"image": points})
    step = jax.jit(lambda state: play_rounds(game, state, {"image": jnp.asarray(points)[None, None]}))
    for _ in range(1500):
        state, metrics = step(state)
    assert float(metrics["AE/reconstruction"][-1]) == pytest.approx(wanted, rel=1e-3)


def test_masking_turns_a_share_black_and_keeps_the_rest():
    images = jnp.asarray(RNG.uniform(-0.9, 1, (4000, 4, 1, 1)), jnp.float32)
    seen = masking(0.3)(images, KEYS)
    black = np.asarray(seen) == -1
    np.testing.assert_array_equal(np.asarray(seen)[~black], np.asarray(images)[~black])
    np.testing.assert_allclose(black.mean(0).ravel(), 0.3, atol=4 * np.sqrt(0.21 / 4000))
    np.testing.assert_allclose(np.corrcoef(black.reshape(4000, 4).T), np.eye(4), atol=0.08)


def test_gaussian_noise_is_added_with_its_deviation():
    images = jnp.asarray(RNG.uniform(-1, 1, (4000, 4, 1, 1)), jnp.float32)
    noise = np.asarray(gaussian(0.4)(images, KEYS) - images).reshape(4000, 4)
    np.testing.assert_allclose(noise.mean(0), 0, atol=4 * 0.4 / 4000**0.5)
    np.testing.assert_allclose(np.cov(noise.T), 0.16 * np.eye(4), atol=0.02)


def test_a_denoising_autoencoder_is_asked_for_the_clean_image():
    """With nets that give back what they see, the cost is the noise's alone."""
    same = Net(lambda key, x: ({}, {}), lambda params, stats, x, train: (x, stats))
    game = recipes.autoencoder(same, same, tx=optax.sgd(0.1), corrupt=gaussian(0.5), prepare=_points)
    images = jnp.zeros((4000, 3, 1, 1))
    empty = {"E": {}, "G": {}}
    loss, _ = game.players["AE"].objective(empty, empty, {"image": images}, Turn(KEYS, jnp.int32(0)))
    seen = gaussian(0.5)(images, KEYS)
    assert float(loss) == pytest.approx(float(jnp.mean(reconstruction.squared(seen, images))), rel=1e-6)
    assert float(loss) == pytest.approx(3 * 0.25, rel=0.05)


@pytest.mark.parametrize("tune", [False, True])
def test_a_frozen_encoder_stays_bitwise(tune):
    game = recipes.probe(net(mlp.Encoder(3, (8,))), net(mlp.Points(4, ())), tx=optax.adam(0.1), tune=tune)
    batch = {"image": RNG.integers(0, 256, (16, 4, 4, 1), dtype=np.uint8), "label": RNG.integers(0, 4, 16)}
    state = jax.jit(lambda: init(game, jax.random.key(0), batch))()
    before = jax.device_get(state.params)
    step = data_parallel(game, data_mesh(jax.devices()[:2]))
    for _ in range(3):
        state, metrics = step(state, jax.tree.map(lambda x: x[None, None], batch))
    moved = jax.tree.map(lambda a, b: not np.array_equal(a, b), before, jax.device_get(state.params))
    assert all(jax.tree.leaves(moved["C"]))
    assert all(m == tune for m in jax.tree.leaves(moved["E"]))
    assert metrics["C/cross_entropy"].shape == (1,)


def measured(run):
    told = json.loads((run / "test.json").read_text())
    assert told["images"] == 200
    assert 0 < told["error"] < 4 * 256
    assert (run / "codes.png").stat().st_size > 1000
    return told


def test_the_experiment_measures_and_draws(whole, images, tmp_path):
    flags = ["--nets", "conv", "--width", 4, "--latent", 4, "--cost", "bernoulli", "--rounds", 1, "--devices", 1]
    assert experiment("autoencoder", "--dataset", images, *TINY, *flags, "--out", tmp_path / "run") == 0
    clean, noisy = measured(tmp_path / "run"), measured(whole("autoencoder"))
    assert (clean["cost"], noisy["cost"]) == ("bernoulli", "squared")
    assert clean["error"] == clean["error_corrupted"]
    assert noisy["error"] != noisy["error_corrupted"]  # its images are masked
