"""What holds for every row of the table. Each is compiled twice: for one device, by its script's run where it is the
first of its script, and for four."""

from functools import partial
from typing import Any, NamedTuple

import chex
import jax
import numpy as np
import pytest

from collectives import collectives
from jaxgen.data import Stream
from jaxgen.executors import batch_sharding, data_mesh, data_parallel, state_sharding
from jaxgen.game import Game, State, init, turns
from jaxgen.run.log import read_metrics
from jaxgen.store.digest import flatten, unflatten
from rows import EACH, FIRST, GAMES, ROWS, Row, params
from running import BATCH, arrays

# Other numbers of devices, pmap, many rounds a dispatch: one whose D takes more turns; `make test-all`: all rows.
one = pytest.mark.parametrize("played", params(GAMES, fast=["gan, minimax"]), indirect=True)


class Played(NamedTuple):
    """Two rounds of a row's game on one device."""

    row: Row
    game: Game
    blocks: list[Any]  # the data of each: leaves [1, turns, batch, ...]
    like: State  # shapes
    first: dict[str, np.ndarray]  # the state before, by its arrays' paths
    last: dict[str, np.ndarray]  # and after
    metrics: dict[str, float]  # of the second


@pytest.fixture(scope="module", params=params(GAMES))
def played(request, whole):
    row, ran = ROWS[request.param], request.param in EACH
    game, source = row.built()
    stream, n, begun = Stream(source, batch=BATCH, seed=0), turns(game), 2 if ran else 0
    start = partial(init, game, jax.random.key(0))
    blocks = [jax.tree.map(lambda x: x.reshape(1, n, *x.shape[1:]), stream.block(r * n, n)) for r in (begun, begun + 1)]
    like = jax.eval_shape(start, stream.whole(0))
    if not ran:
        first = jax.device_get(flatten(jax.jit(start)(stream.whole(0))))
        alone = Played(row, game, blocks, like, first, {}, {})
        last, metrics = play(alone, 1)
        return alone._replace(last=last, metrics=metrics)
    run = whole(request.param)
    line = read_metrics(run / "metrics.jsonl")[-1]
    metrics = {name: value for name, value in line.items() if name.split("/")[0] in game.players}
    return Played(row, game, blocks, like, arrays(run, 2), arrays(run, 4), metrics)


def placed(played, mesh):
    """The state before, on the devices of a mesh."""
    state = unflatten(played.first, played.like)
    return jax.device_put(state, state_sharding(played.game, mesh, state))


def play(played, devices, executor="shard_map", step=None, at_once=1):
    """The state and the metrics after the same rounds, on any devices and however compiled."""
    mesh = data_mesh(jax.devices()[:devices])
    step, state = step or data_parallel(played.game, mesh, executor=executor), placed(played, mesh)
    blocks = played.blocks if at_once == 1 else [jax.tree.map(lambda *xs: np.concatenate(xs), *played.blocks)]
    for block in blocks:
        state, metrics = step(state, jax.device_put(block, batch_sharding(mesh)))
    assert {len(values) for values in metrics.values()} == {at_once}
    return jax.device_get(flatten(state)), {name: float(values[-1]) for name, values in metrics.items()}


def owned(played, state):
    """A state's parameters by their paths from their nets, and their averages."""
    return [
        {n.partition("/")[2]: x for n, x in state.items() if n.startswith(f"{part}/")} for part in ("params", "ema")
    ]


def same(found, played):
    """Whether a state and its metrics are those of one device, but for parameters that move by rounding noise."""
    (state, metrics), noise = found, {f"{part}/{n}" for part in ("params", "ema", "stats") for n in played.row.still}
    assert set(state) == set(played.last)
    far = {n for n in state if not np.allclose(state[n], played.last[n], rtol=1e-4, atol=1e-4)} - noise
    assert not far, " ".join(sorted(far))
    assert metrics == pytest.approx(played.metrics, rel=1e-3, abs=1e-4)


def test_it_is_finite_and_everything_that_is_owned_moves(played):
    (before, _), (after, average) = owned(played, played.first), owned(played, played.last)
    chex.assert_tree_all_finite((after, played.metrics))
    mine = {net for player in played.game.players.values() for net in player.owns}
    assert mine | set(played.row.frozen) == set(played.like.params)
    assert mine.isdisjoint(played.row.frozen)
    unmoved = {name for name in before if np.array_equal(before[name], after[name])}
    frozen = {name for name in before if name.split("/")[0] in played.row.frozen}
    assert frozen <= unmoved <= frozen | set(played.row.still), " ".join(sorted(unmoved))
    assert all(np.abs(after[n] - before[n]).max() < 0.01 for n in played.row.still if n in after)
    for net in played.game.ema:
        mine = [n for n in average if n.startswith(f"{net}/")]
        assert not all(np.array_equal(average[n], after[n]) for n in mine)


def test_its_metrics_are_those_of_the_table(played):
    assert set(played.metrics) == played.row.metrics


@pytest.mark.parametrize("played", params([name for name in EACH if name in GAMES], fast=FIRST), indirect=True)
def test_in_bfloat16_all_that_is_kept_is_float32(played):
    """Traced only. Some scripts play in bfloat16: tests/runs/test_experiments.py."""
    game, _ = played.row.built("--precision", "bfloat16")
    mesh = data_mesh(jax.devices()[:1])
    state = placed(played, mesh)
    traced = data_parallel(game, mesh).trace(state, jax.device_put(played.blocks[0], batch_sharding(mesh)))
    after, metrics = jax.tree.map(lambda x: (x.shape, x.dtype), traced.out_info)
    assert after == jax.tree.map(lambda x: (x.shape, x.dtype), state)
    assert {dtype for _, dtype in metrics.values()} == {np.dtype("float32")}
    assert "bf16" in str(traced.jaxpr)


def test_four_devices_are_one_in_one_program_with_one_all_reduce_a_turn(played):
    """The same state and metrics; traced once, and what comes out goes in again; and on any backend nothing that grows
    with the parameters crosses devices but each turn's gradients."""
    game, mesh, traced = played.game, data_mesh(jax.devices()[:4]), []

    def prepare(batch, keys):
        traced.append(batch)
        return game.prepare(batch, keys)

    step = data_parallel(game._replace(prepare=prepare), mesh)
    state, block = placed(played, mesh), jax.device_put(played.blocks[0], batch_sharding(mesh))
    program, types = step.lower(state, block).compile(), jax.tree.map(jax.typeof, state)
    assert len(traced) <= sum(player.turns for player in game.players.values())
    state, _ = program(state, block)
    assert jax.tree.map(jax.typeof, state) == types  # so that `step` need not compile again
    same(play(played, 4, step=program), played)
    gradients_alone_are_sent(played, program.as_text())


def gradients_alone_are_sent(played, program):
    players = played.game.players.values()
    size = {net: sum(x.size for x in jax.tree.leaves(params)) for net, params in played.like.params.items()}
    mine = [sum(size[net] for net in player.owns) for player in players]
    once = {net: player.turns for player in players for net in player.owns}
    gradients = sum(size[net] * times for net, times in (once | dict(played.row.reduced)).items())
    sent = collectives(program)
    summed = [one.numbers for one in sent if one.kind == "all-reduce"]
    least = min(n for n in mine if n)  # a player that owns statistics alone has no gradients
    # Statistics and metrics travel with the gradients, and are fewer than another player's gradient would be.
    assert gradients <= sum(summed) < gradients + max(1000, least)
    if not played.row.reduced:
        assert sum(n >= least for n in summed) <= sum(player.turns for player in players)
    assert all(one.numbers < least for one in sent if one.kind != "all-reduce")  # examples' scores and features


@one
@pytest.mark.parametrize("devices", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_any_number_of_devices_gives_the_same_state(played, devices):
    same(play(played, devices), played)


@one
def test_pmap_gives_the_same_state(played):
    same(play(played, 8, "pmap"), played)


@one
def test_many_rounds_a_dispatch_are_the_same_rounds(played):
    same(play(played, 1, at_once=2), played)


@pytest.mark.parametrize("played", ["dropping"], indirect=True)
def test_dropout_goes_on_exactly_where_a_state_was_saved(played):
    state, metrics = play(played, 1)
    chex.assert_trees_all_equal(state, played.last)
    assert metrics == played.metrics
