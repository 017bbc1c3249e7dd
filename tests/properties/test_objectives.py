"""What holds for every named objective, with the smallest nets."""

import chex
import jax
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.executors import batch_sharding, data_mesh, data_parallel, state_sharding
from jaxgen.game import init, turns
from jaxgen.nets import mlp, net
from jaxgen.recipes.objectives import OBJECTIVES
from weights import weights

REAL = np.random.default_rng(0).normal(size=(1, 2, 8, 2)).astype(np.float32)


def as_it_is(batch, keys):
    return batch


def game(name):
    G, D, sgd = net(mlp.Points(2, (4,))), net(mlp.Discriminator((4,))), optax.sgd(0.01)
    of_g, of_d = weights(G.init, np.zeros((1, 3)))[0], weights(D.init, REAL[0, 0])[0]
    played = recipes.gan(G, D, OBJECTIVES[name].adversary, latent=3, G_tx=sgd, D_tx=sgd, ema=0.0, prepare=as_it_is)
    return played._replace(init=lambda key, batch: ({"G": of_g, "D": of_d}, {"G": {}, "D": {}}))


@pytest.fixture(scope="module")
def ended():
    """Parameters and metrics after a round, by name, on one device and on two: all in one program each."""
    games = {name: game(name) for name in OBJECTIVES}
    block, found = {"image": REAL[:, : turns(games["lsgan"])]}, []
    for devices in (1, 2):
        mesh = data_mesh(jax.devices()[:devices])
        steps = {name: data_parallel(game, mesh) for name, game in games.items()}
        states = {name: init(game, jax.random.key(0), {"image": REAL[0, 0]}) for name, game in games.items()}
        lying = {name: state_sharding(game, mesh, states[name]) for name, game in games.items()}
        all_of_them = jax.jit(lambda states, block, steps=steps: {n: steps[n](s, block) for n, s in states.items()})
        after = all_of_them(jax.device_put(states, lying), jax.device_put(block, batch_sharding(mesh)))
        found.append({name: jax.device_get((state.params, metrics)) for name, (state, metrics) in after.items()})
    return found


@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_plays_alike_on_one_device_and_on_two(name, ended):
    one, two = (found[name] for found in ended)
    chex.assert_tree_all_finite(one)
    chex.assert_trees_all_close(one, two, rtol=1e-4, atol=1e-4)
