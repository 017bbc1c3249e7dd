"""Ways to tell a GAN the class, beside each other: equal nets, data, objective and rounds.

    python benchmarks/evidence/conditions.py --runs runs/conditions --classifier runs/classifier

Each way plays every seed; told.py says how many images are of their class, how different they are within it, and what a
classifier learns from them. Beside them stand an unconditional GAN of the same nets, whose images the classifier gives
labels, and real images. Writes docs/results/conditions.json and a picture. Runs that are done are not played again.
"""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxgen import run
from jaxgen.abilities import Drawing
from jaxgen.cli import guarded, parse
from jaxgen.model import Model, classifier
from jaxgen.run.log import read_metrics
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json
from told import drawn, learned, real_images, told

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENTS = ROOT / "experiments"
WAYS: Mapping[str, str] = {
    "planes in D (Mirza & Osindero)": "--condition planes",
    "planes, and wrong classes (Reed et al.)": "--condition planes --mismatched 1",
    "projection": "--condition projection --no-pooled",
    "projection, conditional BatchNorm in G (Miyato & Koyama)": "--condition projection --no-pooled --condition-g norm",
    "auxiliary classifier (Odena et al.)": "--condition auxiliary",
}
ALONE = "no class, labels by the classifier"


@dataclass(frozen=True)
class Config:
    """What is played, and where it goes."""

    # Where the runs go.
    runs: Path = Path("runs/conditions")
    # A run of experiments/classifiers/classifier.py on the same data, measured on its test split.
    classifier: Path = Path("runs/classifier")
    # A data set with labels and a test split.
    dataset: str = "mnist"
    # Channels of the largest hidden feature map of G and D.
    width: int = 32
    # Rounds of each run, 64 images each.
    rounds: int = 3000
    # Step sizes of every G and every D; by default the objective's.
    lr_g: float | None = None
    lr_d: float | None = None
    # Seeds of each way.
    seeds: int = 3
    # Rounds of a classifier that learns from drawn images alone; of the first seed's run.
    learner: int = 800
    # Where the figures go.
    out: Path = ROOT / "docs" / "results" / "conditions.json"


def play(config: Config, script: str, flags: str, seed: int, out: Path) -> None:
    """A run in this process; nothing where it is done."""
    if (out / "report.html").exists():
        return
    often = f"--log-every 100 --save-every 1000 --sample-every {config.rounds}"
    same = f"--dataset {config.dataset} --width {config.width} --rounds {config.rounds} --seed {seed} {often}"
    same += f" --lr-g {config.lr_g}" if config.lr_g else ""
    same += f" --lr-d {config.lr_d}" if config.lr_d else ""
    settings = run.rows.settings(script, [*same.split(), *flags.split(), f"--out={out}"], EXPERIMENTS)
    run.train(run.rows.experiment(script, EXPERIMENTS).build, settings)


def measured(config: Config, way: str, seed: int) -> dict[str, Any]:
    """A run's figures; kept beside it once they are known."""
    name = "none" if way == ALONE else "".join(c if c.isalpha() else "-" for c in WAYS[way]).strip("-")
    path = config.runs / f"{name}-{seed}"
    if way == ALONE:
        play(config, "gan/dcgan", "", seed, path)
    else:
        play(config, "conditional/labels", WAYS[way], seed, path)
    if not (path / "told.json").exists():
        settings = dict(Model(path).settings)
        images, labels = alone(config, path) if way == ALONE else drawn(path, 20_000, 1)
        found: dict[str, Any] = {"seed": seed, "seconds": read_metrics(path / "metrics.jsonl")[-1]["seconds"]}
        if seed == 0:
            found["score"] = learned(images, labels, settings, config.learner, path / "learner")
        found |= told(images[:5000], labels[:5000], config.classifier, real_images(settings))
        write_json(path / "told.json", found)
    return json.loads((path / "told.json").read_text())


def alone(config: Config, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images of a run that is told nothing, and the classes that the classifier takes them for."""
    draw, logits = Model(path).ability(Drawing), classifier(config.classifier)
    images = draw.images(draw.ability.codes(jax.random.key(1), 20_000))
    said = [np.asarray(logits(images[i : i + 500])).argmax(-1) for i in range(0, len(images), 500)]
    return images, np.concatenate(said).astype(np.int32)


def real(config: Config) -> dict[str, Any]:
    """The same figures of real images: the judge on the test split, a learner on as many real ones."""
    path = config.runs / "real"
    if not (path / "told.json").exists():
        settings = {"dataset": config.dataset, "split": "train", "size": None, "channels": None}
        of_train = run.opened(run.rows.settings("gan/dcgan", ["--dataset", config.dataset], EXPERIMENTS))
        batch = of_train.read(np.arange(min(20_000, of_train.length)))
        score = learned(batch["image"], batch["label"], settings, config.learner, path / "learner")
        judge = json.loads((config.classifier / "test.json").read_text())["accuracy"]
        write_json(path / "told.json", {"accuracy": judge, "diversity": 1.0, "score": score})
    return json.loads((path / "told.json").read_text())


def main(config: Config) -> None:
    """Play and measure every way with every seed, and say what came out."""
    began = time.perf_counter()
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in (*WAYS, ALONE)}
    for seed in range(config.seeds):
        for way in WAYS:
            found[way].append(measured(config, way, seed))
            print(way, seed, found[way][-1]["accuracy"], found[way][-1]["diversity"], file=sys.stderr, flush=True)
    found[ALONE].append(measured(config, ALONE, 0))
    asked = {name: getattr(config, name) for name in ("dataset", "rounds", "width", "lr_g", "lr_d", "learner")}
    result = {**asked, "ways": WAYS, "found": found, "real": real(config)}
    write_json(config.out, {**result, "seconds": time.perf_counter() - began, "environment": environment()})
    rows = []
    for flags in WAYS.values():
        draw = Model(config.runs / ("".join(c if c.isalpha() else "-" for c in flags).strip("-") + "-0"))
        bound = draw.ability(Drawing)
        rows.append(bound.images(bound.ability.codes(jax.random.key(0), 20)))
    picture = pictures.titled(pictures.grid(np.concatenate(rows), 20), rows=list(WAYS))
    write(config.out.with_suffix(".png"), pictures.png(picture))
    print(json.dumps({way: [round(one["accuracy"], 4) for one in each] for way, each in found.items()}))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
