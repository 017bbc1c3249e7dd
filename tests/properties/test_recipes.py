"""What holds for every recipe of the table."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from collectives import collectives
from jaxgen.executors import batch_sharding, data_mesh, data_parallel, state_sharding
from jaxgen.game import init
from jaxgen.recipes.objectives import OBJECTIVES
from rows.table import RECIPES, Row, batches, small_mlp


def start(row, devices=1, seed=0):
    """A recipe's first state and its game, on a mesh of some of the fake devices."""
    game, mesh = row.game(), data_mesh(jax.devices()[:devices])
    state = init(game, jax.random.key(seed), jax.tree.map(lambda x: x[0, 0], batches(row)))
    return game, mesh, jax.device_put(state, state_sharding(game, mesh, state))


def play(row, devices=1, executor="shard_map", rounds=3, at_once=1):
    """The state and the metrics after some rounds."""
    game, mesh, state = start(row, devices)
    step = data_parallel(game, mesh, executor=executor)
    data = batches(row, rounds)
    for r in range(0, rounds, at_once):
        block = jax.device_put(jax.tree.map(lambda x, r=r: x[r : r + at_once], data), batch_sharding(mesh))
        state, metrics = step(state, block)
    return jax.device_get(state._replace(key=jax.random.key_data(state.key))), jax.device_get(metrics)


# Rows that ask other things of the engine: more turns, BatchNorm, stats of examples, labels, a schedule, three players.
DIFFERENT = ("gan-minimax", "dcgan", "energy", "semi-supervised", "unrolled", "vae-gan")
different = pytest.mark.parametrize("row", DIFFERENT, indirect=True)


@pytest.fixture(scope="module", params=RECIPES)
def row(request):
    return RECIPES[request.param]


@pytest.fixture(scope="module")
def alone(row):
    """Three rounds on one device."""
    return play(row)


def test_it_is_finite_and_everything_that_is_owned_moves(row, alone):
    game, _, before = start(row)
    after, metrics = alone
    chex.assert_tree_all_finite(metrics)
    chex.assert_tree_all_finite(after.params)
    owned = {net for player in game.players.values() for net in player.owns}
    assert owned == set(before.params)
    for path, leaf in jax.tree_util.tree_leaves_with_path(jax.device_get(before.params)):
        moved = after.params
        for key in path:
            moved = moved[key.key]
        name = "/".join(key.key for key in path)
        assert np.array_equal(leaf, moved) == (name in row.still), f"{name} did not move, or should not have"
    for net in game.ema:
        assert not jax.tree.all(jax.tree.map(np.array_equal, after.ema[net], after.params[net]))


def test_its_metrics_are_those_of_the_table(row, alone):
    assert set(alone[1]) == row.metrics


@pytest.mark.parametrize("devices", [2, 8])
def test_any_number_of_devices_gives_the_same_state(row, alone, devices):
    same(play(row, devices), alone)


@different
def test_pmap_gives_the_same_state(row, alone):
    same(play(row, 8, "pmap"), alone)


def same(found, alone):
    state, metrics = found
    chex.assert_trees_all_close(state, alone[0], rtol=1e-4, atol=1e-4)
    chex.assert_trees_all_close(metrics, alone[1], rtol=1e-3, atol=1e-4)


@different
def test_many_rounds_a_dispatch_are_the_same_rounds(row, alone):
    state, metrics = play(row, at_once=3)
    chex.assert_trees_all_close(state, alone[0], rtol=1e-4, atol=1e-4)
    assert all(len(values) == 3 for values in metrics.values())


def test_it_compiles_once(row):
    game, mesh, state = start(row, devices=2)
    chex.clear_trace_counter()
    counted = row.game()._replace(
        prepare=chex.assert_max_traces(game.prepare, n=sum(p.turns for p in game.players.values()))
    )
    step = data_parallel(counted, mesh)
    for seed in range(3):
        block = jax.device_put(batches(row, seed=seed), batch_sharding(mesh))
        state, _ = step(state, block)
    assert step._cache_size() == 1


def test_a_turn_does_one_gradient_all_reduce(row):
    """In the compiled program, on any backend: nothing else that grows with the parameters crosses devices."""
    game, mesh, state = start(row, devices=8)
    block = jax.device_put(batches(row), batch_sharding(mesh))
    program = data_parallel(game, mesh).lower(state, block).compile().as_text()
    size = {net: sum(x.size for x in jax.tree.leaves(params)) for net, params in state.params.items()}
    owned = [sum(size[net] for net in player.owns) for player in game.players.values()]
    once = {net: player.turns for player in game.players.values() for net in player.owns}
    gradients = sum(size[net] * times for net, times in (once | row.reduced).items())
    sent = collectives(program)
    numbers = [one.numbers for one in sent if one.kind == "all-reduce"]
    assert gradients <= sum(numbers) < gradients + 1000  # statistics and metrics travel with the gradients
    least = min(n for n in owned if n)  # a player that owns statistics alone has no gradients
    if not row.reduced:
        assert sum(n >= least for n in numbers) <= sum(player.turns for player in game.players.values())
    assert all(one.numbers < least for one in sent if one.kind != "all-reduce")  # examples' scores and features


def test_dropout_goes_on_exactly_where_a_state_was_saved():
    row = RECIPES["autoregressive"]
    game, mesh, state = start(row)
    step, data = data_parallel(game, mesh), batches(row, 3)
    blocks = [jax.device_put(jax.tree.map(lambda x, r=r: x[r : r + 1], data), batch_sharding(mesh)) for r in range(3)]
    for block in blocks[:2]:
        state, _ = step(state, block)
    saved = jax.device_get(state._replace(key=jax.random.key_data(state.key)))
    straight, metrics = step(state, blocks[2])
    back = saved._replace(key=jax.random.wrap_key_data(jnp.asarray(saved.key)))
    again, seen = step(jax.device_put(back, state_sharding(game, mesh, back)), blocks[2])
    chex.assert_trees_all_equal(again.params, straight.params)
    chex.assert_trees_all_equal(seen, metrics)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_named_objective_plays(name):
    """One round of each, on one device and on two."""
    losses = OBJECTIVES[name].losses
    row = Row(lambda: small_mlp(tx=optax.sgd(0.01), **{**losses, "D_turns": 1}), (8, 8, 3), set())
    (one, metrics), (two, _) = play(row, rounds=1), play(row, devices=2, rounds=1)
    chex.assert_tree_all_finite((one.params, metrics))
    chex.assert_trees_all_close(one, two, rtol=1e-4, atol=1e-4)
