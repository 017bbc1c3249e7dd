"""Schedules on games small enough to work out by hand, and the rates that their papers prove."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxgen import schedules
from jaxgen.game import Game, Player, init, play_round, play_rounds, total

H = 0.2
ZEROS = np.zeros(4, np.float32)


def one_round(game: Game, state):
    """`play_round` as one program."""
    return jax.jit(lambda state: play_round(game, state, {"b": ZEROS[None]}))(state)


def bilinear(tx=None) -> Game:
    """min over x, max over y of x y: the equilibrium is (0, 0), and gradients circle around it."""

    def first(key, batch):
        return {"x": {"w": jnp.ones(())}, "y": {"w": jnp.ones(())}}, {"x": {}, "y": {}}

    def loss(sign):
        def objective(params, stats, batch, turn):
            return total({}, product=(sign, params["x"]["w"] * params["y"]["w"] + 0 * batch["b"]))

        return objective

    tx = tx or optax.sgd(H)
    return Game(first, {"X": Player(("x",), loss(1.0), tx), "Y": Player(("y",), loss(-1.0), tx)})


def radii(game: Game, rounds: int = 20) -> np.ndarray:
    """The distance from the equilibrium after every round."""
    state = init(game, jax.random.key(0), {"b": ZEROS})
    seen = [np.sqrt(2.0)]
    step = jax.jit(lambda state: play_round(game, state, {"b": ZEROS[None]})[0])
    for _ in range(rounds):
        state = step(state)
        seen.append(float(jnp.hypot(state.params["x"]["w"], state.params["y"]["w"])))
    return np.array(seen)


RATES = {  # the eigenvalues of one step's matrix, by hand: |1 - hA|, |1 - h(A + wA'A)|, |1 - h(A - lr A^2)|
    "simultaneous": (lambda: schedules.simultaneous(bilinear(), optax.sgd(H)), abs(1 + 1j * H)),
    "consensus": (lambda: schedules.consensus(bilinear(), optax.sgd(H), weight=3.0), abs(1 - 3 * H + 1j * H)),
    "extragradient": (lambda: schedules.extragradient(bilinear(), optax.sgd(H), lr=0.5), abs(1 - 0.5 * H + 1j * H)),
}


@pytest.mark.parametrize(("game", "rate"), RATES.values(), ids=RATES)
def test_the_distance_to_the_equilibrium_changes_at_the_rate_of_the_theory(game, rate):
    r = radii(game())
    np.testing.assert_allclose(r[1:] / r[:-1], rate, rtol=1e-5)


def test_taking_turns_circles():
    r = radii(bilinear(), 200)
    assert r.min() > 1.0
    assert r.max() < 2.0


def chase(g0=1.0, d0=0.0) -> Game:
    """D follows G with the loss (d - g)^2 / 2; G's loss is d g: what it is depends on where D will be."""

    def first(key, batch):
        return {"G": {"w": jnp.array(g0)}, "D": {"w": jnp.array(d0)}}, {"G": {}, "D": {"steps": jnp.zeros(())}}

    def d_loss(params, stats, batch, turn):
        square = (params["D"]["w"] - params["G"]["w"]) ** 2 / 2 + 0 * batch["b"]
        return total({"D": {"steps": stats["D"]["steps"] + 1}}, square=(1.0, square))

    def g_loss(params, stats, batch, turn):
        watched = {"steps": stats["D"]["steps"] + 0 * batch["b"]}
        return total({}, watched, product=(1.0, params["D"]["w"] * params["G"]["w"] + 0 * batch["b"]))

    players = {"G": Player(("G",), g_loss, optax.sgd(1.0)), "D": Player(("D",), d_loss, optax.sgd(0.5))}
    return Game(first, players)


@pytest.mark.parametrize("steps", [0, pytest.param(1, marks=pytest.mark.slow), 3])
def test_unrolling_differentiates_through_the_opponents_steps_and_throws_them_away(steps):
    g, d, kept = 1.0, 0.25, (1 - H) ** steps
    game = schedules.unrolled(chase(g, d), steps=steps, tx=optax.sgd(H))
    state = init(game, jax.random.key(0), {"b": ZEROS})
    after, metrics = one_round(game, state)
    ahead = g + kept * (d - g)  # D after its steps towards g; its derivative by g is 1 - kept
    assert float(metrics["G/product"]) == pytest.approx(ahead * g)
    assert float(after.params["G"]["w"]) == pytest.approx(g - (ahead + g * (1 - kept)))
    assert float(metrics["G/steps"]) == steps
    assert float(after.stats["D"]["steps"]) == 1
    g_after = float(after.params["G"]["w"])
    assert float(after.params["D"]["w"]) == pytest.approx(d - 0.5 * (d - g_after))  # D's own turn is from where it was


def test_unrolling_far_enough_is_playing_against_the_best_answer():
    """D's best answer is d = g, where G's loss is g^2: its gradient is 2 g, against d without unrolling."""
    game = schedules.unrolled(chase(1.0, 0.0), steps=60, tx=optax.sgd(H))
    state = init(game, jax.random.key(0), {"b": ZEROS})
    after, _ = one_round(game, state)
    assert float(after.params["G"]["w"]) == pytest.approx(1.0 - 2.0, abs=1e-5)


def test_a_late_player_waits_and_then_starts_with_a_fresh_optimiser():
    patient = bilinear()
    patient.players["X"] = patient.players["X"]._replace(tx=schedules.late(optax.adam(H), 3))
    play = jax.jit(lambda state: play_rounds(patient, state, {"b": np.zeros((3, 1, 4), np.float32)})[0])
    state = init(patient, jax.random.key(0), {"b": ZEROS})
    waiting = play(state)
    assert float(waiting.params["x"]["w"]) == 1.0
    assert float(waiting.params["y"]["w"]) > 1.0
    moved, _ = one_round(patient, waiting)
    assert float(moved.params["x"]["w"]) == pytest.approx(1.0 - H, rel=1e-5)  # Adam's first step is its step size


def test_two_step_sizes_are_a_partition_by_net():
    tx = optax.partition({"x": optax.sgd(0.0), "y": optax.sgd(H)}, {"x": "x", "y": "y"})
    state = init(schedules.simultaneous(bilinear(), tx), jax.random.key(0), {"b": ZEROS})
    after, _ = one_round(schedules.simultaneous(bilinear(), tx), state)
    chex.assert_trees_all_close((after.params["x"]["w"], after.params["y"]["w"]), (1.0, 1.0 + H))


def test_players_of_several_turns_cannot_step_at_once():
    game = bilinear()
    game.players["Y"] = game.players["Y"]._replace(turns=5)
    with pytest.raises(ValueError, match="one turn a round"):
        schedules.simultaneous(game, optax.sgd(H))
