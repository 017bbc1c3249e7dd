"""Segmentation with an adversary: both players' losses by hand, and that void pixels count for nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import recipes
from jaxgen.game import Net, Turn
from jaxgen.recipes.translation.segmentation import encoded

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3, 3, 2)).astype(np.float32)
MASK = RNG.integers(0, 3, (4, 3, 3)).astype(np.int32)
PARAMS = {"S": {"w": RNG.normal(size=(2, 3)).astype(np.float32)}, "D": {"w": np.float32(0.7)}}
S = Net(lambda key, x: ({"w": jnp.ones((2, 3))}, {}), lambda p, s, x, train: (x @ p["w"], s))
D = Net(
    lambda key, *xs: ({"w": jnp.ones(())}, {}),
    lambda p, s, *xs, train: (p["w"] * jnp.concatenate(xs, -1) @ jnp.arange(1.0, 1 + sum(x.shape[-1] for x in xs)), s),
)
KEYS = jax.random.split(jax.random.key(0), 4)


def played(player, mask=MASK, **settings):
    game = recipes.segmentation(S, D, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), **settings)
    turn, batch = Turn(KEYS, jnp.int32(0)), {"image": jnp.asarray(X), "mask": jnp.asarray(mask)}
    loss, aux = game.players[player].objective(PARAMS, {"S": {}, "D": {}}, batch, turn)
    return float(loss), {name: float(value) for name, value in aux.metrics.items()}


def by_hand(void=None):
    """Cross-entropy of each example; D's scores of true maps and of probabilities."""
    logits = (X @ PARAMS["S"]["w"]).astype(np.float64)
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    known = void != MASK
    entropy = np.array([-np.log(p[n][known[n], MASK[n][known[n]]]).mean() for n in range(4)])
    score = lambda maps: 0.7 * np.concatenate([X, maps * known[..., None]], -1) @ np.arange(1.0, 6)  # noqa: E731
    return entropy.mean(), score(np.eye(3)[MASK]), score(p), np.mean([
        (logits[n].argmax(-1) == MASK[n])[known[n]].mean() for n in range(4)])  # fmt: skip


def softplus(s):
    return np.logaddexp(0, s)


@pytest.mark.parametrize("void", [None, 2])
def test_the_losses_are_equation_1(void):
    entropy, real, fake, right = by_hand(void)
    assert played("D", void=void)[0] == pytest.approx(np.mean(softplus(-real) + softplus(fake)), rel=1e-5)
    loss, metrics = played("S", void=void, weight=0.5)
    assert metrics["cross_entropy"] == pytest.approx(entropy, rel=1e-5)
    assert metrics["accuracy"] == pytest.approx(right)
    assert loss == pytest.approx(entropy + 0.5 * np.mean(softplus(-fake)), rel=1e-5)


def test_alone_there_is_no_d():
    game = recipes.segmentation(S, D, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), weight=0)
    assert game.players.keys() == {"S"}
    assert played("S", weight=0)[0] == pytest.approx(by_hand()[0], rel=1e-5)


def test_a_product_cuts_the_image_out_by_each_class():
    (product,) = encoded(jnp.asarray(X), jnp.asarray(np.eye(3, dtype=np.float32)[MASK]), "product")
    assert product.shape == (4, 3, 3, 6)
    for k in range(3):
        np.testing.assert_array_equal(product[..., 2 * k : 2 * k + 2], np.where((k == MASK)[..., None], X, 0))
