"""Games whose batches hold what a frozen net makes of them: vectors of sentences, images of an earlier stage."""

from collections.abc import Callable
from typing import Any

import jax
from jax import Array

from jaxgen.game import Game, Net, Player


def informed(game: Game, name: str, net: Net, field: str, given: Callable[[Any, Array], tuple]) -> Game:
    """A game with one more net, which no player owns, and one more field in its batches.

        game = informed(recipes.gan(...), "T", T, "embedding", lambda batch, keys: (batch["caption"],))

    The net plays by its running statistics. Of several, the outermost gives its field first. It begins with random
    weights: `--begin-with` gives it those of a run that trained it.

    Args:
      game: any, that finds the field in its batches.
      name: the net's.
      net: what is `given` -> the field [B, ...].
      field: its name.
      given: batch, keys [B] -> what the net is given.
    """

    def more(params: Any, stats: Any, batch: Any, keys: Array) -> Any:
        found, _ = net.apply(params, stats, *given(batch, keys), train=False)
        return {**batch, field: found}

    def init(key: Array, batch: Any) -> tuple[Any, Any]:
        k_own, k_keys, k_game = jax.random.split(key, 3)
        keys = jax.random.split(k_keys, len(jax.tree.leaves(batch)[0]))
        own, own_stats = net.init(k_own, *given(batch, keys))
        params, stats = game.init(k_game, more(own, own_stats, batch, keys))
        return {name: own, **params}, {name: own_stats, **stats}

    def told(player: Player) -> Player:
        def objective(params, stats, batch, turn):
            return player.objective(params, stats, more(params[name], stats[name], batch, turn.keys), turn)

        return player._replace(objective=objective)

    return game._replace(init=init, players={called: told(player) for called, player in game.players.items()})


def of_sentences(game: Game, T: Net | None) -> Game:
    """A game whose batches have "embedding" [B, n]: their own, or what the net T makes of "caption" [B, L]."""
    return informed(game, "T", T, "embedding", lambda batch, keys: (batch["caption"],)) if T else game
