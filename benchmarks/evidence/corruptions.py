"""Do the metrics see what they are for? Scores of real images that are made worse step by step.

    python experiments/classifiers/classifier.py --dataset mnist --out runs/classifier
    python benchmarks/evidence/corruptions.py --dataset mnist --classifier runs/classifier
    python benchmarks/evidence/corruptions.py --dataset cifar10

Test images that are blurred, made noisy, or stripped of classes, beside training images. Writes docs/results/
corruptions-DATASET.json and .png and ends in one line of JSON that says which scores got worse at every step.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import numpy as np
import tyro
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from jaxgen.data import Source, open_source
from jaxgen.data.source import in_memory
from jaxgen.executors import data_mesh
from jaxgen.measure.evaluate import Evaluation, evaluate, network, of_source
from jaxgen.metrics import scores
from jaxgen.metrics.protocol import PRESETS
from jaxgen.show import pictures
from jaxgen.show.plots import rendered
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

ROOT = Path(__file__).resolve().parents[2]
METRICS = "fid,kid,is,prdc,swd"
# Scores of which more is better, by what their names begin with.
HIGHER = ("class score", "Inception score", "precision", "recall", "density", "coverage")


@dataclass(frozen=True)
class Config:
    # A data set with labels and a test split.
    dataset: str = "mnist"
    # Folder of a run of experiments/classifiers/classifier.py to look through; by default EfficientNet-Lite0.
    classifier: Path | None = None
    # Images of each kind.
    images: int = 2000
    # Where TFDS keeps prepared data sets.
    data_dir: Path | None = None
    # A folder for the results.
    out: Path = ROOT / "docs" / "results"


def blurred(images: np.ndarray, labels: np.ndarray, sigma: float) -> np.ndarray:
    return gaussian_filter(images.astype(np.float32), (0, sigma, sigma, 0)).round().clip(0, 255).astype(np.uint8)


def noisy(images: np.ndarray, labels: np.ndarray, std: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, std, images.shape)
    return (images + noise).round().clip(0, 255).astype(np.uint8)


def stripped(images: np.ndarray, labels: np.ndarray, classes: float) -> np.ndarray:
    """Without the first classes; as many images as before, so that only what they are of changes."""
    left = images[labels >= classes]
    return left[np.arange(len(images)) % len(left)] if classes else images


Corrupt = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
LADDERS: Mapping[str, tuple[str, Corrupt, tuple[float, ...]]] = {
    "blur": ("standard deviation, pixels", blurred, (0, 0.7, 1.2, 2)),
    "noise": ("standard deviation, of 255", noisy, (0, 20, 45, 90)),
    "dropped classes": ("of ten", stripped, (0, 3, 6, 9)),
}


def some(source: Source, count: int) -> tuple[np.ndarray, np.ndarray]:
    batch = source.read(np.sort(np.random.default_rng(0).permutation(source.length)[:count]))
    return batch["image"], batch["label"]


def worse(values: list[float], higher: bool) -> bool:
    return all((b < a) if higher else (b > a) for a, b in pairwise(values))


def measure(config: Config) -> dict[str, dict[str, list[float]]]:
    """ladder -> score -> its value at every step."""
    metrics, mesh = scores.chosen(METRICS), data_mesh(jax.local_devices())
    protocol = replace(PRESETS["quick"], real=None, resize="pil-bicubic")
    through = network("efficientnet-lite0", config.classifier, protocol.resize, metrics)
    train, test = (open_source(config.dataset, split=split, data_dir=config.data_dir) for split in ("train", "test"))
    real = of_source(
        in_memory("train", {"image": some(train, config.images)[0]}), None, 0, {"name": "train"}, keep=True
    )
    images, labels = some(test, config.images)
    told: dict[str, dict[str, list[float]]] = {}
    clean: Evaluation | None = None
    for ladder, (_, corrupt, steps) in LADDERS.items():
        told[ladder] = {}
        for step in steps:
            if step or clean is None:
                fake = of_source(in_memory("test", {"image": corrupt(images, labels, step)}), None, 0, {"name": "test"})
                found = evaluate(fake, real, metrics, protocol, through, mesh)
                clean = clean or found
            for score in found.scores if step else clean.scores:
                told[ladder].setdefault(score.name, []).append(score.value)
            print(ladder, step, {n: round(v[-1], 3) for n, v in told[ladder].items()}, file=sys.stderr, flush=True)
    return told


def picture(config: Config, told: Mapping[str, Mapping[str, list[float]]]) -> bytes:
    """A row a ladder: what the images look like, and each score along it."""
    names = [n for n in next(iter(told.values())) if "pixels" not in n]
    figure = Figure(figsize=(2.1 * (len(names) + 1), 1.9 * len(told)), layout="constrained")
    images, labels = some(open_source(config.dataset, split="test", data_dir=config.data_dir), 400)
    for row, (ladder, (unit, corrupt, steps)) in zip(figure.subplots(len(told), len(names) + 1), LADDERS.items()):
        shown = np.concatenate([corrupt(images, labels, step)[:4] for step in steps])
        row[0].imshow(pictures.grid(shown, 4), cmap="gray")
        row[0].set_axis_off()
        row[0].set_title(f"{ladder}: {', '.join(map(str, steps))}", fontsize=7)
        for axes, name in zip(row[1:], names):
            axes.plot(steps, told[ladder][name], marker="o", markersize=3, linewidth=1)
            axes.set_title(name.split(" (")[0], fontsize=7)
            axes.set_xlabel(unit, fontsize=6)
            axes.tick_params(labelsize=6)
            axes.grid(alpha=0.3)
    return pictures.png(rendered(figure, 80).quantize(64))


def main(config: Config) -> None:
    """Score real images along ladders of corruptions."""
    began = time.perf_counter()
    told = measure(config)
    verdicts = {
        ladder: {name: worse(values, name.startswith(HIGHER)) for name, values in found.items()}
        for ladder, found in told.items()
    }
    result: dict[str, Any] = {"dataset": config.dataset, "images": config.images, "worse_at_every_step": verdicts}
    more = {"scores": told, "steps": {name: steps for name, (_, _, steps) in LADDERS.items()}}
    whole = {**result, **more, "seconds": round(time.perf_counter() - began, 1), "environment": environment()}
    write_json(config.out / f"corruptions-{config.dataset}.json", whole)
    write(config.out / f"corruptions-{config.dataset}.png", picture(config, told))
    print(json.dumps(result))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
