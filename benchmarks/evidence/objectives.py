"""Every named objective on the same nets, data and rounds: what comes out, as pictures and as a classifier sees it.

    python experiments/classifiers/classifier.py --dataset mnist --out runs/classifier
    python benchmarks/evidence/objectives.py --classifier runs/classifier --runs runs/objectives

One short training each: what learns and what collapses as it stands, not which is best. Writes
docs/results/objectives.json and .png and ends in one line of JSON. Runs that are done already are not played again.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import tyro

from jaxgen.abilities import Drawing
from jaxgen.metrics import modes
from jaxgen.model import Model, classifier
from jaxgen.recipes.objectives import OBJECTIVES
from jaxgen.run.log import read_metrics
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = 16  # samples of an objective in the picture


@dataclass(frozen=True)
class Config:
    # Folder of a run of experiments/classifiers/classifier.py on the same data.
    classifier: Path
    # Where the runs go.
    runs: Path = Path("runs/objectives")
    # As for experiments/gan/dcgan.py.
    dataset: str = "mnist"
    # G's steps.
    rounds: int = 1500
    # As for experiments/gan/dcgan.py.
    width: int = 16
    # Samples that the classifier sees.
    count: int = 2000
    # Where the figures go.
    out: Path = ROOT / "docs" / "results" / "objectives.json"


def train(config: Config, name: str) -> Path:
    """The folder of an objective's run."""
    out = config.runs / name
    if any(line["round"] == config.rounds for line in read_metrics(out / "metrics.jsonl")):
        return out
    flags = {"dataset": config.dataset, "objective": name, "rounds": config.rounds, "width": config.width, "out": out}
    more = {"save-every": config.rounds, "sample-every": config.rounds, "ema": 0.99}
    args = [f"--{flag}={value}" for flag, value in (flags | more).items()]
    subprocess.run([sys.executable, str(ROOT / "experiments" / "gan" / "dcgan.py"), *args], check=True)
    return out


def measure(folder: Path, logits, count: int) -> tuple[dict, np.ndarray]:
    """What the classifier sees in a run's samples, and the first of them."""
    draw = Model(folder).ability(Drawing)
    images = draw.images(draw.ability.codes(jax.random.key(0), count))
    seen = jnp.concatenate([logits(chunk) for chunk in np.array_split(images, 10)])
    classes = jnp.argmax(seen, -1)
    told = {
        "classes": int(modes.covered(classes, seen.shape[1])),
        "kl": float(modes.kl_to_uniform(classes, seen.shape[1])),
        "confidence": float(jnp.mean(jnp.max(jax.nn.softmax(seen), -1))),
        "seconds": read_metrics(folder / "metrics.jsonl")[-1]["seconds"],
    }
    return told, images[:COLUMNS]


def main(config: Config) -> None:
    """Train with every named objective and say what came out."""
    began = time.perf_counter()
    logits = classifier(config.classifier)
    told, rows = {}, []
    for name in OBJECTIVES:
        told[name], images = measure(train(config, name), logits, config.count)
        rows.append(images)
        print(name, told[name], file=sys.stderr)
    result = {"rounds": config.rounds, "width": config.width, "dataset": config.dataset, "objectives": told}
    write(config.out.with_suffix(".png"), pictures.png(pictures.grid(np.concatenate(rows), COLUMNS)))
    write_json(config.out, {**result, "seconds": time.perf_counter() - began, "environment": environment()})
    print(json.dumps(result))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
