"""Every system is a game: named nets, and players that own some of them.

A player has one objective and one optimiser, and takes one or more turns a round. All that it does not own is constant
while it plays. A GAN is two players; a VAE one; a search for a latent code is one player that owns `z` against frozen
nets. There is one state, one update and one way to shard, checkpoint, log and resume for all of them.

    state = init(game, key, batch)
    state, metrics = play_round(game, state, batches)     # batches: leaves [turns, batch, ...]

`jaxgen.executors` compiles rounds for any number of devices.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax

from jaxgen import parallel
from jaxgen.branches import sharing

Tree = Any
ByNet = Mapping[str, Tree]


class Net(NamedTuple):
    """A network as two pure functions: the only seam to Flax (`jaxgen.nets.linen`).

    Randomness is an input: a net that draws noise takes per-example keys among its `xs`.
    """

    init: Callable  # key, *xs -> params, stats
    apply: Callable  # params, stats, *xs, train -> out, stats


class Turn(NamedTuple):
    """What an objective is told beside the batch."""

    keys: Array  # [B], one key per example of the batch: see `jaxgen.latents`
    round: Array  # int32 scalar: anneal by it, or gate a lazy penalty (`round % 16 == 0`)


class Aux(NamedTuple):
    """What an objective gives beside the loss."""

    metrics: Mapping[str, Array]  # scalars
    stats: ByNet  # new stats of nets that the player owns


class Objective(Protocol):
    """Mean loss over the local batch: pure, without collectives, optimiser or hidden state."""

    def __call__(self, params: ByNet, stats: ByNet, batch: Tree, turn: Turn) -> tuple[Array, Aux]: ...


class Player(NamedTuple):
    owns: tuple[str, ...]
    objective: Objective
    tx: optax.GradientTransformation
    turns: int = 1  # turns a round: a WGAN's n_critic


def _as_is(batch: Tree, keys: Array) -> Tree:
    return batch


class Game(NamedTuple):
    init: Callable  # key, batch -> params by net, stats by net
    players: Mapping[str, Player]  # in playing order
    ema: Mapping[str, float] = {}  # net -> decay, a round, of the moving average of its parameters
    prepare: Callable = _as_is  # batch, keys -> batch, on the device: uint8 to float, augmentation
    per_example: frozenset[str] = frozenset()  # nets whose parameters and stats are each example's own: [B, ...]


class State(NamedTuple):
    """All of a game's arrays: exactly what a checkpoint holds."""

    round: Array
    key: Array
    params: ByNet
    stats: ByNet
    opt: Mapping[str, Tree]
    ema: ByNet


def total(
    stats: ByNet, watched: Mapping[str, Array] | None = None, **terms: tuple[float | Array, Array]
) -> tuple[Array, Aux]:
    """An objective's last line: `name=(weight, per-example loss [B])`, summed over terms after the mean over examples.

    Every term's mean, unweighted, becomes a metric, and so do the `watched` per-example values, which cost nothing.
    """
    means = {name: jnp.mean(values) for name, (_, values) in terms.items()}
    seen = {name: jnp.mean(values) for name, values in (watched or {}).items()}
    loss = sum((weight * means[name] for name, (weight, _) in terms.items()), jnp.zeros(()))
    return loss, Aux({**means, **seen}, stats)


def init(game: Game, key: Array, batch: Tree) -> State:
    """A game's first state.

    Args:
      game: the game.
      key: a typed key; parameters and all later noise come from it.
      batch: one turn's global batch, as data delivers it. Only its shapes matter, unless a net's init depends on data.

    Raises:
      ValueError: a player or an average names a net that `game.init` does not make, or a player owns parameters of
        single examples beside shared ones.
    """
    k_init, k_prepare, k_play = jax.random.split(key, 3)
    size = len(jax.tree.leaves(batch)[0])
    params, stats = game.init(k_init, game.prepare(batch, parallel.example_keys(k_prepare, size)))
    named = {f"player {n!r}": p.owns for n, p in game.players.items()} | {"ema": tuple(game.ema)}
    for who, nets in named.items():
        if unknown := sorted(set(nets) - set(params)):
            raise ValueError(f"{who} names nets that game.init does not make: {unknown}; it makes {sorted(params)}")
    opt = {}
    for name, player in game.players.items():
        own, singly = _owned(player, params), plays_singly(game, name, params)
        opt[name] = (jax.vmap(player.tx.init) if singly else player.tx.init)(own)
    ema = jax.tree.map(jnp.copy, {net: params[net] for net in game.ema})  # copies: donated buffers must not be shared
    return State(jnp.zeros((), jnp.int32), k_play, params, stats, opt, ema)


def _owned(player: Player, params: ByNet) -> ByNet:
    return {net: params[net] for net in player.owns}


def play_turn(game: Game, name: str, state: State, batch: Tree, keys: Array) -> tuple[State, Mapping[str, Array]]:
    """One gradient step of one player; all that it does not own is constant. Metrics are means over devices."""
    if plays_singly(game, name, state.params):
        return _play_singly(game, name, state, batch, keys)
    player = game.players[name]
    own = _owned(player, state.params)

    def loss_fn(own):
        return player.objective({**state.params, **own}, state.stats, batch, Turn(keys, state.round))

    (loss, aux), grads = jax.value_and_grad(loss_fn, has_aux=True)(parallel.local(own))
    _own_stats(name, player, aux)
    kept = {net: s for net, s in aux.stats.items() if net in game.per_example}
    shared = {net: s for net, s in aux.stats.items() if net not in game.per_example}
    grads, shared, metrics = parallel.mean((grads, shared, {"loss": loss, **aux.metrics}))
    updates, opt = player.tx.update(grads, state.opt[name], own)
    metrics = {**metrics, "grad_norm": optax.tree.norm(grads)}
    state = state._replace(
        params={**state.params, **optax.apply_updates(own, updates)},
        stats={**state.stats, **shared, **kept},
        opt={**state.opt, name: opt},
    )
    return state, {f"{name}/{metric}": value for metric, value in metrics.items()}


def _own_stats(name: str, player: Player, aux: Aux) -> None:
    if stray := sorted(set(aux.stats) - set(player.owns)):
        raise ValueError(f"player {name!r} returned stats of nets that it does not own: {stray}")


def plays_singly(game: Game, name: str, params: ByNet) -> bool:
    """Whether a player's parameters are each example's own: then it plays as many games as there are examples.

    Raises:
      ValueError: some of them are, beside shared ones.
    """
    with_params = {net for net in game.players[name].owns if jax.tree.leaves(params[net])}
    if (single := with_params & game.per_example) and single != with_params:
        raise ValueError(f"player {name!r} owns parameters of single examples, {sorted(single)}, beside shared ones")
    return bool(single)


def _play_singly(game: Game, name: str, state: State, batch: Tree, keys: Array) -> tuple[State, Mapping[str, Array]]:
    """A turn in which every example's nets take a step of their own, by the loss of a batch of this example alone.

    The optimiser has a state for each example and is told its loss (`value`), how to ask for it elsewhere (`value_fn`)
    and a `key`, so that line searches and Markov chains are optimisers too, and no example sees another. `value_fn` has
    gradients in reverse mode alone.
    """
    player = game.players[name]
    tx = optax.with_extra_args_support(player.tx)
    single = {net: state.params[net] for net in game.per_example}, {net: state.stats[net] for net in game.per_example}

    def value(own, mine, shared):
        single, example, key = mine
        params, stats = ({**whole, **_stacked(part)} for whole, part in zip(shared[:2], single))
        told = Turn(key[None], shared[2])
        return player.objective({**params, **_stacked(own)}, stats, _stacked(example), told)

    shared = state.params, state.stats, state.round
    elsewhere = sharing(lambda own, mine, shared: value(own, mine, shared)[0])

    def one(single, opt, example, key):
        own = _owned(player, single[0])
        (loss, aux), grads = jax.value_and_grad(value, has_aux=True)(own, (single, example, key), shared)
        _own_stats(name, player, aux)

        def value_fn(own, key):
            return elsewhere(own, (single, example, key), shared)

        updates, opt = tx.update(grads, opt, own, value=loss, grad=grads, value_fn=value_fn, key=key)
        metrics = {"loss": loss, **aux.metrics, "grad_norm": optax.tree.norm(grads)}
        return optax.apply_updates(own, updates), jax.tree.map(lambda x: x[0], aux.stats), opt, metrics

    own, stats, opt, metrics = jax.vmap(one)(single, state.opt[name], batch, keys)
    metrics = parallel.mean(jax.tree.map(partial(jnp.mean, axis=0), metrics))
    state = state._replace(params={**state.params, **own}, stats={**state.stats, **stats}, opt={**state.opt, name: opt})
    return state, {f"{name}/{metric}": value for metric, value in metrics.items()}


def _stacked(tree: Tree) -> Tree:
    """One example as a batch of one."""
    return jax.tree.map(lambda x: x[None], tree)


def play_round(game: Game, state: State, batches: Tree) -> tuple[State, Mapping[str, Array]]:
    """All players' turns in order, then the moving averages.

    Args:
      game: the game.
      state: the state before the round.
      batches: leaves [turns, B, ...], of NumPy or JAX, B being this device's share and `turns` what `turns(game)`
        says: the t-th turn of every player sees batch t, so that players of one turn each see the same images.

    Returns:
      The state after the round, and scalars: each player's metrics, averaged over its turns.
    """
    key = jax.random.fold_in(state.key, state.round)
    batches = jax.tree.map(jnp.asarray, batches)  # a loop's index takes no element of NumPy's
    size = jax.tree.leaves(batches)[0].shape[1]
    metrics: dict[str, Array] = {}
    for number, (name, player) in enumerate(game.players.items()):

        def turn(state, t, number=number, name=name):
            k_play, k_prepare = (jax.random.fold_in(jax.random.fold_in(key, n), t) for n in (number + 1, 0))
            batch = jax.tree.map(lambda x: x[t], batches)
            batch = game.prepare(batch, parallel.example_keys(k_prepare, size))
            return play_turn(game, name, state, batch, parallel.example_keys(k_play, size))

        state, seen = repeat(turn, state, jnp.arange(player.turns))
        metrics |= jax.tree.map(partial(jnp.mean, axis=0), seen)
    return state._replace(ema=_averages(game, state), round=state.round + 1), metrics


def _averages(game: Game, state: State) -> ByNet:
    """Moving averages after a round. Early on they forget faster than their decay says, (1 + r) / (10 + r) in round r
    (TensorFlow's ExponentialMovingAverage with num_updates), so that the first random parameters do not linger."""
    r = state.round.astype(jnp.float32)

    def averaged(net: str) -> Tree:
        decay = jnp.minimum(game.ema[net], (1 + r) / (10 + r))
        return optax.incremental_update(state.params[net], state.ema[net], 1 - decay)

    return {net: averaged(net) for net in state.ema}


def play_rounds(game: Game, state: State, batches: Tree) -> tuple[State, Mapping[str, Array]]:
    """As many rounds as `batches` [rounds, turns, B, ...] holds, in one dispatch. Metrics: leaves [rounds]."""
    return repeat(partial(play_round, game), state, batches)


def play_on(game: Game, state: State, batch: Tree, rounds: int) -> tuple[State, Mapping[str, Array]]:
    """`rounds` rounds on one and the same batch, in one loop: leaves [B, ...]. Metrics: leaves [rounds].

    For searches against frozen nets. It is a loop on CPU too: see `repeat` for what that is not fit for.
    """
    batches = jax.tree.map(lambda x: jnp.broadcast_to(x, (turns(game), *x.shape)), batch)
    return lax.scan(lambda state, _: play_round(game, state, batches), state, None, length=rounds)


def repeat(step: Callable, state: State, xs: Tree) -> tuple[State, Tree]:
    """`lax.scan`, written out on CPU: inside a loop, even one of a single turn, XLA's CPU backend runs the gradients of
    convolutions 20 to 150 times slower (a DCGAN round took 1,577 ms instead of 52)."""
    length = len(jax.tree.leaves(xs)[0])
    if length > 1 and jax.default_backend() != "cpu":
        return lax.scan(step, state, xs)
    seen = []
    for i in range(length):
        state, out = step(state, jax.tree.map(lambda x, i=i: x[i], xs))
        seen.append(out)
    return state, jax.tree.map(lambda *values: jnp.stack(values), *seen)


def turns(game: Game) -> int:
    """Batches that a round needs: the most turns that any player takes."""
    return max(player.turns for player in game.players.values())
