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


def ended(name, devices):
    """Parameters and metrics after a round."""
    played, mesh = game(name), data_mesh(jax.devices()[:devices])
    state = init(played, jax.random.key(0), {"image": REAL[0, 0]})
    block = {"image": REAL[:, : turns(played)]}
    state = jax.device_put(state, state_sharding(played, mesh, state))
    state, metrics = data_parallel(played, mesh)(state, jax.device_put(block, batch_sharding(mesh)))
    return jax.device_get((state.params, metrics))


# Of scores with a zero, with a penalty, and of pairs; tests/unit/losses has every loss on more devices.
FAST = ("non_saturating", "wgan_gp", "r3gan")


@pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in OBJECTIVES]
)
def test_it_plays_alike_on_one_device_and_on_two(name):
    one, two = (ended(name, devices) for devices in (1, 2))
    chex.assert_tree_all_finite(one)
    chex.assert_trees_all_close(one, two, rtol=1e-4, atol=1e-4)
