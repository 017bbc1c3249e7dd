"""Many independent games as one: a `vmap` over the game, for statistics over seeds from one program and one folder."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen.game import Aux, ByNet, Game, Player, Turn


def many(game: Game, count: int) -> Game:
    """`count` games that differ in parameters, noise and data, played in one program.

    All of the state's nets and optimisers get a leading axis [count]; nothing flows between the games. It is a game
    like any other, so sharding, checkpoints and logs follow. What it saves is what one game leaves idle: on two CPU
    cores ten seeds of small dense nets are 1.5 times faster than one after another (docs/objectives.md), and
    convolutions with kernels of their own for each seed do not gain.

    Args:
      game: the game; none of its nets may be in `per_example`.
      count: how many.

    Returns:
      The game. Its batches' leaves are [B, count, ...], data of every seed's own. Metrics are means over the seeds, but
      for losses and gradients, which are sums and the length of all, as the engine takes them.
    """
    if game.per_example:
        raise ValueError(f"stats of single examples cannot be had for many seeds: {sorted(game.per_example)}")

    def first(key: Array, batch: Any) -> tuple[ByNet, ByNet]:
        return jax.vmap(game.init, in_axes=(0, 1))(jax.random.split(key, count), batch)

    return game._replace(init=first, players={name: _player(p, count) for name, p in game.players.items()})


def each(count: int, one: Callable[[Any, Array], Any], tree: Any) -> Any:
    """What `one` gives of every seed's part of a tree and its number, leaves [count, ...].

    Args:
      count: how many games; of one, the tree has no axis for them.
      one: pure.
      tree: of `many` games' state: leaves [count, ...].
    """
    if count == 1:
        return jax.tree.map(lambda x: x[None], one(tree, jnp.zeros((), jnp.int32)))
    return jax.vmap(one)(tree, jnp.arange(count))


def _player(player: Player, count: int) -> Player:
    def objective(params: ByNet, stats: ByNet, batch: Any, turn: Turn) -> tuple[Array, Aux]:
        def one(params, stats, batch, seed):
            keys = jax.vmap(partial(jax.random.fold_in, data=seed))(turn.keys)
            return player.objective(params, stats, batch, Turn(keys, turn.round))

        losses, aux = jax.vmap(one, in_axes=(0, 0, 1, 0))(params, stats, batch, jnp.arange(count))
        return jnp.sum(losses), Aux({name: jnp.mean(values) for name, values in aux.metrics.items()}, aux.stats)

    tx = optax.GradientTransformation(jax.vmap(player.tx.init), jax.vmap(player.tx.update))
    return player._replace(objective=objective, tx=tx)
