"""Other ways to play a game than one gradient step in turn: each function makes a game of a game.

    game = schedules.unrolled(recipes.gan(G, D, ...), steps=5, tx=optax.sgd(1e-2))

Alternating turns need none of these: a player's `turns` is the paper's k, two optimisers are two time scales, and
`late` lets D warm up before the game.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax

from jaxgen import parallel
from jaxgen.game import Aux, ByNet, Game, Player, Turn, repeat

ALL = "all"  # the name of the player that `simultaneous`, `consensus` and `extragradient` make


def late(tx: optax.GradientTransformation, turns: int) -> optax.GradientTransformation:
    """An optimiser that does nothing in its player's first `turns` turns: give it to G, and D warms up before the game.

    Its state, Adam's count included, starts when it does. What G's objective says of statistics (BatchNorm) is kept.
    """
    return optax.conditionally_mask(tx, lambda step: step >= turns)


def unrolled(
    game: Game, *, steps: int, tx: optax.GradientTransformation, player: str = "G", opponent: str = "D"
) -> Game:
    """The player's loss becomes what it is after the opponent has answered with `steps` gradient steps.

    Metz et al. 2017 (arXiv:1611.02163), eqs. 7 to 11: gradients flow through the opponent's steps, which are then
    thrown away; the opponent's own turn is as before. As in the authors' code all steps see this turn's images and
    noise. The opponent's optimiser starts anew each time, where the code goes on from Adam's moments: an objective sees
    no optimiser's state. Take plain gradient descent: a fresh Adam's first step is the gradient's sign, which says
    nothing of how it would change, and its root has no derivative where a gradient is zero (without `eps_root`).

    Args:
      game: with both players.
      steps: of the opponent that are looked ahead; 0 is the game as it was.
      tx: the optimiser of these steps.
      player: whose loss is unrolled.
      opponent: whose steps are.

    Returns:
      The game. Every step adds the opponent's gradient, and its gradient, to what crosses devices.
    """
    answering = game.players[opponent]

    def objective(params: ByNet, stats: ByNet, batch: Any, turn: Turn) -> tuple[Array, Aux]:
        def step(state, _):
            theirs, changed, opt = state

            def loss(theirs):
                return answering.objective({**params, **theirs}, {**stats, **changed}, batch, turn)

            grads, aux = jax.grad(loss, has_aux=True)(parallel.local(theirs))
            shared = {net: s for net, s in aux.stats.items() if net not in game.per_example}
            grads, shared = parallel.mean((grads, shared))
            updates, opt = tx.update(grads, opt, theirs)
            return (optax.apply_updates(theirs, updates), {**changed, **aux.stats, **shared}, opt), None

        theirs = {net: params[net] for net in answering.owns}
        start = (theirs, {net: stats[net] for net in answering.owns}, tx.init(theirs))
        (theirs, changed, _), _ = repeat(step, start, jnp.arange(steps)) if steps else (start, None)
        return game.players[player].objective({**params, **theirs}, {**stats, **changed}, batch, turn)

    unrolling = game.players[player]._replace(objective=objective)
    return game._replace(players={**game.players, player: unrolling})


def simultaneous(game: Game, tx: optax.GradientTransformation) -> Game:
    """All players step at once, each by its own loss: one player that owns every net.

    Mescheder et al. 2017 (arXiv:1705.10461), section 2.2. Use `optax.partition` for step sizes that differ by net.
    """
    return _together(game, _at_once(game), tx)


def consensus(game: Game, tx: optax.GradientTransformation, *, weight: float) -> Game:
    """Simultaneous steps that also descend the length of all players' joint gradient v: loss + weight * |v|^2 / 2.

    Mescheder et al. 2017, eq. 12 and algorithm 2; the paper's weight is 10, with RMSprop at 1e-4. The length is that of
    the batch's mean gradient, which overestimates the true one's by its variance, as in the paper's code.
    """
    play = _at_once(game)

    def objective(params, stats, batch, turn):
        loss, aux = play(params, stats, batch, turn)
        v = _field(game, params, stats, batch, turn)
        square = sum((jnp.sum(g * g) for g in jax.tree.leaves(v)), jnp.zeros(()))
        return loss + weight * square / 2, aux._replace(metrics={**aux.metrics, "consensus": square / 2})

    return _together(game, objective, tx)


def extragradient(game: Game, tx: optax.GradientTransformation, *, lr: float) -> Game:
    """Simultaneous steps by the gradient at the place that a plain step of size `lr` would lead to.

    Korpelevich 1976; Gidel et al. 2019 (arXiv:1802.10551), algorithm 3 with both gradients from the same batch and
    noise (Mishchenko et al. 2020, arXiv:1905.11373, show why). ExtraAdam extrapolates with Adam's step instead; the
    cheaper extrapolation from the past, with one gradient a round, is `optax.optimistic_adam_v2`.
    """
    play = _at_once(game)

    def objective(params, stats, batch, turn):
        v = _field(game, params, stats, batch, turn)
        ahead = {net: jax.tree.map(lambda p, g: p - lr * lax.stop_gradient(g), params[net], v[net]) for net in v}
        return play({**params, **ahead}, stats, batch, turn)

    return _together(game, objective, tx)


def _at_once(game: Game):
    """The sum of all players' losses, each constant in the nets that its player does not own."""
    if several := {name: p.turns for name, p in game.players.items() if p.turns != 1}:
        raise ValueError(f"players that step at once take one turn a round each, and these take more: {several}")

    def objective(params: ByNet, stats: ByNet, batch: Any, turn: Turn) -> tuple[Array, Aux]:
        loss = jnp.zeros(())
        metrics: dict[str, Array] = {}
        new: dict[str, Any] = {}
        for name, player in game.players.items():
            seen = {net: p if net in player.owns else lax.stop_gradient(p) for net, p in params.items()}
            value, aux = player.objective(seen, stats, batch, turn)
            loss += value
            metrics |= {f"{name}_{metric}": x for metric, x in {"loss": value, **aux.metrics}.items()}
            new |= aux.stats
        return loss, Aux(metrics, new)

    return objective


def _field(game: Game, params: ByNet, stats: ByNet, batch: Any, turn: Turn) -> ByNet:
    """v: the gradient, over the global batch, of every player's loss by its own nets. It can be differentiated by all
    of `params`, which the gradient of `_at_once` cannot: what is constant there has no second derivative."""
    v: dict[str, Any] = {}
    for player in game.players.values():

        def loss(own, player=player):
            return player.objective({**params, **own}, stats, batch, turn)[0]

        v |= jax.grad(loss)({net: params[net] for net in player.owns})
    return parallel.mean(v)


def _together(game: Game, objective, tx: optax.GradientTransformation) -> Game:
    owns = tuple(net for player in game.players.values() for net in player.owns)
    players: Mapping[str, Player] = {ALL: Player(owns, objective, tx)}
    return game._replace(players=players)
