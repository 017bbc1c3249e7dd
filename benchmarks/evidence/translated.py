"""How near is what a run makes of an image to what is there? Of the pairs of a split that it was not trained on.

    python benchmarks/evidence/translated.py --run runs/facades --out docs/results/pix2pix-facades

Beside it stand the right image of another pair, and the mean of all: what knows nothing of the image that is seen.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np

from jaxgen.abilities import Map
from jaxgen.cli import guarded, parse
from jaxgen.data import coloured, edges, open_source
from jaxgen.metrics.images import psnr, ssim
from jaxgen.model import Model
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # A run of one image from another, trained on pairs.
    run: Path
    # Of its data: the pairs that are drawn.
    split: str = "test"
    # Pairs in the picture.
    shown: int = 12
    # Of the run's noise.
    seed: int = 0
    # A folder for test.json and test.png; else the answer is printed alone.
    out: Path | None = None


def main(config: Config) -> None:
    """Draw an image for every pair, and measure it beside the pair's own."""
    model = Model(config.run)
    made = model.ability(Map)
    (seen,), (drawn,) = made.ability.takes, made.ability.gives
    source = edges.beside(
        coloured.beside(
            open_source(model.settings["dataset"], split=config.split, size=made.ability.gives[drawn].shape[0])
        )
    )
    pairs = {name: x.astype(np.float32) / 127.5 - 1 for name, x in source.read(np.arange(source.length)).items()}
    keys = jax.random.split(jax.random.key(config.seed), source.length)
    ours, there = np.asarray(made(made.ability.apply, {seen: pairs[seen]}, keys)[drawn]), pairs[drawn]
    guesses = {"drawn": ours, "another": np.roll(there, 1, 0), "mean": np.broadcast_to(there.mean(0), there.shape)}
    result = {"pairs": source.length, "split": config.split, "round": model.round} | {
        name: {
            "l1": float(np.abs(guess - there).mean()),
            "psnr": float(psnr(guess, there, peak=2.0).mean()),
            "ssim": float(ssim(guess, there, peak=2.0).mean()),
        }
        for name, guess in guesses.items()
    }
    if config.out:
        config.out.mkdir(parents=True, exist_ok=True)
        write_json(config.out / "test.json", result | {"seed": config.seed, "environment": environment()})
        few = np.concatenate([images[: config.shown] for images in (pairs[seen], ours, there)])
        write(config.out / "test.png", pictures.png(pictures.of_rows("given", "drawn", "true")(few)))
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
