"""What it saves to play many seeds at once: a round of the grid's GAN for one seed, and for ten in one program.

python benchmarks/speed/many_seeds.py            # writes docs/results/seeds.json, ends in one line of JSON
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
import tyro

from jaxgen import recipes
from jaxgen.data.points import grid, points
from jaxgen.executors import batch_sharding, data_mesh, data_parallel, state_sharding
from jaxgen.game import init
from jaxgen.nets import mlp, net
from jaxgen.recipes.objectives import Adversarial
from jaxgen.seeds import many
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json


@dataclass(frozen=True)
class Config:
    # Seeds that are played at once.
    seeds: int = 10
    # Rounds that are timed, of each in turn.
    rounds: int = 100
    # How often.
    repeats: int = 5
    # Where the figures go.
    out: Path = Path(__file__).resolve().parents[2] / "docs" / "results" / "seeds.json"


def player(seeds: int):
    """A function that plays some rounds and says how many milliseconds one took."""
    G, D = net(mlp.Points(2, (128,) * 3)), net(mlp.Discriminator((128,) * 3))
    chosen = Adversarial("r3gan")
    game = recipes.gan(G, D, chosen.adversary, latent=2, prepare=lambda batch, keys: batch, **chosen.steps)
    game = many(game, seeds) if seeds > 1 else game
    batch = points(grid(), count=256, sets=seeds if seeds > 1 else None).read(np.arange(256))
    mesh = data_mesh()
    state = init(game, jax.random.key(0), batch)
    state = jax.device_put(state, state_sharding(game, mesh, state))
    step = data_parallel(game, mesh)
    block = jax.device_put(jax.tree.map(lambda x: x[None, None], batch), batch_sharding(mesh))
    state, _ = step(state, block)

    def play(rounds: int) -> float:
        nonlocal state
        jax.block_until_ready(state)
        began = time.perf_counter()
        for _ in range(rounds):
            state, _ = step(state, block)
        jax.block_until_ready(state)
        return 1000 * (time.perf_counter() - began) / rounds

    return play


def main(config: Config) -> None:
    """Time one seed and many, in turn."""
    began = time.perf_counter()
    one, together = player(1), player(config.seeds)
    times = [(one(config.rounds), together(config.rounds)) for _ in range(config.repeats)]
    alone_ms, many_ms = np.median(times, axis=0)
    ratios = [config.seeds * a / m for a, m in times]
    told = {
        "seeds": config.seeds,
        "one_ms": float(alone_ms),
        "many_ms": float(many_ms),
        "times_faster_than_one_after_another": float(np.median(ratios)),
        "ratio_min": float(min(ratios)),
        "ratio_max": float(max(ratios)),
    }
    write_json(config.out, {**told, "seconds": time.perf_counter() - began, "environment": environment()})
    print(json.dumps(told))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
