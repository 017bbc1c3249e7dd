"""What the benchmarks measure: that it is there to be measured, and counted as by hand."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import our_games
from collectives import Collective, collectives
from jaxgen import recipes
from jaxgen.executors import data_mesh
from jaxgen.nets import mlp, net
from jaxgen.recipes.objectives import Adversarial
from parts import alone, parts
from scaling import Config, gradient_sizes, layout, modelled, played, sent
from throughput import program_bytes
from workloads import WORKLOADS, Workload, batches, start


@pytest.fixture(scope="module")
def small():
    """A row with nets so small that its numbers can be counted."""

    def game(dtype):
        G, D = mlp.Generator(4, 1, widths=(8,), dtype=dtype), mlp.Discriminator(widths=(8,), dtype=dtype)
        return recipes.gan(net(G), net(D), latent=5, **Adversarial(d_turns=2).steps)

    return Workload(game, (4, 4, 1), 16)


@pytest.mark.parametrize("dtype", ["float32", pytest.param("bfloat16", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["vae-28", pytest.param("gan-mlp-28", marks=pytest.mark.slow)])
def test_a_row_compiles_and_plays(name, dtype):
    one = start(WORKLOADS[name], data_mesh(jax.devices()[:1]), dtype)
    compiled = one.step.lower(one.state, one.batches).compile()
    assert program_bytes(compiled) > sum(x.nbytes for x in jax.tree.leaves(one.batches))
    state, metrics = compiled(one.state, one.batches)
    assert int(state.round) == 1
    assert all(np.isfinite(np.asarray(x)).all() for x in jax.tree.leaves(metrics))


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_row_has_the_batches_that_its_game_takes(name):
    """Two rounds of as many turns as the player with the most of them takes."""
    row = WORKLOADS[name]
    game = row.game(jnp.float32)
    data = batches(row, game, 2)
    turns = max(player.turns for player in game.players.values())
    assert {x.shape[:3] for x in data.values()} == {(2, turns, row.batch)}
    assert {data[name].shape[3:] for name in row.images} == {row.image}


def test_gradients_are_counted_a_turn(small):
    one = start(small, data_mesh(jax.devices()[:2]))
    d = 16 * 8 + 8 + 8 + 1
    g = 5 * 8 + 8 + 8 * 16 + 16
    assert gradient_sizes(one.game, one.state) == [d, d, g]
    found = sent(collectives(one.step.lower(one.state, one.batches).compile().as_text()), [d, d, g])
    assert found["one_a_turn"]
    assert found["gradient_all_reduces"] == 1
    assert set(found["collectives"]) == {"all-reduce"}


@pytest.mark.slow
def test_two_processes_send_what_two_devices_send():
    one, two = played("gan-mlp-28", 2, 1), played("gan-mlp-28", 2, 1, processes=2)
    assert [layout(one), layout(two)] == ["2", "2 in 2 processes"]
    assert two["one_a_turn"]
    assert two["collectives"] == one["collectives"]


def test_gradients_sent_twice_or_gathered_are_seen():
    once = [Collective("all-reduce", 101, 404), Collective("all-reduce", 8, 32)]
    assert sent(once, [100])["one_a_turn"]
    assert sent(once, [100])["beside_gradients_bytes"] == 36
    assert not sent([*once, Collective("all-reduce", 100, 400)], [100])["one_a_turn"]
    assert not sent([Collective("all-gather", 100, 400)], [100])["one_a_turn"]


def test_the_model_by_hand():
    """10^12 operations at 10^12 a second, and 10^9 bytes of gradients, of which two devices send each as much."""
    config = Config(tflops=1.0, memory_gbs=1.0, links_gbs=1.0)
    found = modelled(config, {"devices": 1, "flop": 1e12, "bytes": 0.5e9}, 2, 10**9)
    assert found == {"ms": pytest.approx(2000), "efficiency": pytest.approx(0.5)}


def test_parts_of_a_program_by_hand():
    """A product three times in a loop, a convolution with its kernel's gradient in a function of their own; not what
    nothing needs."""
    x, w, images, kernel = jnp.ones((4, 8)), jnp.ones((8, 8)), jnp.ones((2, 6, 6, 3)), jnp.ones((3, 3, 3, 5))

    def convolved(kernel):
        layout = ("NHWC", "HWIO", "NHWC")
        return jnp.sum(jax.lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=layout))

    def both(x, w, kernel):
        y, _ = jax.lax.scan(lambda y, _: (y @ w, w @ w), x, length=3)
        return y, jax.jit(jax.value_and_grad(convolved))(kernel)

    counts, of = parts(jax.make_jaxpr(both)(x, w, kernel).jaxpr)
    found = sorted((part.primitive.name, count, part.flop) for part, count in counts.items())
    forward = 2 * 2 * 6 * 6 * 5 * 3 * 3 * 3
    assert found[1:] == [("conv_general_dilated", 1, forward), ("dot_general", 3, 2 * 4 * 8 * 8)]
    assert found[0][0] == "conv_general_dilated"  # the gradient: as many products with its own padding
    assert all(alone(part, of[part]) > 0 for part in counts)


def test_draws_are_the_same_where_a_round_is_a_loop(monkeypatch):
    """On GPUs it is one. Five turns of D draw codes and G's one does; D's also draw where WGAN-GP's penalty looks."""
    recipe = our_games.RECIPES["wgan-gp-32"]
    monkeypatch.setattr(our_games, "CHECKED", 1)
    reals = np.zeros((our_games.IMAGES, 2, *recipe.image), np.uint8)
    found = []
    for backend in ("cpu", "gpu"):
        monkeypatch.setattr(jax, "default_backend", lambda backend=backend: backend)
        found.append(our_games.drawn(recipe, reals))
    assert {name: x.shape for name, x in found[0].items()} == {"z": (1, 6, 2, 100), "t": (1, 5, 2)}
    chex.assert_trees_all_equal(*found)
