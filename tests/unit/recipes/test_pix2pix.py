"""pix2pix: both players' losses by hand, and that the published objective's parts reach the right nets."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.game import Net, Turn

RNG = np.random.default_rng(0)
A, B = RNG.uniform(-1, 1, (2, 4, 2, 2, 1)).astype(np.float32)
KEYS = jax.random.split(jax.random.key(0), 4)
PARAMS = {"G": {"w": jnp.float32(0.6)}, "D": {"w": jnp.float32(0.7)}}


def noise(keys):
    return jax.vmap(jax.random.normal)(keys).reshape(-1, 1, 1, 1)


# G adds noise by the turn's keys; D scores every pixel of the pair.
G = Net(lambda key, a, keys: ({"w": jnp.ones(())}, {}), lambda p, s, a, keys, train: (p["w"] * a + noise(keys), s))
D = Net(lambda key, a, b: ({"w": jnp.ones(())}, {}), lambda p, s, a, b, train: ((p["w"] * b - a)[..., 0], s))


def played(player, **settings):
    game = recipes.pix2pix(G, D, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), **settings)
    turn, batch = Turn(KEYS, jnp.int32(0)), {"a": jnp.asarray(A), "b": jnp.asarray(B)}
    return game.players[player].objective(PARAMS, {"G": {}, "D": {}}, batch, turn)


def test_the_losses_are_equation_4():
    fake = 0.6 * A + np.asarray(noise(KEYS))
    softplus = lambda s: np.logaddexp(0, s)  # noqa: E731
    d, aux = played("D")
    assert float(d) == pytest.approx(np.mean(softplus(-(0.7 * B - A)) + softplus(0.7 * fake - A)), rel=1e-5)
    assert float(aux.metrics["accuracy_real"]) == pytest.approx(np.mean(0.7 * B > A))
    g, aux = played("G")
    l1 = np.mean(np.abs(fake - B))
    assert float(aux.metrics["l1"]) == pytest.approx(l1, rel=1e-5)
    assert float(g) == pytest.approx(np.mean(softplus(A - 0.7 * fake)) + 100 * l1, rel=1e-5)
    assert float(played("G", l1=0.0)[0]) == pytest.approx(np.mean(softplus(A - 0.7 * fake)), rel=1e-5)


def test_further_terms_are_gs():
    grey = {"grey": (2.0, lambda cast, batch, fake: jnp.mean(fake, (1, 2, 3)))}
    assert float(played("G", on_G=grey)[0] - played("G")[0]) == pytest.approx(
        2 * np.mean(0.6 * A + np.asarray(noise(KEYS))), rel=1e-3
    )
    assert float(played("D", on_G=grey)[0]) == float(played("D")[0])


def test_without_the_gan_there_is_no_d():
    game = recipes.pix2pix(G, D, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), adversarial=0.0)
    assert game.players.keys() == {"G"}
    batch = {"a": jnp.asarray(A), "b": jnp.asarray(B)}
    assert game.init(jax.random.key(0), batch)[0].keys() == {"G"}
    l1 = np.mean(np.abs(0.6 * A + np.asarray(noise(KEYS)) - B))
    assert float(played("G", adversarial=0.0)[0]) == pytest.approx(100 * l1, rel=1e-5)
    softplus = np.mean(np.logaddexp(0, A - 0.7 * (0.6 * A + np.asarray(noise(KEYS)))))
    assert float(played("G", adversarial=0.5)[0]) == pytest.approx(softplus / 2 + 100 * l1, rel=1e-5)
