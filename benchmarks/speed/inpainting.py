"""A search for all codes at once, one compiled program, beside one image at a time in a Python loop over a jitted step.

python benchmarks/speed/inpainting.py --run runs/mnist --images 64 --out docs/results/inpainting-speed-dcgan.json

Both sides are the same game from the same codes. They find the same but for float32's rounding, which a search with
kinks (absolute values, LeakyReLU) makes more of at every step: the difference is told after 1, 10 and all steps. (With
all of the nets in float64 it was seen to be 1e-15 after 1 step and 1e-13 to 4e-6 after 100; without kinks 1e-13.) The
loop is timed on a few of the images, each of which costs the same. What it leaves of the machine's peak bounds the
ratio. Ends in one JSON line.
"""

import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import tyro

from jaxgen import recipes
from jaxgen.data import masks, open_source
from jaxgen.executors import data_mesh, search_parallel, state_sharding
from jaxgen.game import Game, init, play_round
from jaxgen.measure.extract import evenly
from jaxgen.model.frozen import PERCEPTUAL, frozen
from jaxgen.model.search import starts
from jaxgen.sampling.descent import OPTIMISERS
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json
from peak import peak


@dataclass(frozen=True)
class Config:
    """What to search for."""

    # A finished run whose images are made from codes and that has a D.
    run: Path
    # The images whose middle is missing.
    dataset: str = "mnist"
    # Their split.
    split: str = "test"
    # How many at once.
    images: int = 64
    # Of them in the loop.
    looped: int = 2
    # Adam's steps.
    steps: int = 100
    # Of the whole, of which the fastest counts.
    repeats: int = 3
    # Where the figures are written.
    out: Path | None = None


def all_at_once(game: Game, batch: dict[str, np.ndarray], steps: int, repeats: int) -> tuple[list[float], np.ndarray]:
    """Seconds of each repeat, the first of which compiles, and the codes found."""
    mesh, seconds = data_mesh(), []
    run = search_parallel(game, mesh, rounds=steps)
    for _ in range(repeats + 1):
        state = jax.tree.map(jnp.copy, init(game, jax.random.key(0), batch))
        state = jax.device_put(state, state_sharding(game, mesh, state))
        began = time.perf_counter()
        state, _ = run(state, batch)
        found = np.asarray(state.stats["z"]["best"])
        seconds.append(time.perf_counter() - began)
    return seconds, found


def one_at_a_time(game: Game, batch: dict[str, np.ndarray], count: int, steps: int) -> tuple[float, np.ndarray, float]:
    """Seconds an image, after compiling, the codes found, and the floating-point operations of a step."""
    step: Any = jax.jit(partial(play_round, game))
    seconds, codes = [], []
    for i in [0, *range(count)]:  # the first one compiles
        example = {name: jnp.asarray(array[i : i + 1]) for name, array in batch.items()}
        state = init(game, jax.random.key(0), example)
        turns = {name: array[None] for name, array in example.items()}
        began = time.perf_counter()
        for _ in range(steps):
            state, _ = step(state, turns)
        codes.append(np.asarray(state.stats["z"]["best"][0]))
        seconds.append(time.perf_counter() - began)
    flops = step.lower(state, turns).compile().cost_analysis()["flops"]
    return float(np.mean(seconds[1:])), np.stack(codes[1:]), flops


def main(config: Config) -> None:
    nets = frozen(config.run)
    source = open_source(config.dataset, split=config.split, size=nets.size, channels=nets.channels)
    images = source.read(evenly(source.length, config.images))["image"]
    known = np.broadcast_to(masks.centre(nets.size)[None, ..., None], (*images.shape[:3], 1))
    batch = {"image": images, "weight": known.astype(np.float32), "z": starts(nets.sampler, 0, len(images), 1)}
    tx = OPTIMISERS["adam"](0.1, config.steps, 1.0)
    game = recipes.inpainting(nets.G, nets.nets, D=nets.D, tx=tx, perceptual=PERCEPTUAL[nets.perceptual])
    seconds, found = all_at_once(game, batch, config.steps, config.repeats)
    together = min(seconds[1:]) / len(images)
    alone, codes, flops = one_at_a_time(game, batch, config.looped, config.steps)
    early = {
        n: all_at_once(game, batch, n, 0)[1][:1] - one_at_a_time(game, batch, 1, n)[1]
        for n in (1, 10)
        if n < config.steps
    }
    most, needed = peak(), flops * config.steps / 1e9
    record = {
        "experiment": json.loads((config.run / "config.json").read_text())["experiment"],
        "images": len(images),
        "steps": config.steps,
        "shape": list(images.shape[1:]),
        "images_per_second": 1 / together,
        "images_per_second_with_compiling": len(images) / seconds[0],
        "loop_images_per_second": 1 / alone,
        "ratio": alone / together,
        "gflop_an_image": needed,
        "peak_gflops": most,
        "share_of_peak": needed / together / most,
        "loop_share_of_peak": needed / alone / most,
        "ratio_at_peak": alone * most / needed,
        "difference": float(np.abs(codes - found[: config.looped]).max()),
        "difference_after": {n: float(np.abs(apart).max()) for n, apart in early.items()},
    }
    if config.out:
        write_json(config.out, {**record, **environment()})
    print(json.dumps(record))


if __name__ == "__main__":
    main(tyro.cli(Config))
