"""AC-GAN and InfoGAN: both players' losses by hand, of nets of two numbers."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import latents, recipes
from jaxgen.game import Net, Turn
from jaxgen.recipes.objectives import OBJECTIVES

RNG = np.random.default_rng(0)
REAL = RNG.uniform(-1, 1, (4, 2, 2, 1)).astype(np.float32)
LABELS = np.array([0, 2, 1, 2])
KEYS = jax.random.split(jax.random.key(0), 4)
BATCH = {"image": jnp.asarray(REAL), "label": jnp.asarray(LABELS)}
PARAMS = {"G": {"w": jnp.float32(0.6)}, "D": {"w": jnp.float32(0.7)}}
SGD = {"G_tx": optax.sgd(0.1), "D_tx": optax.sgd(0.1), "ema": 0}
# G's image is z's mean, moved by the class; D's score is the image's mean, and its logits are multiples of it.
G = Net(
    lambda key, z, k: ({"w": jnp.ones(())}, {}),
    lambda p, s, z, k, train: (p["w"] * jnp.broadcast_to((z.mean(-1) + k)[:, None, None, None], (len(z), 2, 2, 1)), s),
)
TIMES = np.float32([[-1, 0.5, 2]])


def says(beside):
    def apply(p, s, x, train):
        seen = p["w"] * x.mean((1, 2, 3))
        return (seen, beside(seen)), s

    return Net(lambda key, x: ({"w": jnp.ones(())}, {}), apply)


def softplus(x):
    return np.logaddexp(0, x)


def cross_entropy(logits, labels):
    return np.log(np.exp(logits).sum(-1)) - logits[np.arange(len(labels)), labels]


def loss(game, player):
    turn = Turn(KEYS, jnp.int32(0))
    value, aux = game.players[player].objective(PARAMS, {"G": {}, "D": {}}, game.prepare(BATCH, KEYS), turn)
    return float(value), {name: float(x) for name, x in aux.metrics.items()}


def test_acgan_is_equations_2_and_3():
    game = recipes.acgan(G, says(lambda seen: seen[:, None] * TIMES), latent=3, weight=0.5, **SGD)
    fake = 0.7 * 0.6 * (np.asarray(latents.normal(KEYS, 3)).mean(-1) + LABELS)
    real = 0.7 * REAL.mean((1, 2, 3))
    of_fake, of_real = (cross_entropy(x[:, None] * TIMES, LABELS).mean() for x in (fake, real))
    d, seen = loss(game, "D")
    assert d == pytest.approx((softplus(-real) + softplus(fake)).mean() + 0.5 * (of_fake + of_real), rel=1e-5)
    assert (seen["class_real"], seen["class_fake"]) == pytest.approx((of_real, of_fake), rel=1e-5)
    g, seen = loss(game, "G")
    assert g == pytest.approx(softplus(-fake).mean() + 0.5 * of_fake, rel=1e-5)


def test_a_relative_adversary_and_a_penalty_leave_the_fakes_classes_to_be_heard():
    D = says(lambda seen: seen[:, None] * TIMES)
    plain = loss(recipes.acgan(G, D, latent=3, **SGD), "D")[1]
    paired = OBJECTIVES["r3gan"].adversary
    game = recipes.acgan(G, D, paired, latent=3, **SGD)
    for player, names in (("D", ("class_real", "class_fake")), ("G", ("class",))):
        found = loss(game, player)[1]
        for name in names:
            assert found[name] == pytest.approx(plain["class_fake" if name == "class" else name], rel=1e-5)


def test_infogan_is_equation_5():
    D = says(lambda seen: (seen[:, None] * TIMES, jnp.stack([seen, 2 * seen], -1)))
    game = recipes.infogan(G, D, latent=4, codes=3, continuous=2, weight=2.0, continuous_weight=0.25, **SGD)
    g, seen = loss(game, "G")
    of_d = loss(game, "D")[1]
    z = np.asarray(latents.uniform(KEYS, 4))
    # Which classes were drawn is seen by the images that G makes of them: one of 3 ** 4 draws fits the loss.
    fits = []
    for draw in np.ndindex(3, 3, 3, 3):
        codes = np.array(draw)
        fake = 0.7 * 0.6 * (z.mean(-1) + codes)
        gauss = ((z[:, :2] - np.stack([fake, 2 * fake], -1)) ** 2 / 2 + math.log(2 * math.pi) / 2).sum(-1).mean()
        classes = cross_entropy(fake[:, None] * TIMES, codes).mean()
        if abs(gauss - seen["continuous"]) < 1e-5 and abs(classes - seen["code"]) < 1e-5:
            fits.append(softplus(-fake).mean() + 2.0 * classes + 0.25 * gauss)
    assert len(fits) == 1
    assert g == pytest.approx(fits[0], rel=1e-5)
    assert of_d["code_fake"] == pytest.approx(seen["code"], rel=1e-5)
    assert "code_real" not in of_d


def test_infogans_classes_are_as_likely_and_each_examples_own():
    heard = {}

    def listening(p, s, z, code, train):
        heard["codes"] = code
        return jnp.zeros((len(z), 2, 2, 1)), s

    D = says(lambda seen: (seen[:, None] * TIMES, seen[:, None] * TIMES[:, :2]))
    game = recipes.infogan(Net(G.init, listening), D, latent=4, codes=3, continuous=2, **SGD)

    def codes(keys):
        batch = {"image": jnp.zeros((len(keys), 2, 2, 1))}
        game.players["G"].objective(PARAMS, {"G": {}, "D": {}}, batch, Turn(keys, jnp.int32(0)))
        return heard["codes"]

    keys = jax.random.split(jax.random.key(1), 3000)
    found = np.asarray(jax.jit(codes)(keys))
    np.testing.assert_allclose(np.bincount(found, minlength=3) / 3000, 1 / 3, atol=0.03)
    np.testing.assert_array_equal(np.asarray(jax.jit(codes)(keys[5:8])), found[5:8])
