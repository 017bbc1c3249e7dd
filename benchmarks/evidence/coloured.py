"""How do runs colour photographs that they were not trained on? By how colourful these are, and how near to the truth.

    python benchmarks/evidence/coloured.py --runs regression=runs/means gan=runs/coloured --split "train[:500]" \\
        --out docs/results/colour-faces

Beside them stand the photographs themselves, and the mean colour of all of their pixels.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxgen import colours
from jaxgen.abilities import Colour
from jaxgen.cli import guarded, parse
from jaxgen.data import Source
from jaxgen.errors import InputError
from jaxgen.metrics.colour import colourfulness
from jaxgen.metrics.images import psnr
from jaxgen.model import Model
from jaxgen.model.data import trained_on
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

CHUNK = 100  # images that are coloured together


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # Runs of experiments/translation/colour.py on the same data, each with a name: gan=runs/coloured.
    runs: tuple[str, ...]
    # Split of the first run's data that none was trained on: test, or a slice.
    split: str = "train[:500]"
    # Images in the picture.
    shown: int = 12
    # Of the runs' noise.
    seed: int = 0
    # A folder for test.json and test.png; else the answer is printed alone.
    out: Path | None = None


def coloured(model: Model, source: Source, seed: int) -> np.ndarray:
    """All of a source's images with a run's colours, uint8."""
    bound, made = model.ability(Colour), []
    (taken,), (given,) = bound.ability.takes, bound.ability.gives
    keys = jax.random.split(jax.random.key(seed), source.length)
    for start in range(0, source.length, CHUNK):
        rows = np.arange(start, start + CHUNK) % source.length  # one shape, one compilation
        images = source.read(rows)["image"].astype(np.float32) / 127.5 - 1
        found = np.asarray(bound(bound.ability.apply, {taken: images}, keys[rows])[given])
        made.append(pictures.to_uint8(found)[: source.length - start])
    return np.concatenate(made)


def measured(images: np.ndarray, real: np.ndarray) -> dict[str, float]:
    """Colourfulness, and where the truth is another: PSNR of a* and b* in decibels, by a peak of 110."""
    found = {"colourfulness": float(colourfulness(images).mean())}
    if images is real:
        return found
    ab, true = (np.asarray(colours.apart(x.astype(np.float32) / 127.5 - 1)[1]) for x in (images, real))
    return found | {"psnr_ab": float(psnr(ab, true, peak=1.0).mean())}


def main(config: Config) -> None:
    """Colour photographs by each run, and measure what comes out."""
    named: Mapping[str, Model] = {
        name: Model(path) for name, _, path in (told.partition("=") for told in config.runs) if path
    }
    if len(named) != len(config.runs) or not named:
        raise InputError("--runs takes a name for each run: gan=runs/coloured")
    source = trained_on(next(iter(named.values())), config.split)
    real = np.concatenate([batch["image"] for batch in source.chunks()])
    lightness, colour = colours.apart(real.astype(np.float32) / 127.5 - 1)
    mean = np.broadcast_to(np.asarray(colour).mean((0, 1, 2)), colour.shape)
    kinds = {"grey": 0 * mean, "mean": mean}
    images = {name: pictures.to_uint8(np.asarray(colours.together(lightness, ab))) for name, ab in kinds.items()}
    images |= {name: coloured(model, source, config.seed) for name, model in named.items()} | {"real": real}
    result: dict[str, Any] = {"images": source.length, "split": config.split}
    result |= {name: measured(x, real) for name, x in images.items() if name != "grey"}
    result["rounds"] = {name: model.round for name, model in named.items()}
    if config.out:
        config.out.mkdir(parents=True, exist_ok=True)
        write_json(config.out / "test.json", result | {"seed": config.seed, "environment": environment()})
        rows = {name: x for name, x in images.items() if name != "mean"}
        few = np.concatenate([x[: config.shown] for x in rows.values()]).astype(np.float32) / 127.5 - 1
        write(config.out / "test.png", pictures.png(pictures.of_rows(*rows)(few)))
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
