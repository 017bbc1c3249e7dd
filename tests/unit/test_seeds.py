"""Many games at once are the same games, one at a time."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.executors import batch_sharding, data_mesh, data_parallel, state_sharding
from jaxgen.game import Turn, init, play_rounds
from jaxgen.nets import mlp, net
from jaxgen.seeds import each, many

COUNT = 3


def game():
    adam = optax.chain(optax.clip_by_global_norm(0.1), optax.adam(1e-3, eps=1e-4))  # its norm must not mix seeds
    G, D = net(mlp.Generator(4, 1, widths=(8, 8))), net(mlp.Discriminator(widths=(8,)))
    return recipes.gan(G, D, latent=3, G_tx=adam, D_tx=adam)


DATA = {"image": np.random.default_rng(0).integers(0, 256, (2, 1, 8, COUNT, 4, 4, 1), dtype=np.uint8)}


TOGETHER = many(game(), COUNT)
play = jax.jit(partial(play_rounds, TOGETHER))


@cache
def start():
    return jax.jit(partial(init, TOGETHER))(jax.random.key(0), {"image": DATA["image"][0, 0]})


def seed_of(tree, i):
    return jax.tree.map(lambda x: x[i], tree)


@pytest.fixture(scope="module")
def together():
    return jax.device_get(play(start(), DATA)[0])


def test_every_seed_moves_by_its_own_gradients_alone(together):
    """What the other seeds see changes nothing for a seed."""
    other = DATA["image"].copy()
    other[:, :, :, 1:] = 0
    state = jax.device_get(play(start(), {"image": other})[0])
    for tree in ("params", "stats", "opt", "ema"):
        for ours, theirs in zip(*(jax.tree.leaves(seed_of(getattr(s, tree), 0)) for s in (together, state))):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    moved = [np.abs(x[1] - y[1]).max() for x, y in zip(*(jax.tree.leaves(s.params) for s in (together, state)))]
    assert max(moved) > 1e-4


def test_a_seed_is_the_game_alone(together):
    """A seed's first turn of D, done by hand: same nets, same images, same noise."""
    state, alone = start(), game().players["D"]
    turn_keys = jax.random.split(jax.random.key(5), 8)
    batch = game().prepare({"image": jnp.asarray(DATA["image"][0, 0])}, turn_keys)
    all_of_them = jax.jit(TOGETHER.players["D"].objective)
    _, all_aux = all_of_them(state.params, state.stats, batch, Turn(turn_keys, state.round))
    alone = jax.jit(alone.objective)
    scores = []
    for i in range(COUNT):
        keys = jax.vmap(lambda k, i=i: jax.random.fold_in(k, i))(turn_keys)
        one = jax.tree.map(lambda x, i=i: x[:, i], batch)
        _, aux = alone(seed_of(state.params, i), seed_of(state.stats, i), one, Turn(keys, state.round))
        scores.append(aux.metrics["score_real"])
    np.testing.assert_allclose(all_aux.metrics["score_real"], np.mean(scores), rtol=1e-5)
    assert np.std(scores) > 1e-6


@pytest.mark.parametrize("devices", [pytest.param(2, marks=pytest.mark.slow), 8])
def test_devices_do_not_matter(together, devices):
    mesh, state = data_mesh(jax.devices()[:devices]), jax.tree.map(jnp.copy, start())
    state = jax.device_put(state, state_sharding(TOGETHER, mesh, state))
    state, _ = data_parallel(TOGETHER, mesh)(state, jax.device_put(DATA, batch_sharding(mesh)))
    for ours, theirs in zip(*(jax.tree.leaves(jax.device_get(s.params)) for s in (state, together))):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_what_belongs_to_examples_cannot_be_had_for_many_seeds():
    with pytest.raises(ValueError, match="many seeds"):
        many(game()._replace(per_example=frozenset({"G"})), COUNT)


def test_each_game_is_asked_with_its_number():
    tree = {"w": jnp.arange(3.0)}
    found = each(3, lambda tree, seed: tree["w"] * 10 + seed, tree)
    assert found.tolist() == [0, 11, 22]
    alone = each(1, lambda tree, seed: tree["w"].sum() + seed, tree)
    assert alone.tolist() == [3]
