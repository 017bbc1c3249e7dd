"""What holds for every row of the table. Each is compiled twice: for one device, and for four."""

from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collectives import collectives
from jaxgen.data import Stream
from jaxgen.executors import batch_sharding, data_mesh, data_parallel, state_sharding
from jaxgen.game import Game, State, init, turns
from places import ALL
from rows import ROWS, Row, params
from rows.row import built
from running import BATCH

ROUNDS = 3
# Rows that ask other things of the engine: more turns, BatchNorm, stats of examples, labels, a schedule, three players.
DIFFERENT = ("gan, minimax", "dcgan", "energy", "semi_supervised", "gan, unrolled", "vae_gan")
different = pytest.mark.parametrize("played", ROWS if ALL else DIFFERENT, indirect=True)


class Played(NamedTuple):
    """A row's game, played on one device."""

    row: Row
    game: Game
    blocks: list[Any]  # of data: leaves [1, turns, batch, ...]
    first: State
    last: State
    metrics: dict[str, np.ndarray]


@pytest.fixture(scope="module", params=params(ROWS))
def played(request, images, tmp_path_factory):
    return play_alone(request.param, images, tmp_path_factory.mktemp("row"))


def play_alone(name, images, folder):
    row = ROWS[name]
    game, source = built(row, images, folder / "run")
    stream, n = Stream(source, batch=BATCH, seed=0), turns(game)
    blocks = [jax.tree.map(lambda x: x.reshape(1, n, *x.shape[1:]), stream.block(r * n, n)) for r in range(ROUNDS)]
    mesh = data_mesh(jax.devices()[:1])
    like = jax.eval_shape(lambda batch: init(game, jax.random.key(0), batch), stream.whole(0))
    begin = jax.jit(lambda batch: init(game, jax.random.key(0), batch), out_shardings=state_sharding(game, mesh, like))
    first = begin(stream.whole(0))
    kept = numbers(first)
    last, metrics = play(game, data_parallel(game, mesh), mesh, first, blocks)
    return Played(row, game, blocks, kept, last, metrics)


def numbers(state: State) -> State:
    return jax.device_get(state._replace(key=jax.random.key_data(state.key)))


def placed(game: Game, mesh: Any, state: State) -> State:
    """A state of numbers on the devices of a mesh."""
    state = state._replace(key=jax.random.wrap_key_data(jnp.asarray(state.key)))
    return jax.device_put(state, state_sharding(game, mesh, state))


def play(game, step, mesh, state, blocks):
    """The state and the last metrics after some blocks."""
    for block in blocks:
        state, metrics = step(state, jax.device_put(block, batch_sharding(mesh)))
    return numbers(state), jax.device_get(metrics)


def again(played, devices, executor="shard_map", blocks=None):
    """The same rounds on other devices, or otherwise compiled."""
    mesh = data_mesh(jax.devices()[:devices])
    step = data_parallel(played.game, mesh, executor=executor)
    return play(played.game, step, mesh, placed(played.game, mesh, played.first), blocks or played.blocks)


def named(tree):
    """Leaves by their paths, such as "D/Dense_0/bias"."""
    return {"/".join(key.key for key in path): leaf for path, leaf in jax.tree.leaves_with_path(tree)}


def same(found, played):
    """Whether a state and its metrics are those of one device, but for parameters that move by rounding noise."""
    state, metrics = found
    for ours, theirs in ((state.params, played.last.params), (state.ema, played.last.ema)):
        ours, theirs = named(ours), named(theirs)
        assert set(ours) == set(theirs)
        far = [name for name in ours if not np.allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-4)]
        assert [name for name in far if name not in played.row.still] == []
    rest = (each._replace(params={}, ema={}) for each in (state, played.last))
    chex.assert_trees_all_close(*rest, rtol=1e-4, atol=1e-4)
    chex.assert_trees_all_close(metrics, played.metrics, rtol=1e-3, atol=1e-4)


def test_it_is_finite_and_everything_that_is_owned_moves(played):
    game, before, after = played.game, named(played.first.params), named(played.last.params)
    chex.assert_tree_all_finite(played.metrics)
    chex.assert_tree_all_finite(after)
    assert {net for player in game.players.values() for net in player.owns} == set(played.first.params)
    unmoved = {name for name in before if np.array_equal(before[name], after[name])}
    assert unmoved <= set(played.row.still)
    assert [n for n in played.row.still if np.abs(after[n] - before[n]).max() > 0.01] == []
    for net in game.ema:
        assert not jax.tree.all(jax.tree.map(np.array_equal, played.last.ema[net], played.last.params[net]))


def test_its_metrics_are_those_of_the_table(played):
    assert set(played.metrics) == played.row.metrics


def test_in_bfloat16_all_that_is_kept_is_float32(played, images, tmp_path):
    """Traced only. One script of each family plays in bfloat16: tests/runs/test_experiments.py."""
    if played.row.game:
        pytest.skip("no script's")
    game, _ = built(played.row, images, tmp_path / "run", "--precision", "bfloat16")
    mesh = data_mesh(jax.devices()[:1])
    state = placed(game, mesh, played.first)
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
    state, block = placed(game, mesh, played.first), jax.device_put(played.blocks[0], batch_sharding(mesh))
    program, types = step.lower(state, block).compile(), jax.tree.map(jax.typeof, state)
    assert len(traced) <= sum(player.turns for player in game.players.values())
    state, _ = program(state, block)
    assert jax.tree.map(jax.typeof, state) == types  # so that `step` need not compile again
    same(play(game, program, mesh, state, played.blocks[1:]), played)
    gradients_alone_are_sent(played, program.as_text())


def gradients_alone_are_sent(played, program):
    players = played.game.players.values()
    size = {net: sum(x.size for x in jax.tree.leaves(params)) for net, params in played.first.params.items()}
    owned = [sum(size[net] for net in player.owns) for player in players]
    once = {net: player.turns for player in players for net in player.owns}
    gradients = sum(size[net] * times for net, times in (once | dict(played.row.reduced)).items())
    sent = collectives(program)
    summed = [one.numbers for one in sent if one.kind == "all-reduce"]
    least = min(n for n in owned if n)  # a player that owns statistics alone has no gradients
    # Statistics and metrics travel with the gradients, and are fewer than another player's gradient would be.
    assert gradients <= sum(summed) < gradients + max(1000, least)
    if not played.row.reduced:
        assert sum(n >= least for n in summed) <= sum(player.turns for player in players)
    assert all(one.numbers < least for one in sent if one.kind != "all-reduce")  # examples' scores and features


@different
@pytest.mark.parametrize("devices", [2, 8])
def test_any_number_of_devices_gives_the_same_state(played, devices):
    same(again(played, devices), played)


@different
def test_pmap_gives_the_same_state(played):
    same(again(played, 8, "pmap"), played)


@different
def test_many_rounds_a_dispatch_are_the_same_rounds(played):
    block = jax.tree.map(lambda *xs: np.concatenate(xs), *played.blocks)
    state, metrics = again(played, 1, blocks=[block])
    assert {len(values) for values in metrics.values()} == {ROUNDS}
    same((state, {name: values[-1:] for name, values in metrics.items()}), played)


def test_dropout_goes_on_exactly_where_a_state_was_saved(images, tmp_path):
    played = play_alone("pixelcnn, dropout", images, tmp_path)
    mesh = data_mesh(jax.devices()[:1])
    step = data_parallel(played.game, mesh)
    saved, _ = play(played.game, step, mesh, placed(played.game, mesh, played.first), played.blocks[:2])
    state, metrics = play(played.game, step, mesh, placed(played.game, mesh, saved), played.blocks[2:])
    chex.assert_trees_all_equal(state.params, played.last.params)
    chex.assert_trees_all_equal(metrics, played.metrics)
