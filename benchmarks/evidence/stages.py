"""StackGAN's second stage beside its first one enlarged, and beside one GAN of the large images: of faces, by
classifiers of words and by how far what EfficientNet sees of them is from real ones.

    python benchmarks/evidence/stages.py --first runs/small --second runs/large --plain runs/plain \\
        --classifiers runs/hair runs/eyes --out docs/results
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxgen.abilities import Draw
from jaxgen.cli import guarded, parse
from jaxgen.data import open_source
from jaxgen.data.reading.images import fit_array
from jaxgen.features import efficientnet
from jaxgen.metrics import kernel
from jaxgen.model import Model
from jaxgen.run.log import read_metrics
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json
from said import named_by, right

BATCH = 50


@dataclass(frozen=True)
class Config:
    """What is compared, and where the answer goes."""

    # A run of stage 1.
    first: Path
    # A run of stage 2 that began with it.
    second: Path
    # Runs of experiments/classifiers/classifier.py on words of sentences, each by its --word.
    classifiers: tuple[Path, ...]
    # A run of experiments/conditional/text.py on images of the same size as the second's.
    plain: Path | None = None
    # Split of the data that none was trained on.
    real: str = "train[:1000]"
    # Images of each in the picture.
    shown: int = 8
    # Of the codes.
    seed: int = 0
    # A folder for stages.json and stages.png; else the answer is printed alone.
    out: Path | None = None


def seconds(run: Path) -> float:
    """That a run took."""
    return read_metrics(run / "metrics.jsonl")[-1]["seconds"]


def main(config: Config) -> None:
    """Draw the sentences of real images by all three, and compare."""
    settings = Model(config.second).settings
    real = open_source(settings["dataset"], split=config.real, size=settings["size"])
    beside = real.read(np.arange(real.length))
    through = efficientnet.load()
    see = jax.jit(lambda images: through.apply(through.variables, images)["features"])

    def features(images: np.ndarray) -> np.ndarray:
        return np.concatenate([np.asarray(see(images[i : i + BATCH])) for i in range(0, len(images), BATCH)])

    def drawn(run: Path) -> np.ndarray:
        draw = Model(run).ability(Draw)
        images = draw.images(draw.ability.codes(jax.random.key(config.seed), real.length, caption=beside["caption"]))
        return np.stack([fit_array(image, settings["size"], image.shape[-1]) for image in images])

    took, named, field = seconds(config.first), named_by(config.classifiers), real.fields["caption"]
    every = {
        "stage 1, enlarged": (drawn(config.first), took),
        "stage 2": (drawn(config.second), took + seconds(config.second)),
    }
    if config.plain:
        every["GAN-CLS"] = drawn(config.plain), seconds(config.plain)
    of_real = features(beside["image"])
    found: dict[str, dict[str, Any]] = {}
    for name, (images, spent) in every.items():
        kid = kernel.squared_mmd(of_real, features(images))
        found[name] = {**right(named, images, beside["caption"], field), "kid": kid, "seconds": spent}
    found["real"] = {**right(named, beside["image"], beside["caption"], field), "kid": 0.0, "seconds": 0.0}
    result = {"found": found, "images": real.length, "seed": config.seed, "environment": environment()}
    print(json.dumps(found))
    if config.out:
        write_json(config.out / "stages.json", result)
        rows = [images[: config.shown] for images, _ in every.values()] + [beside["image"][: config.shown]]
        picture = pictures.titled(pictures.grid(np.concatenate(rows), config.shown), rows=[*every, "real"])
        write(config.out / "stages.png", pictures.png(picture))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
