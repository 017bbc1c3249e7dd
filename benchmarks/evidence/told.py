"""Does a run draw the classes that it is told? A classifier of real images says of how many it agrees.

    python benchmarks/evidence/told.py --run runs/labels --classifier runs/classifier --out test.json

Beside it stands how often the classifier is right about real images: no run can be seen to do better.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np

from jaxgen.abilities import Drawing
from jaxgen.cli import guarded, parse
from jaxgen.errors import InputError
from jaxgen.model import Model, classifier
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # A run that draws by class.
    run: Path
    # A run of experiments/classifiers/classifier.py on the same data, measured on its test split.
    classifier: Path
    # Images of each class.
    each: int = 500
    # Of the codes.
    seed: int = 0
    # A file for the answer; else it is printed alone.
    out: Path | None = None


def main(config: Config) -> None:
    """Draw as many images of every class, and classify them."""
    draw = Model(config.run).ability(Drawing)
    if (label := draw.ability.conditions.fields.get("label")) is None:
        raise InputError(f"{config.run} is not told a class")
    logits, agreed = classifier(config.classifier), []
    for k in range(label.count):
        images = draw.images(draw.ability.codes(jax.random.key(config.seed + k), config.each, label=k))
        agreed.append(float(np.mean(np.argmax(np.asarray(logits(images)), -1) == k)))
    told = {"images": config.each * label.count, "accuracy": float(np.mean(agreed)), "by_class": agreed}
    of_real = json.loads((config.classifier / "test.json").read_text())["accuracy"]
    result = {"told": told, "classifier": of_real, "seed": config.seed, "environment": environment()}
    if config.out:
        write_json(config.out, result)
    print(json.dumps({"told": told, "classifier": of_real}))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
