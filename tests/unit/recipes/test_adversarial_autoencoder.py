"""Adversarial autoencoders: who owns what, and that codes become the prior's."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import stats

from jaxgen import recipes
from jaxgen.game import Turn, init, play_rounds
from jaxgen.nets import mlp, net

RNG = np.random.default_rng(0)


def _points(batch, keys):
    return batch


def _game(tx, **settings):
    E, G, D = net(mlp.Points(1, (16,))), net(mlp.Points(1, (16,))), net(mlp.Discriminator((32, 32)))
    return recipes.adversarial_autoencoder(
        E, G, D, latent=1, tx=tx, E_tx=tx, D_tx=tx, ema=0, prepare=_points, **settings
    )


def test_the_encoder_has_two_players_and_each_sees_its_own_loss():
    game = _game(optax.sgd(0.1))
    assert {n: p.owns for n, p in game.players.items()} == {"AE": ("E", "G"), "D": ("D",), "E": ("E",)}
    batch = {"image": RNG.normal(size=(8, 1)).astype(np.float32)}

    @jax.jit
    def norms():
        state, turn = init(game, jax.random.key(0), batch), Turn(jax.random.split(jax.random.key(1), 8), jnp.int32(0))

        def reached(player):
            loss = lambda params: player.objective(params, state.stats, batch, turn)[0]  # noqa: E731
            return {name: optax.tree.norm(g) for name, g in jax.grad(loss)(state.params).items()}

        return {name: reached(player) for name, player in game.players.items()}

    reached = {player: {net for net, norm in found.items() if norm > 0} for player, found in norms().items()}
    assert reached["AE"] == {"E", "G"}  # of D, reconstruction knows nothing
    assert reached["E"] == {"E", "D"}  # of the decoder, regularisation knows nothing
    assert reached["D"] == {"E", "D"}


@pytest.mark.slow
def test_codes_become_the_priors_and_still_tell_what_they_are_of():
    points = RNG.normal(3, 2, (4096, 1))
    game = _game(optax.adam(optax.cosine_decay_schedule(3e-3, 1600), b1=0.5))
    batches = jnp.asarray(points, jnp.float32).reshape(16, 1, 256, 1)
    state = init(game, jax.random.key(0), {"image": batches[0, 0]})
    play = jax.jit(lambda s: jax.lax.scan(lambda s, x: play_rounds(game, s, {"image": x[None]}), s, batches))
    for _ in range(100):
        state, metrics = play(state)
    codes, _ = net(mlp.Points(1, (16,))).apply(state.params["E"], {}, jnp.asarray(points, jnp.float32), train=False)
    assert stats.kstest(np.ravel(codes), stats.norm().cdf).statistic < 0.06
    assert float(jnp.mean(metrics["AE/reconstruction"])) < 0.05 * 4  # of the points' variance
