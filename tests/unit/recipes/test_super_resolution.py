"""SRResNet's and SRGAN's losses, by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.game import Net, Turn, init

RNG = np.random.default_rng(0)
SMALL, LARGE = (RNG.uniform(-1, 1, (4, side, side, 1)).astype(np.float32) for side in (2, 4))
PARAMS = {"G": {"w": jnp.float32(0.6)}, "D": {"w": jnp.float32(0.7)}, "V": {"w": jnp.float32(3.0)}}
STATS = {"G": {}, "D": {}, "V": {}}
REPEATED = SMALL.repeat(2, 1).repeat(2, 2)


def repeated(x):
    return jnp.repeat(jnp.repeat(x, 2, 1), 2, 2)


G = Net(lambda key, x: ({"w": jnp.ones(())}, {}), lambda p, s, x, train: (p["w"] * repeated(x), s))
D = Net(lambda key, x: ({"w": jnp.ones(())}, {}), lambda p, s, x, train: (p["w"] * x.sum((1, 2, 3)), s))
V = Net(lambda key, x: ({"w": jnp.full((), 3.0)}, {}), lambda p, s, x, train: (p["w"] * x[:, :2], s))


def played(game, player):
    batch = {"small": jnp.asarray(SMALL), "image": jnp.asarray(LARGE)}
    params = {name: PARAMS[name] for name in ("G", "D", "V")}
    return game.players[player].objective(params, STATS, batch, Turn(jax.random.split(jax.random.key(0), 4), 0))


def test_srresnet_minimises_equation_4():
    loss, aux = played(recipes.super_resolution(G, G_tx=optax.sgd(0.1)), "G")
    each = ((0.6 * REPEATED - LARGE) ** 2).mean((1, 2, 3))
    assert float(loss) == pytest.approx(each.mean(), rel=1e-5)
    assert float(aux.metrics["psnr"]) == pytest.approx(np.mean(10 * np.log10(4 / each)), rel=1e-5)


def test_features_take_the_place_of_images():
    loss, _ = played(recipes.super_resolution(G, G_tx=optax.sgd(0.1), V=V), "G")
    wanted = ((3 * 0.6 * REPEATED[:, :2] - 3 * LARGE[:, :2]) ** 2).mean()
    assert float(loss) == pytest.approx(wanted, rel=1e-5)


def test_srgan_adds_a_little_of_an_adversary():
    game = recipes.super_resolution(G, D, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), adversarial=0.01)
    softplus = lambda s: np.logaddexp(0, s)  # noqa: E731
    real, fake = 0.7 * LARGE.sum((1, 2, 3)), 0.7 * 0.6 * REPEATED.sum((1, 2, 3))
    assert float(played(game, "D")[0]) == pytest.approx(np.mean(softplus(-real) + softplus(fake)), rel=1e-4)
    wanted = ((0.6 * REPEATED - LARGE) ** 2).mean() + 0.01 * softplus(-fake).mean()
    assert float(played(game, "G")[0]) == pytest.approx(wanted, rel=1e-4)


def test_nobody_trains_the_features():
    game = recipes.super_resolution(G, D, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), V=V)
    assert {net for player in game.players.values() for net in player.owns} == {"G", "D"}
    state = init(game, jax.random.key(0), {"small": SMALL, "image": LARGE})
    assert float(state.params["V"]["w"]) == 3
