"""AttGAN: both players' losses by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.game import Net, Turn

RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(4, 1, 1, 2)).astype(np.float32), RNG.normal(size=(2, 3)).astype(np.float32)
A = np.float32([[1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 1, 0]])
PARAMS = {"G": {"w": np.float32(0.6)}, "D": {"w": W, "v": np.float32([0.3, -0.8])}}


def drawn(w, x, a):
    return w * x + a[:, None, None, :2] + a[:, None, None, 1:]


def generate(p, s, x, *attributes, train):
    made = tuple(drawn(p["w"], x, a) for a in attributes)
    return (made if len(made) > 1 else made[0]), s


G = Net(lambda key, x, a: ({"w": jnp.ones(())}, {}), generate)
D = Net(
    lambda key, x: ({"w": jnp.ones((2, 3)), "v": jnp.ones(2)}, {}),
    lambda p, s, x, train: ((x[:, 0, 0] @ p["v"], x[:, 0, 0] @ p["w"]), s),
)


def played(player, **settings):
    game = recipes.attgan(G, D, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), **settings)
    turn = Turn(jax.random.split(jax.random.key(0), 4), jnp.int32(0))
    batch = {"image": jnp.asarray(X), "attributes": jnp.asarray(A)}
    loss, aux = game.players[player].objective(PARAMS, {"G": {}, "D": {}}, batch, turn)
    return float(loss), aux.metrics


def softplus(s):
    return np.logaddexp(0, s)


def entropy(x, a):
    """Of a Bernoulli's logits, as its negative log-likelihood."""
    p = 1 / (1 + np.exp(-(x[:, 0, 0] @ W).astype(np.float64)))
    return -np.mean(a * np.log(p) + (1 - a) * np.log(1 - p))


OTHER = A[[3, 0, 1, 2]]  # the example before
FAKE, AGAIN = drawn(0.6, X, 2 * OTHER - 1), drawn(0.6, X, 2 * A - 1)


def test_ds_part_is_equation_11():
    loss, metrics = played("D", classify_D=2.0)
    v = PARAMS["D"]["v"]
    gan = np.mean(softplus(-X[:, 0, 0] @ v) + softplus(FAKE[:, 0, 0] @ v))
    assert loss == pytest.approx(gan + 2 * entropy(X, A), rel=1e-5)
    assert float(metrics["right"]) == pytest.approx(np.mean((X[:, 0, 0] @ W > 0) == (A == 1)))


def test_gs_part_is_equation_10():
    loss, metrics = played("G")
    gan = np.mean(softplus(-FAKE[:, 0, 0] @ PARAMS["D"]["v"]))
    l1 = np.mean(np.abs(AGAIN - X))
    assert loss == pytest.approx(gan + 10 * entropy(FAKE, OTHER) + 100 * l1, rel=1e-5)
    assert float(metrics["reconstruction"]) == pytest.approx(l1, rel=1e-5)
    assert float(metrics["right"]) == pytest.approx(np.mean((FAKE[:, 0, 0] @ W > 0) == (OTHER == 1)))
