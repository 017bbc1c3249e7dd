"""The engine's promises, on games small enough to work out by hand."""

from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import PartitionSpec as P

from jaxgen import latents, parallel
from jaxgen.executors import batch_sharding, data_mesh, data_parallel, search_parallel, state_sharding
from jaxgen.game import Aux, Game, Player, init, play_on, play_round, play_rounds, total, turns

pytestmark = pytest.mark.lowest

LR = 0.1
ONES = np.ones(8, np.float32)


def one_round(game: Game):
    """`play_round` as one program."""
    return jax.jit(partial(play_round, game))


def duel(a_turns=1, b_turns=1, ema=None) -> Game:
    """a is pulled to the batch's mean, b to a; both nets are one number, and `stats` count the turns."""

    def pull(name, target):
        def objective(params, stats, batch, turn):
            goal = target(params, batch)
            loss = 0.5 * (params[name]["w"] - goal) ** 2 + jnp.zeros(len(batch["x"]))
            return total({name: {"turns": stats[name]["turns"] + 1}}, pull=(1.0, loss))

        return objective

    def first(key, batch):
        nets = ("a", "b", "bystander")
        return {n: {"w": jnp.zeros(())} for n in nets}, {n: {"turns": jnp.zeros(())} for n in nets}

    players = {
        "A": Player(("a",), pull("a", lambda p, batch: batch["x"]), optax.sgd(LR), a_turns),
        "B": Player(("b",), pull("b", lambda p, batch: p["a"]["w"]), optax.sgd(LR), b_turns),
    }
    return Game(first, players, ema=ema or {})


def data(rounds=1, turns=1, size=8):
    return {"x": np.random.default_rng(0).normal(size=(rounds, turns, size)).astype(np.float32)}


def test_players_move_in_order_and_only_what_they_own():
    game = duel()
    state = init(game, jax.random.key(0), {"x": ONES})
    after, _ = one_round(game)(state, {"x": np.full((1, 8), 2, np.float32)})
    assert float(after.params["a"]["w"]) == pytest.approx(LR * 2.0)
    assert float(after.params["b"]["w"]) == pytest.approx(LR * LR * 2.0)  # b sees the new a
    chex.assert_trees_all_equal(after.params["bystander"], state.params["bystander"])
    assert int(after.round) == 1


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
def test_turns_are_taken_as_often_as_said_each_with_its_own_batch(backend, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: backend)  # written out, or a loop
    game = duel(a_turns=3)
    assert turns(game) == 3
    state = init(game, jax.random.key(0), {"x": ONES})
    after, metrics = one_round(game)(state, {"x": np.float32([[1] * 8, [2] * 8, [4] * 8])})
    w = 0.0
    for goal in (1.0, 2.0, 4.0):
        w += LR * (goal - w)
    assert float(after.params["a"]["w"]) == pytest.approx(w)
    assert float(after.stats["a"]["turns"]) == 3
    assert float(after.stats["b"]["turns"]) == 1
    assert metrics["A/loss"].shape == ()


def test_the_average_follows_its_formula():
    decay = 0.5
    game = duel(ema={"a": decay})
    state = init(game, jax.random.key(0), {"x": ONES})
    after, _ = jax.jit(partial(play_rounds, game))(state, data(rounds=6))
    w, mean = 0.0, 0.0
    for r, x in enumerate(data(rounds=6)["x"]):
        w += LR * (float(x.mean()) - w)
        d = min(decay, (1 + r) / (10 + r))
        mean = d * mean + (1 - d) * w
    assert float(after.ema["a"]["w"]) == pytest.approx(mean, rel=1e-5)
    assert set(after.ema) == {"a"}


def placed(game, mesh, state, batches):
    return jax.device_put(state, state_sharding(game, mesh, state)), jax.device_put(batches, batch_sharding(mesh))


@pytest.mark.parametrize("executor", ["shard_map", "pmap"])
def test_gradients_are_means_over_devices_and_not_sums(executor, monkeypatch):
    """Without `parallel.local` they come out n times too large under shard_map, with no error."""
    game, mesh = duel(), data_mesh()
    state = init(game, jax.random.key(0), {"x": ONES})
    want = LR * float(data()["x"].mean())
    after, _ = data_parallel(game, mesh, executor=executor)(*placed(game, mesh, state, data()))
    assert float(after.params["a"]["w"]) == pytest.approx(want, rel=1e-5)
    if executor == "shard_map":
        monkeypatch.setattr(parallel, "local", lambda tree: tree)
        wrong, _ = data_parallel(game, mesh)(*placed(game, mesh, init(game, jax.random.key(0), {"x": ONES}), data()))
        assert float(wrong.params["a"]["w"]) == pytest.approx(8 * want, rel=1e-5)


def test_the_state_is_donated():
    game, mesh = duel(), data_mesh()
    state, batches = placed(game, mesh, init(game, jax.random.key(0), {"x": ONES}), data())
    data_parallel(game, mesh)(state, batches)
    assert state.params["a"]["w"].is_deleted()


def test_noise_differs_by_player_turn_round_and_example_and_not_by_devices():
    """Every key is used once; the keys of the global batch are the same however it is split."""

    def record(params, stats, batch, turn):
        keys = jax.random.key_data(turn.keys).astype(jnp.uint32)
        return jnp.zeros(()), Aux({}, {"n": {"seen": keys}})

    def first(key, batch):
        return {"n": {}}, {"n": {"seen": jnp.zeros((8, 2), jnp.uint32)}}

    players = {name: Player(("n",), record, optax.sgd(0.1)) for name in ("A", "B")}
    by_devices = {}
    for last in ("A", "B"):
        game = Game(
            first, {name: players[name] for name in ("AB" if last == "B" else "A")}, per_example=frozenset({"n"})
        )
        for n in (1, 8):
            mesh = data_mesh(jax.devices()[:n])
            state = init(game, jax.random.key(0), {"x": ONES})
            step, seen = data_parallel(game, mesh), []
            for _ in range(2):
                state, _ = step(*placed(game, mesh, state, data()))
                seen.append(np.asarray(state.stats["n"]["seen"]))
            by_devices[last, n] = np.stack(seen)
        np.testing.assert_array_equal(by_devices[last, 1], by_devices[last, 8])
    drawn = np.concatenate([by_devices["A", 1].reshape(-1, 2), by_devices["B", 1].reshape(-1, 2)])
    assert len(np.unique(drawn, axis=0)) == len(drawn) == 32


@pytest.mark.parametrize("executor", ["shard_map", "pmap"])
def test_stats_of_single_examples_stay_apart(executor):
    """A pool that remembers the last batch: never averaged, split like the batch, the same on 1 and 8 devices."""

    def remember(params, stats, batch, turn):
        noise = latents.normal(turn.keys, 1)[:, 0]
        return jnp.zeros(()), Aux({}, {"pool": {"held": stats["pool"]["held"] + batch["x"] + noise}})

    game = Game(
        lambda key, batch: ({"pool": {}}, {"pool": {"held": jnp.zeros(len(batch["x"]))}}),
        {"A": Player(("pool",), remember, optax.sgd(0.1))},
        per_example=frozenset({"pool"}),
    )
    held = []
    for n in (1, 8):
        mesh = data_mesh(jax.devices()[:n])
        step, state = data_parallel(game, mesh, executor=executor), init(game, jax.random.key(0), {"x": ONES})
        for _ in range(2):
            state, _ = step(*placed(game, mesh, state, data()))
        held.append(state.stats["pool"]["held"])
    assert held[1].sharding.is_equivalent_to(jax.sharding.NamedSharding(mesh, P(parallel.AXIS)), 1)
    np.testing.assert_allclose(held[0], held[1], rtol=1e-6)
    assert len(np.unique(np.asarray(held[0]))) == 8


def test_a_net_without_parameters_can_control_a_game():
    """A control variable (BEGAN's k, an augmentation's probability) is a net with stats and no params."""

    def objective(params, stats, batch, turn):
        k = stats["control"]["k"]
        return total({"control": {"k": k + 1.0}}, pull=(k, (params["a"]["w"] - batch["x"]) ** 2))

    game = Game(
        lambda key, batch: ({"a": {"w": jnp.ones(())}, "control": {}}, {"a": {}, "control": {"k": jnp.zeros(())}}),
        {"A": Player(("a", "control"), objective, optax.sgd(0.1))},
    )
    state = init(game, jax.random.key(0), {"x": ONES})
    step = one_round(game)
    first, _ = step(state, {"x": 0 * ONES[None]})
    second, _ = step(first, {"x": 0 * ONES[None]})
    assert float(first.params["a"]["w"]) == 1.0
    assert float(second.params["a"]["w"]) == pytest.approx(1 - 0.1 * 2)
    assert float(second.stats["control"]["k"]) == 2


def test_a_penalty_can_be_lazy():
    """Every third round, with the same optimiser: a weight gated by the round."""

    def objective(params, stats, batch, turn):
        w = params["a"]["w"] * jnp.ones(len(batch["x"]))
        return total({}, penalty=(3.0 * (turn.round % 3 == 0), w))

    game = Game(
        lambda key, batch: ({"a": {"w": jnp.zeros(())}}, {"a": {}}), {"A": Player(("a",), objective, optax.sgd(1.0))}
    )
    state, path, step = init(game, jax.random.key(0), {"x": ONES}), [], one_round(game)
    for _ in range(5):
        state, _ = step(state, {"x": 0 * ONES[None]})
        path.append(float(state.params["a"]["w"]))
    assert path == [-3.0, -3.0, -3.0, -6.0, -6.0]


def test_players_of_a_round_see_the_same_prepared_images():
    def prepare(batch, keys):
        return {"x": batch["x"] + latents.normal(keys, 1)[:, 0]}

    def watch(params, stats, batch, turn):
        return total({}, {"seen": batch["x"]}, still=(0.0, params["a"]["w"] + batch["x"]))

    player = Player(("a",), watch, optax.sgd(0.1))
    game = Game(
        lambda key, batch: ({"a": {"w": jnp.zeros(())}}, {"a": {}}), {"A": player, "B": player}, prepare=prepare
    )
    state = init(game, jax.random.key(0), {"x": ONES})
    step = one_round(game)
    after, first = step(state, {"x": 0 * ONES[None]})
    _, second = step(after, {"x": 0 * ONES[None]})
    assert float(first["A/seen"]) == float(first["B/seen"]) != 0
    assert float(first["A/seen"]) != float(second["A/seen"])


def test_many_seeds_at_once_are_a_vmap_over_the_game():
    game = duel()
    keys = jax.random.split(jax.random.key(0), 3)

    def played(key):
        return play_round(game, init(game, key, {"x": ONES}), {"x": jnp.asarray(ONES)[None]})[0].params

    together, alone = jax.device_get(jax.jit(lambda keys: (jax.vmap(played)(keys), played(keys[1])))(keys))
    chex.assert_trees_all_close(jax.tree.map(lambda x: x[1], together), alone)


def test_total_weighs_the_loss_and_not_the_metrics():
    loss, aux = total(
        {"s": 1}, {"seen": jnp.array([True, False])}, one=(2.0, jnp.array([1.0, 3.0])), two=(0.5, jnp.array([4.0, 0.0]))
    )
    assert float(loss) == 2.0 * 2 + 0.5 * 2
    assert {k: float(v) for k, v in aux.metrics.items()} == {"one": 2.0, "two": 2.0, "seen": 0.5}
    assert aux.stats == {"s": 1}


def test_names_that_do_not_fit_are_refused_in_words():
    game = duel()
    stranger = game._replace(players={"A": game.players["A"]._replace(owns=("nobody",))})
    with pytest.raises(ValueError, match=r"player 'A' names nets .*nobody.*bystander"):
        init(stranger, jax.random.key(0), {"x": ONES})
    with pytest.raises(ValueError, match="ema names nets"):
        init(game._replace(ema={"nobody": 0.9}), jax.random.key(0), {"x": ONES})
    thief = game._replace(players={"A": game.players["A"]._replace(owns=("b",))})
    state = init(thief, jax.random.key(0), {"x": ONES})
    with pytest.raises(ValueError, match=r"player 'A' returned stats of nets that it does not own: \['a'\]"):
        play_round(thief, state, {"x": ONES[None]})


# Players whose parameters are each example's own


def search(tx=None, curvature=(1.0, 3.0)):
    """Every example looks for its own target x with two numbers z, from 0, along axes of different curvature; `pull` is
    frozen and shared."""

    def first(key, batch):
        z = jnp.zeros((len(batch["x"]), 2))
        return {"z": {"at": z}, "pull": {"w": jnp.array(curvature)}}, {"z": {}, "pull": {}}

    def objective(params, stats, batch, turn):
        distance = jnp.sum(params["pull"]["w"][None] * (params["z"]["at"] - batch["x"][:, None]) ** 2, -1)
        return total({}, {"far": distance > 1}, distance=(0.5, distance))

    player = Player(("z",), objective, tx or optax.sgd(0.1))
    return Game(first, {"z": player}, per_example=frozenset({"z"}))


def test_every_example_steps_by_its_own_loss_whatever_the_batch():
    x, step = np.arange(8, dtype=np.float32), one_round(search())
    for count in (1, 8):
        state = init(search(), jax.random.key(0), {"x": x[:count]})
        after, metrics = step(state, {"x": x[None, :count]})
        by_hand = 0.1 * np.array([1.0, 3.0]) * np.asarray(x)[:count, None]  # not divided by the number of examples
        np.testing.assert_allclose(after.params["z"]["at"], by_hand, rtol=1e-6)
        np.testing.assert_array_equal(after.params["pull"]["w"], state.params["pull"]["w"])
        assert float(metrics["z/loss"]) == pytest.approx(np.mean(2 * x[:count] ** 2))
    assert float(metrics["z/far"]) == 7 / 8


def test_every_example_has_an_optimiser_of_its_own():
    """L-BFGS with a line search: an example alone goes the way that it goes among others, and arrives."""
    game, x = search(optax.lbfgs()), np.float32([-3, 0.5, 20])
    two_rounds = jax.jit(lambda state, batch: play_on(game, state, batch, 2)[0])
    start = jax.jit(lambda batch: init(game, jax.random.key(0), batch))
    among = together = two_rounds(start({"x": x}), {"x": x})
    for _ in range(2):
        together = two_rounds(together, {"x": x})
    np.testing.assert_allclose(together.params["z"]["at"], np.tile(x[:, None], 2), rtol=1e-3)
    for i in range(3):
        one = {"x": x[i : i + 1]}
        alone = two_rounds(start(one), one)
        np.testing.assert_allclose(among.params["z"]["at"][i], alone.params["z"]["at"][0], rtol=1e-5)


def test_rounds_on_one_batch_are_those_rounds_and_the_same_on_any_number_of_devices():
    game, x = search(optax.adam(0.1)), np.arange(8, dtype=np.float32)
    state = jax.jit(lambda: init(game, jax.random.key(0), {"x": x}))()
    step, by_hand = one_round(game), state
    for _ in range(5):
        by_hand, metrics = step(by_hand, {"x": x[None]})
    seen = {}
    for n in (1, 8):
        mesh = data_mesh(jax.devices()[:n])
        run = search_parallel(game, mesh, rounds=5)
        split = jax.sharding.NamedSharding(mesh, P(parallel.AXIS))
        placed = jax.device_put(jax.tree.map(jnp.copy, state), state_sharding(game, mesh, state))
        seen[n], history = run(placed, {"x": jax.device_put(x, split)})
        assert history["z/loss"].shape == (5,)
        assert float(history["z/loss"][-1]) == pytest.approx(float(metrics["z/loss"]), rel=1e-5)
    assert seen[8].params["z"]["at"].sharding.is_equivalent_to(split, 2)
    for n in (1, 8):
        chex.assert_trees_all_close(seen[n].params, by_hand.params, rtol=1e-5)


def test_parameters_of_single_examples_are_not_owned_beside_shared_ones():
    game = search()
    mixed = game._replace(players={"z": game.players["z"]._replace(owns=("z", "pull"))})
    with pytest.raises(ValueError, match=r"'z' owns parameters of single examples, \['z'\], beside shared ones"):
        init(mixed, jax.random.key(0), {"x": jnp.ones(2)})
