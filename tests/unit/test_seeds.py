"""Many games at once are the same games, one at a time."""

from functools import cache, partial

import jax
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
    tx = optax.chain(optax.clip_by_global_norm(0.1), optax.sgd(0.5, momentum=0.9))  # its norm must not mix seeds
    G, D = net(mlp.Generator(4, 1, widths=(8, 8))), net(mlp.Discriminator(widths=(8,)))
    return recipes.gan(G, D, latent=3, G_tx=tx, D_tx=tx)


DATA = {"image": np.random.default_rng(0).integers(0, 256, (2, 1, 8, COUNT, 4, 4, 1), dtype=np.uint8)}


TOGETHER = many(game(), COUNT)
play = jax.jit(partial(play_rounds, TOGETHER))


@cache
def start():
    return jax.device_get(jax.jit(partial(init, TOGETHER))(jax.random.key(0), {"image": DATA["image"][0, 0]}))


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
    state, keys = start(), jax.random.split(jax.random.key(5), 8)

    @jax.jit
    def all_of_them(state, keys):
        batch = game().prepare({"image": DATA["image"][0, 0]}, keys)
        _, aux = TOGETHER.players["D"].objective(state.params, state.stats, batch, Turn(keys, state.round))
        return aux.metrics["score_real"], batch

    @jax.jit
    def alone(i, state, batch, keys):
        keys = jax.vmap(lambda key: jax.random.fold_in(key, i))(keys)
        own = seed_of(state.params, i), seed_of(state.stats, i), jax.tree.map(lambda x: x[:, i], batch)
        return game().players["D"].objective(*own, Turn(keys, state.round))[1].metrics["score_real"]

    score, batch = all_of_them(state, keys)
    scores = [float(alone(i, state, batch, keys)) for i in range(COUNT)]
    np.testing.assert_allclose(score, np.mean(scores), rtol=1e-5)
    assert np.std(scores) > 1e-6


@pytest.mark.slow  # the row "densities" is many seeds on four devices
@pytest.mark.parametrize("devices", [2, 8])
def test_devices_do_not_matter(together, devices):
    mesh, state = data_mesh(jax.devices()[:devices]), start()
    state = jax.device_put(state, state_sharding(TOGETHER, mesh, state))
    state, _ = data_parallel(TOGETHER, mesh)(state, jax.device_put(DATA, batch_sharding(mesh)))
    for ours, theirs in zip(*(jax.tree.leaves(jax.device_get(s.params)) for s in (state, together))):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_what_belongs_to_examples_cannot_be_had_for_many_seeds():
    with pytest.raises(ValueError, match="many seeds"):
        many(game()._replace(per_example=frozenset({"G"})), COUNT)


def test_each_game_is_asked_with_its_number():
    tree = {"w": np.arange(3.0)}
    found = each(3, lambda tree, seed: tree["w"] * 10 + seed, tree)
    assert found.tolist() == [0, 11, 22]
    alone = each(1, lambda tree, seed: tree["w"].sum() + seed, tree)
    assert alone.tolist() == [3]
