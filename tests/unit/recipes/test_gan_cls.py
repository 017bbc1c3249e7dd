"""GAN-CLS and GAN-INT, an encoder beside them that nobody owns, and StackGAN's second stage: by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen import latents, recipes
from jaxgen.executors import data_mesh
from jaxgen.game import Net, Turn, init, play_round
from jaxgen.parallel import AXIS

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 2, 2, 1), dtype=np.uint8)
REAL = IMAGES.astype(np.float32) / 127.5 - 1
E = np.float32([[1, 2], [3, 1], [3, 1], [0, 1]])  # the third's sentence is that of the one before it
BEFORE = E[[3, 0, 1, 2]]
KEYS = jax.random.split(jax.random.key(0), 4)
TX = {"G_tx": optax.sgd(0.1), "D_tx": optax.sgd(0.1), "latent": 3}
ONE = lambda key, *xs: ({"w": jnp.float32(0.5)}, {})  # noqa: E731
PARAMS = {"G": {"w": jnp.float32(0.6)}, "D": {"w": jnp.float32(0.7)}, "T": {"w": jnp.float32(2)}}


def grey(values):
    return jnp.broadcast_to(values[:, None, None, None], (len(values), 2, 2, 1))


def g(w, z, e):
    return grey(w * z.sum(1) + e[:, 0])


def d(w, x, e):
    return w * x.sum((1, 2, 3)) + x[:, 0, 0, 0] * e[:, 1]


G = Net(ONE, lambda p, s, z, e, train: (g(p["w"], z, e), s))
D = Net(ONE, lambda p, s, x, e, train: (d(p["w"], x, e), s))
T = Net(ONE, lambda p, s, tokens, train: (p["w"] * tokens.astype(jnp.float32), s))


def softplus(s):
    return np.logaddexp(0, s)


def played(game, player, **batch):
    turn, stats = Turn(KEYS, jnp.int32(0)), {name: {} for name in PARAMS}
    return game.players[player].objective(PARAMS, stats, {"image": jnp.asarray(REAL), **batch}, turn)


def test_d_sees_three_kinds_of_pairs():
    loss, aux = played(recipes.gan_cls(G, D, **TX, wrong=0.5), "D", embedding=E)
    fake = g(0.6, latents.normal(KEYS, 3), E)
    right, wrong, of_fake = d(0.7, REAL, E), d(0.7, REAL, BEFORE), d(0.7, fake, E)
    third = np.where([True, True, False, True], softplus(-right) + softplus(wrong), 0)
    assert float(aux.metrics["mismatched"]) == pytest.approx(third.mean(), rel=1e-5)
    expected = np.mean(softplus(-right) + softplus(of_fake) + 0.5 * third)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_wrong_sentences_may_be_like_the_own_ones():
    """For every other example the nearest that differs: (1, 2)'s is (0, 1), and that of (3, 1) is (1, 2)."""
    found = jax.jit(recipes.near)(jnp.asarray(E))
    np.testing.assert_array_equal(found, [E[3], BEFORE[1], E[0], BEFORE[3]])
    split = jax.shard_map(recipes.near, mesh=data_mesh(jax.devices()[:4]), in_specs=P(AXIS), out_specs=P(AXIS))
    np.testing.assert_array_equal(jax.jit(split)(jnp.asarray(E)), found)
    loss, _ = played(recipes.gan_cls(G, D, **TX, another=recipes.near), "D", embedding=E)
    plain, _ = played(recipes.gan_cls(G, D, **TX, wrong=0.0), "D", embedding=E)
    third = softplus(-d(0.7, REAL, E)) + softplus(d(0.7, REAL, np.asarray(found)))
    third = np.where((np.asarray(found) != E).any(1), third, 0)
    assert float(loss - plain) == pytest.approx(third.mean(), rel=1e-4)


def test_without_wrong_pairs_it_is_the_conditional_gan():
    told = {"given": lambda batch: (batch["embedding"],)}
    ours = played(recipes.gan_cls(G, D, **TX, wrong=0.0), "D", embedding=E)
    theirs = played(recipes.gan(G, D, **TX, **told), "D", embedding=E)
    assert float(ours[0]) == float(theirs[0])


def test_g_also_draws_what_lies_between_two_sentences():
    k_z, k_between = latents.split(KEYS)
    middle = (E + BEFORE) / 2
    fooled = [softplus(-d(0.7, g(0.6, latents.normal(k, 3), e), e)).mean() for k, e in ((k_z, E), (k_between, middle))]
    loss, aux = played(recipes.gan_cls(G, D, **TX, between=0.5), "G", embedding=E)
    assert float(aux.metrics["between"]) == pytest.approx(fooled[1], rel=1e-5)
    assert float(loss) == pytest.approx(fooled[0] + 0.5 * fooled[1], rel=1e-5)


def test_what_g_draws_by_stays_near_the_prior():
    told = Net(ONE, lambda p, s, z, e, train: ((g(p["w"], z, e), e, 0 * e), s))
    loss, aux = played(recipes.gan_cls(told, D, **TX, divergence=0.1), "G", embedding=E)
    assert float(aux.metrics["divergence"]) == pytest.approx(np.sum(E**2, 1).mean() / 2, rel=1e-5)
    plain, _ = played(recipes.gan_cls(G, D, **TX), "G", embedding=E)
    assert float(loss - plain) == pytest.approx(0.1 * float(aux.metrics["divergence"]), rel=1e-4)


def test_an_encoder_that_nobody_owns_tells_sentences():
    game = recipes.of_sentences(recipes.gan_cls(G, D, **TX), T)
    tokens = jnp.asarray(E / 2, jnp.float32)
    for player in ("D", "G"):
        ours = played(game, player, caption=tokens)
        theirs = played(recipes.gan_cls(G, D, **TX), player, embedding=E)
        assert float(ours[0]) == pytest.approx(float(theirs[0]), rel=1e-6)
        assert set(ours[1].stats) == {player}
    batch = {"image": IMAGES, "caption": np.asarray(tokens)}
    state = jax.jit(lambda key: init(game, key, batch))(jax.random.key(0))
    after, _ = jax.jit(lambda state: play_round(game, state, jax.tree.map(lambda x: x[None], batch)))(state)
    assert set(state.params) == {"T", "G", "D"}
    assert float(after.params["T"]["w"]) == 0.5
    assert float(after.params["G"]["w"]) != 0.5
    assert recipes.of_sentences(game, None) is game


def test_a_second_stage_draws_after_the_first_and_d_sees_the_large_image_alone():
    """G doubles the first one's images and adds its noise."""
    second = Net(ONE, lambda p, s, z, e, small, train: (p["w"] * small + grey(z.sum(1)), s))
    first = Net(ONE, lambda p, s, z, e, train: (g(p["w"], z, e), s))
    game = recipes.stackgan(first, second, D, first=5, **TX)
    params = {**PARAMS, "G1": {"w": jnp.float32(0.3)}}
    turn = Turn(KEYS, jnp.int32(0))
    loss, aux = game.players["G"].objective(
        params, {name: {} for name in params}, {"image": REAL, "embedding": E}, turn
    )
    small = g(0.3, latents.normal(jax.vmap(lambda k: jax.random.fold_in(k, 3))(KEYS), 5), E)
    fake = 0.6 * small + grey(latents.normal(latents.split(KEYS)[0], 3).sum(1))
    assert float(loss) == pytest.approx(softplus(-d(0.7, fake, E)).mean(), rel=1e-5)
    assert set(aux.stats) == {"G"}


def test_an_encoder_of_styles_finds_z():
    S = Net(ONE, lambda p, s, x, train: (p["w"] * x[:, 0, 0, :1] * jnp.ones((1, 3)), s))
    game = recipes.style(S, G, latent=3, tx=optax.sgd(0.1), ema=0)
    params, z = {**PARAMS, "S": {"w": jnp.float32(0.2)}}, latents.normal(KEYS, 3)
    turn, stats = Turn(KEYS, jnp.int32(0)), {name: {} for name in params}
    loss, aux = game.players["S"].objective(params, stats, {"image": REAL, "embedding": E}, turn)
    seen = 0.2 * g(0.6, z, E)[:, 0, 0] * jnp.ones((1, 3))
    assert float(loss) == pytest.approx(float(np.mean(np.square(np.asarray(z - seen)))), rel=1e-5)
    assert set(aux.stats) == {"S"}
