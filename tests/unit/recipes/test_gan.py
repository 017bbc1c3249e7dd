"""The GAN beside a loop that is written out by hand; conditions, further terms and mismatched pairs."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen as nn

from jaxgen import latents, recipes
from jaxgen.errors import InputError
from jaxgen.game import Turn, init, play_round
from jaxgen.losses import wasserstein
from jaxgen.nets import net
from jaxgen.penalties import gradient
from jaxgen.recipes.objectives import OBJECTIVES, Adversarial

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (2, 6, 4, 4, 1), dtype=np.uint8)  # two turns of D
LABELS = np.array([[0, 1, 1, 2, 0, 0], [2, 2, 1, 0, 1, 2]], np.int32)


class Drawing(nn.Module):
    @nn.compact
    def __call__(self, z, label=None, *, train):
        z = z if label is None else jnp.concatenate([z, jax.nn.one_hot(label, 3)], -1)
        return jnp.tanh(nn.Dense(16)(nn.BatchNorm(not train)(nn.Dense(8)(z)))).reshape(-1, 4, 4, 1)


class Scoring(nn.Module):
    @nn.compact
    def __call__(self, x, label=None, *, train):
        x = x.reshape(len(x), -1)
        x = x if label is None else jnp.concatenate([x, jax.nn.one_hot(label, 3)], -1)
        return nn.Dense(1)(nn.BatchNorm(not train)(nn.leaky_relu(nn.Dense(8)(x), 0.2)))[:, 0]


G, D = net(Drawing()), net(Scoring())


def by_hand(state, images):
    """One round of WGAN-GP with two turns of D, with nothing of the engine's but its keys."""
    g, d, sg, sd = state.params["G"], state.params["D"], state.stats["G"], state.stats["D"]
    tx, weight = optax.sgd(0.1), 10.0
    key = jax.random.fold_in(state.key, 0)
    keys = lambda player, t: jax.vmap(  # noqa: E731
        lambda i: jax.random.fold_in(jax.random.fold_in(jax.random.fold_in(key, player), t), i)
    )(jnp.arange(6))
    for t in range(2):
        real, k = images[t].astype(np.float32) / 127.5 - 1, keys(1, t)
        fake, _ = G.apply(g, sg, latents.normal(k, 3), train=True)

        def loss(d, real=real, fake=fake, k=k, sd=sd):
            of_real, s = D.apply(d, sd, real, train=True)
            of_fake, s = D.apply(d, s, fake, train=True)
            k = jax.vmap(lambda key: jax.random.fold_in(key, 1))(k)
            slopes = gradient(lambda x: D.apply(d, s, x, train=False)[0], real, fake, k)
            return jnp.mean(of_fake - of_real) + weight * jnp.mean(slopes), s

        slope, sd = jax.grad(loss, has_aux=True)(d)
        d = optax.apply_updates(d, tx.update(slope, tx.init(d))[0])

    def loss_g(g):
        fake, s = G.apply(g, sg, latents.normal(keys(2, 0), 3), train=True)
        return -jnp.mean(D.apply(d, sd, fake, train=True)[0]), s

    slope, sg = jax.grad(loss_g, has_aux=True)(g)
    g = optax.apply_updates(g, tx.update(slope, tx.init(g))[0])
    return {"G": g, "D": d}, {"G": sg, "D": sd}


def test_a_round_is_the_loop_that_one_would_write():
    adversary = recipes.Adversary(
        wasserstein.critic, wasserstein.generator, penalties={"gradient": (10.0, gradient)}, zero=None
    )
    game = recipes.gan(G, D, adversary, latent=3, G_tx=optax.sgd(0.1), D_tx=optax.sgd(0.1), D_turns=2)
    begin = jax.jit(lambda key: init(game, key, {"image": jnp.asarray(IMAGES[0])}))
    state = begin(jax.random.key(0))
    after, metrics = jax.jit(lambda state: play_round(game, state, {"image": IMAGES}))(state)
    params, stats = jax.jit(lambda state: by_hand(state, IMAGES))(state)
    for ours, theirs in ((after.params, params), (after.stats, stats)):
        jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6), ours, theirs)
    k_g, k_d = jax.random.split(jax.random.split(jax.random.key(0), 3)[0])
    first = jax.jit(lambda: (G.init(k_g, jnp.zeros((6, 3)))[0], D.init(k_d, jnp.zeros((6, 4, 4, 1)))[0]))()
    jax.tree.map(np.testing.assert_array_equal, (state.params["G"], state.params["D"]), first)
    assert "D/accuracy_real" not in metrics


def told(batch):
    return (batch["label"],)


def objective(game, player):
    """Of a state and a batch."""
    turn = Turn(jax.random.split(jax.random.key(1), 6), jnp.int32(0))
    return jax.jit(lambda state, batch: game.players[player].objective(state.params, state.stats, batch, turn))


def test_conditions_reach_both_nets_and_further_terms_both_players():
    batch = {"image": jnp.asarray(IMAGES[0], jnp.float32) / 127.5 - 1, "label": jnp.asarray(LABELS[0])}
    sgd = optax.sgd(0.1)
    ours = lambda cast, batch, fake: jnp.mean(fake, (1, 2, 3))  # noqa: E731
    game = recipes.gan(
        G, D, latent=3, G_tx=sgd, D_tx=sgd, given=told, on_G={"grey": (2.0, ours)}, on_D={"dark": (3.0, ours)}
    )
    state = jax.jit(lambda: init(game, jax.random.key(0), batch))()
    other = batch | {"label": jnp.zeros(6, jnp.int32)}
    for player, name, weight in (("G", "grey", 2), ("D", "dark", 3)):
        played = objective(game, player)
        loss, aux = played(state, batch)
        rest = float(aux.metrics["adversarial"]) + weight * float(aux.metrics[name])
        assert float(loss) == pytest.approx(rest, rel=1e-5)
        assert float(played(state, other)[0]) != pytest.approx(float(loss), rel=1e-4)


def test_mismatched_pairs_are_those_of_the_example_before_and_equal_ones_count_nothing():
    batch = {"image": jnp.asarray(IMAGES[0], jnp.float32) / 127.5 - 1, "label": jnp.asarray(LABELS[0])}
    adversary, sgd = OBJECTIVES["non_saturating"].adversary, optax.sgd(0.1)
    wrong = {"mismatched": (1.0, recipes.mismatched(adversary, told))}
    game = recipes.gan(G, D, latent=3, G_tx=sgd, D_tx=sgd, given=told, on_D=wrong)
    state = jax.jit(lambda: init(game, jax.random.key(0), batch))()
    _, aux = objective(game, "D")(state, batch)
    scores = lambda label: np.asarray(  # noqa: E731
        D.apply(state.params["D"], state.stats["D"], batch["image"], label, train=True)[0], np.float64
    )
    before = np.roll(LABELS[0], 1)
    each = np.logaddexp(0, -scores(LABELS[0])) + np.logaddexp(0, scores(before))
    assert float(aux.metrics["mismatched"]) == pytest.approx((each * (LABELS[0] != before)).mean(), rel=1e-4)
    assert (LABELS[0] == before).sum() == 3


def test_settings_choose_an_adversary_and_its_steps():
    assert Adversarial("wgan_gp").steps["D_turns"] == 5
    assert Adversarial("wgan_gp", d_turns=2).steps["D_turns"] == 2
    assert Adversarial("r3gan", penalty=0.5).adversary.penalties["r2"][0] == 0.5
    assert Adversarial("lsgan").adversary is OBJECTIVES["lsgan"].adversary
    game = recipes.gan(G, D, latent=3, **Adversarial().steps)
    assert Adversarial().played(game) is game
    ahead = Adversarial(unroll=2).played(game)
    assert ahead.players["D"] == game.players["D"]
    assert ahead.players["G"] != game.players["G"]
    for wrong, said in (
        ({"penalty": 1.0}, "--penalty is for objectives that have one, and non_saturating has none"),
        ({"d_turns": 0}, "--d-turns is 0; it must be at least 1"),
        ({"ema": 1.0}, "--ema is 1.0; it must be below 1"),
        ({"lr_d": -1.0}, "--lr-d is -1.0; it must be at least 0"),
    ):
        for ask in ("adversary", "steps"):
            with pytest.raises(InputError, match=said):
                getattr(Adversarial(**wrong), ask)
