"""VAE/GAN: which loss reaches which net, and L_llike against its formula."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.game import Net, Turn
from jaxgen.recipes.adversary import NON_SATURATING

KEYS = jax.random.split(jax.random.key(0), 4)
IMAGES = jnp.asarray(np.random.default_rng(0).normal(size=(4, 2, 2, 1)), jnp.float32)
TURN = Turn(KEYS, jnp.int32(0))
EMPTY = {"E": {}, "G": {}, "D": {}}


def linear(read):
    """A net of one number w by a function of w and its input."""
    return Net(lambda key, x: ({"w": jnp.ones(())}, {}), lambda p, s, x, train: (read(p["w"], x), s))


# The mean of the code is w times the image's mean, and its variance 0: z is its mean.
E = linear(lambda w, x: (w * jnp.mean(x, (1, 2, 3))[:, None], jnp.full((len(x), 1), -1e3)))
G = linear(lambda w, z: w * jnp.ones((1, 2, 2, 1)) * z.reshape(-1, 1, 1, 1))
D = linear(lambda w, x: (w * jnp.sum(x, (1, 2, 3)), 3 * w * x))  # features are 3 w x


def game(**settings):
    tx = optax.sgd(0.1)
    return recipes.vae_gan(E, G, D, latent=1, E_tx=tx, G_tx=tx, D_tx=tx, **settings)


def at(E=0.9, G=2.0, D=0.7):
    return {"E": {"w": jnp.float32(E)}, "G": {"w": jnp.float32(G)}, "D": {"w": jnp.float32(D)}}


def played(player, params, **settings):
    objective = game(**settings).players[player].objective
    return jax.jit(lambda params: objective(params, EMPTY, {"image": IMAGES}, TURN))(params)


def slopes(player, **settings):
    """The gradient of a player's loss by every net, whoever owns it."""
    found = jax.jit(jax.grad(lambda params: played(player, params, **settings)[0]))(at())
    return {name: float(g["w"]) for name, g in found.items()}


def llike(params):
    mean = jnp.mean(IMAGES, (1, 2, 3)).reshape(-1, 1, 1, 1)
    again = params["G"]["w"] * params["E"]["w"] * mean
    return jnp.mean(jnp.sum((3 * params["D"]["w"] * (IMAGES - again)) ** 2, (1, 2, 3))) / 2


def test_l_llike_is_half_the_features_squared_distance():
    for player in "EG":
        _, aux = played(player, at())
        assert float(aux.metrics["features"]) == pytest.approx(float(llike(at())), rel=1e-5)


def test_the_encoder_minimises_its_divergence_and_l_llike_and_nothing_else():
    """The adversarial loss may be anything."""
    wanted = float(jax.grad(llike)(at())["E"]["w"])
    mean = np.asarray(jnp.mean(IMAGES, (1, 2, 3)))
    wanted += 0.9 * np.mean(mean**2)  # KL = (w mean)^2 / 2 and terms of the variance
    for loss in (lambda s: s, lambda s: 100 * s**2):
        other = replace(NON_SATURATING, generator=loss)
        assert slopes("E", adversary=other)["E"] == pytest.approx(wanted, rel=1e-4)


def test_gamma_weighs_l_llike_for_the_decoder_alone():
    by_features = float(jax.grad(llike)(at())["G"]["w"])
    none, some = (slopes("G", gamma=gamma)["G"] for gamma in (0.0, 0.3))
    assert some - none == pytest.approx(0.3 * by_features, rel=1e-4)
    assert none != 0
    assert slopes("E", gamma=0.0) == slopes("E", gamma=0.3)
    assert slopes("D", gamma=0.0) == slopes("D", gamma=0.3)


def test_the_discriminator_does_not_minimise_l_llike():
    """Its loss is cross-entropies of scores, worked from the images that the other nets make."""
    params = at()
    loss, aux = played("D", params)
    watched = {f"{what}_{kind}" for what in ("accuracy", "score") for kind in ("real", "again", "fresh")}
    assert set(aux.metrics) == {"adversarial"} | watched
    z = jnp.mean(IMAGES, (1, 2, 3)) * 0.9
    k_prior = jax.vmap(lambda key: jax.random.split(key)[1])(KEYS)
    fresh = jax.vmap(lambda key: jax.random.normal(key, (1,)))(k_prior)[:, 0]
    score = lambda total: 0.7 * np.asarray(total, float)  # noqa: E731
    softplus = lambda s: np.log1p(np.exp(s))  # noqa: E731
    real = softplus(-score(jnp.sum(IMAGES, (1, 2, 3))))
    fakes = [softplus(score(4 * 2 * code)) for code in (z, fresh)]
    assert float(loss) == pytest.approx(np.mean(real + sum(fakes) / 2), rel=1e-5)


def test_each_player_owns_one_net():
    assert {name: player.owns for name, player in game().players.items()} == {n: (n,) for n in "DEG"}
