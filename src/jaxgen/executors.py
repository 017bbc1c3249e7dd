"""A game's rounds compiled for devices: one step, split along the batch, with the state's buffers donated.

mesh = data_mesh()
state = jax.device_put(state, state_sharding(game, mesh, state))
step = data_parallel(game, mesh)
state, metrics = step(state, jax.device_put(batches, batch_sharding(mesh)))
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Literal

import jax
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from jaxgen import parallel
from jaxgen.game import Game, State, Tree, play_on, play_rounds, plays_singly

Executor = Literal["shard_map", "pmap"]


def state_sharding(game: Game, mesh: Mesh, state: State) -> State:
    """Where each array of a state lives on a mesh: replicated, but for what is each example's own."""
    return jax.tree.map(
        lambda spec, tree: jax.tree.map(lambda _: NamedSharding(mesh, spec), tree),
        _specs(game, state),
        state,
        is_leaf=lambda x: isinstance(x, P),
    )


def batch_sharding(mesh: Mesh) -> NamedSharding:
    """Where `batches` [rounds, turns, global batch, ...] live: split along the third axis."""
    return NamedSharding(mesh, P(None, None, parallel.AXIS))


def _specs(game: Game, state: State) -> State:
    """Of whole subtrees."""

    def by_net(nets: Tree) -> Tree:
        return {net: P(parallel.AXIS) if net in game.per_example else P() for net in nets}

    opt = {name: P(parallel.AXIS) if plays_singly(game, name, state.params) else P() for name in state.opt}
    everywhere: Any = P()
    return State(everywhere, everywhere, by_net(state.params), by_net(state.stats), opt, by_net(state.ema))


def data_mesh(devices: list[jax.Device] | None = None) -> Mesh:
    """A mesh of one axis; a process' devices are neighbours, so that its share of a batch is one slice."""
    chosen = sorted(devices or jax.devices(), key=lambda d: (d.process_index, d.id))
    return Mesh(np.array(chosen), (parallel.AXIS,))


def data_parallel(game: Game, mesh: Mesh, *, executor: Executor = "shard_map") -> Callable:
    """Compile `play_rounds` for a mesh: `step(state, batches) -> state, metrics`, with the state's buffers donated.

    The state must lie as `state_sharding` says and the batches as `batch_sharding` says; the result is the same, up to
    rounding, on any number of devices. `executor` chooses `jit(shard_map)` or literal `jax.pmap`.
    """
    if executor == "pmap":
        return _pmapped(game, mesh)

    @partial(jax.jit, donate_argnums=0)
    def step(state: State, batches: Tree):
        specs = _specs(game, state)
        split = jax.shard_map(
            partial(play_rounds, game),
            mesh=mesh,
            in_specs=(specs, P(None, None, parallel.AXIS)),
            out_specs=(specs, P()),
        )
        return split(state, batches)

    return step


def search_parallel(game: Game, mesh: Mesh, *, rounds: int) -> Callable:
    """Compile `play_on` for a mesh, as one program: `search(state, batch) -> state, metrics`, with the state donated.

    The state must lie as `state_sharding` says and the batch, leaves [B, ...], split along its first axis.
    """

    @partial(jax.jit, donate_argnums=0)
    def search(state: State, batch: Tree):
        specs = _specs(game, state)
        split = jax.shard_map(
            partial(play_on, game, rounds=rounds),
            mesh=mesh,
            in_specs=(specs, P(parallel.AXIS)),
            out_specs=(specs, P()),
            check_vma=False,  # optax's line search branches between what varies over devices and what does not
        )
        return split(state, batch)

    return search


def _pmapped(game: Game, mesh: Mesh) -> Callable:
    """The same step through `jax.pmap`, which wants whatever is split to lead with an axis of devices."""
    n = mesh.devices.size

    @cache
    def compiled(tree: Any, axes: tuple) -> Callable:
        def play(leaves, batches):
            state, metrics = play_rounds(game, jax.tree.unflatten(tree, leaves), batches)
            return tuple(jax.tree.leaves(state)), metrics

        return jax.pmap(
            play,
            axis_name=parallel.AXIS,
            in_axes=(axes, 2),
            out_axes=(axes, None),
            devices=list(mesh.devices.flat),
            donate_argnums=0,
        )

    def step(state: State, batches: Tree):
        leaves, tree = jax.tree.flatten(state)
        where = jax.tree.leaves(state_sharding(game, mesh, state))
        axes = tuple(None if sharding.spec == P() else 0 for sharding in where)  # 0: per-example stats
        split = tuple(x if a is None else x.reshape(n, -1, *x.shape[1:]) for x, a in zip(leaves, axes))
        batches = jax.tree.map(lambda x: x.reshape(*x.shape[:2], n, -1, *x.shape[3:]), batches)
        leaves, metrics = compiled(tree, axes)(split, batches)
        leaves = [x if a is None else x.reshape(-1, *x.shape[2:]) for x, a in zip(leaves, axes)]
        if jax.process_count() > 1:  # pmap hands back each process' own view; the rest of the world wants one array
            leaves = [_global(x, sharding) for x, sharding in zip(leaves, where)]
        return jax.tree.unflatten(tree, leaves), metrics

    return step


def _global(x: Array, sharding: NamedSharding) -> Array:
    shards = [shard.data for shard in x.addressable_shards]
    shape = x.shape if sharding.spec == P() else (x.shape[0] * jax.process_count(), *x.shape[1:])
    return jax.make_array_from_single_device_arrays(shape, sharding, shards)
