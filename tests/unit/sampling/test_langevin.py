"""Langevin's chains against what they must be drawn from, energy models that recover a density, and their sampler."""

import dataclasses
import shutil
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import stats

from jaxgen import latents, nets, recipes
from jaxgen.abilities import DrawByChains
from jaxgen.game import Net, init, play_round
from jaxgen.nets.energy import Discriminator
from jaxgen.sampling import langevin
from rows import ROWS
from running import arrays, command, digest, experiment
from weights import weights

KEYS = jax.random.split(jax.random.key(0), 4000)


def gaussian(x, mean=1.5, variance=0.64):
    return -jnp.sum((x - mean) ** 2, -1) / (2 * variance)


@pytest.mark.parametrize("step", [0.02, 0.3])
def test_chains_up_a_gaussian_are_drawn_from_it(step):
    """The chain x' = x + step (m - x) / v + sqrt(2 step) n has mean m and variance v / (1 - step / 2v) exactly."""
    x = langevin(gaussian, jnp.full((4000, 1), -3.0), KEYS, steps=300, step=step)[:, 0]
    exact = 0.64 / (1 - step / 1.28)
    assert abs(x.mean() - 1.5) < 4 * (exact / 4000) ** 0.5
    assert abs(x.var() / exact - 1) < 4 * (2 / 4000) ** 0.5
    assert stats.kstest(np.asarray(x), stats.norm(1.5, exact**0.5).cdf).pvalue > 0.001


def test_steps_without_noise_by_hand():
    def climb(x, **settings):
        return langevin(lambda x: -jnp.sum(x**2, -1) / 2, jnp.array([[x]]), KEYS[:1], noise=0.0, **settings)[0, 0]

    assert climb(8.0, steps=3, step=0.5) == 1
    assert climb(8.0, steps=4, step=0.5, clip=1.0) == 6
    assert climb(8.0, steps=1, step=0.5, bounds=(-1.0, 1.0)) == 1
    assert climb(8.0, steps=0, step=0.5) == 8


def test_a_chain_does_not_depend_on_the_others_and_is_a_constant():
    x = latents.normal(KEYS[:6], 3)
    moved = langevin(gaussian, x, KEYS[:6], steps=5, step=0.1)
    np.testing.assert_allclose(langevin(gaussian, x[2:4], KEYS[2:4], steps=5, step=0.1), moved[2:4], rtol=1e-5)
    slope = jax.grad(lambda x: langevin(gaussian, x, KEYS[:6], steps=5, step=0.1).sum())(x)
    np.testing.assert_array_equal(slope, np.zeros((6, 3)))


def test_a_quadratic_energy_recovers_the_mean_and_the_variance_of_gaussian_data():
    """D(x) = -e^a (x - b)^2 / 2, from a = b = 0, on data of mean 2 and variance 1/4."""
    D = Net(
        lambda key, x: ({"a": jnp.zeros(()), "b": jnp.zeros(())}, {}),
        lambda p, s, x, train: (-jnp.exp(p["a"]) * (x[:, 0] - p["b"]) ** 2 / 2, s),
    )
    game = recipes.energy(
        D, D_tx=optax.adam(0.02), steps=10, step=0.05, bounds=None, slots=2, magnitude=0.0, restart=0.02, ema=0.99,
        start=lambda keys, shape: jax.vmap(lambda key: jax.random.normal(key, shape))(keys),
        prepare=lambda batch, keys: {"image": 2 + latents.normal(keys, 1) / 2},
    )  # fmt: skip
    batch = {"image": jnp.zeros((256, 1))}
    state, step = jax.jit(partial(init, game))(jax.random.key(0), batch), jax.jit(partial(play_round, game))
    for _ in range(600):
        state, _ = step(state, {"image": jnp.zeros((1, 256, 1))})
    assert float(state.ema["D"]["b"]) == pytest.approx(2, abs=0.05)
    # Steps of .05 make chains wider than exp(D) by 1 / (1 - .05 e^a / 2): at e^a = 4.508, not 4, their variance is 1/4.
    assert float(jnp.exp(state.ema["D"]["a"])) == pytest.approx(4.508, rel=0.04)
    drawn = np.asarray(state.stats["x"]["images"])
    assert drawn.shape == (256, 2, 1)
    assert (drawn.mean(), drawn.var()) == pytest.approx((2, 0.25), rel=0.15)


# ---- the recipe ----


def test_only_the_chosen_images_of_the_buffer_move_and_restarts_are_as_often_as_asked():
    D = Net(lambda key, x: ({"w": jnp.full(16, 0.25)}, {}), lambda p, s, x, train: (x.reshape(len(x), -1) @ p["w"], s))
    settings = {"steps": 1, "step": 1.0, "noise": 0.01, "clip": 0.1, "slots": 3}
    batch = {"image": np.random.default_rng(0).integers(0, 256, (64, 4, 4, 1), dtype=np.uint8)}

    @jax.jit
    def played(restart):
        game = recipes.energy(D, D_tx=optax.sgd(0.1), restart=restart, **settings)
        before = init(game, jax.random.key(0), batch)
        return before, *play_round(game, before, jax.tree.map(lambda x: x[None], batch))

    for restart, far in [(0.0, 0), (1.0, 1), (0.25, 0.25)]:
        before, after, metrics = played(restart)
        moved = np.abs(after.stats["x"]["images"] - before.stats["x"]["images"]).max((2, 3, 4))
        slot = np.asarray(after.stats["x"]["slot"])
        np.testing.assert_array_equal(moved > 0, np.eye(3, dtype=bool)[slot])
        assert len(set(slot)) == 3
        share = (moved.max(1) > 0.3).mean()  # a step moves less than .1 and noise; a new start is anywhere
        assert share == pytest.approx(far, abs=0.2 if 0 < far < 1 else 0)
        assert share == pytest.approx(float(metrics["x/restarts"]), abs=1e-6)


# ---- the sampler ----

SAMPLER = DrawByChains(Discriminator((4,)), 8, 1, steps=20, noise=0.01)


def test_the_sampler_climbs_from_noise():
    D = nets.net(SAMPLER.module)
    params, _ = weights(D.init, jnp.zeros((1, 8, 8, 1)), spread=0.01)
    codes = SAMPLER.codes(jax.random.key(0), 6)
    np.testing.assert_array_equal(codes[:2], SAMPLER.codes(jax.random.key(0), 2))
    draw = jax.jit(partial(SAMPLER.draw, params, {}))
    images = draw(codes)
    assert images.shape == (6, 8, 8, 1)
    assert len({image.tobytes() for image in np.asarray(images)}) == 6
    np.testing.assert_allclose(draw(codes[np.full(6, 3)])[:1], images[3:4], atol=1e-4)
    begun = jax.jit(partial(dataclasses.replace(SAMPLER, steps=0).draw, params, {}))(codes)
    assert (begun.min() < -0.9, begun.max() > 0.9) == (True, True)
    score = jax.jit(lambda x: D.apply(params, {}, x, train=False)[0])
    assert (score(images) > score(begun)).all()


# ---- the experiment ----


@pytest.mark.parametrize("flag", ["--steps", "--slots"])
def test_chains_need_steps_and_places(flag, images, tmp_path, capfd):
    assert experiment("energy", "--dataset", images, flag, 0, "--out", tmp_path / "run") == 2
    assert capfd.readouterr().err == f"error: {flag} is 0; it must be at least 1\n"
    assert not (tmp_path / "run").exists()


def test_the_buffer_is_kept_and_a_run_resumes_bit_for_bit_and_draws(whole, tmp_path, capfd):
    run = tmp_path / "run"
    shutil.copytree(whole("energy"), run)
    shutil.rmtree(run / "checkpoints" / "4")
    assert experiment("energy", *ROWS["energy"].words, "--devices", 1, "--out", run) == 0
    assert digest(run) == digest(whole("energy"))
    assert arrays(run)["stats/x/images"].shape == (8, 2, 16, 16, 1)
    assert command("sample", run, "--count", 3, "--out", tmp_path / "drawn.npz") == 0
    drawn = np.load(tmp_path / "drawn.npz")["images"]
    assert (drawn.shape, drawn.dtype) == ((3, 16, 16, 1), np.uint8)
    capfd.readouterr()
    assert command("interpolate", run) == 2
    assert "it cannot draw from latent codes" in capfd.readouterr().err
