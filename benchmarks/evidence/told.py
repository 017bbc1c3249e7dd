"""Does a run draw the classes that it is told, and how different are its images of a class?

    python benchmarks/evidence/told.py --run runs/labels --classifier runs/classifier --out test.json

Of how many drawn images a classifier of real ones says the class that was asked for. How alike two drawn images of a
class are, by SSIM (Odena et al. 2017, section 4.2, at one scale: 28 pixels have no room for five), beside two real
ones. And how often a classifier that has learned from drawn images alone is right about real ones (the classification
accuracy score of Ravuri & Vinyals 2019, arXiv:1905.10887).
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxgen import run
from jaxgen.abilities import Drawing
from jaxgen.cli import guarded, parse
from jaxgen.data import Source, labelled, open_source
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError
from jaxgen.metrics.images import ms_ssim_diversity
from jaxgen.model import Model, classifier
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
LEARNER = "classifiers/classifier"  # what learns from drawn images
PAIRS = 200  # of a class, whose likeness is measured


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # A run that draws by class.
    run: Path
    # A run of experiments/classifiers/classifier.py on the same data, measured on its test split.
    classifier: Path
    # Images of each class by which the classifier judges.
    each: int = 500
    # Rounds of a classifier that learns from drawn images alone, 128 new ones of 20,000 each; 0 is none.
    rounds: int = 0
    # Of the codes.
    seed: int = 0
    # A file for the answer; else it is printed alone.
    out: Path | None = None


def drawn(path: Path, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images of a run, uint8 [N, H, W, C], of its classes in turn, and these, [N].

    Raises:
      InputError: it is not told a class.
    """
    draw = Model(path).ability(Drawing)
    if (label := draw.ability.conditions.fields.get("label")) is None:
        raise InputError(f"{path} is not told a class")
    images = draw.images(draw.ability.codes(jax.random.key(seed), count))
    return images, np.arange(count, dtype=np.int32) % label.count


def told(images: np.ndarray, labels: np.ndarray, judge: Path, real: Source) -> dict[str, Any]:
    """What a judge says of drawn images of classes, and how alike they are beside real ones."""
    classes = range(int(labels.max()) + 1)
    logits, said = classifier(judge), []
    for i in range(0, len(images), 500):
        part = images[np.arange(i, i + 500) % len(images)]  # one shape, one compilation
        said.append(np.asarray(logits(part)).argmax(-1))
    right = np.concatenate(said)[: len(images)] == labels
    batch = real.read(np.arange(min(real.length, 10_000)))
    ours, theirs = (
        [alike(x[y == k]) for k in classes] for x, y in ((images, labels), (batch["image"], batch["label"]))
    )
    different = [(1 - a) / (1 - b) for a, b in zip(ours, theirs)]
    return {
        "images": len(images),
        "accuracy": float(right.mean()),
        "by_class": [float(right[labels == k].mean()) for k in classes],
        "diversity": (1 - float(np.mean(ours))) / (1 - float(np.mean(theirs))),
        "diversity_by_class": different,
        "alike": float(np.mean(ours)),
        "alike_real": float(np.mean(theirs)),
    }


def alike(images: np.ndarray) -> float:
    """The mean SSIM of pairs of uint8 images [N, H, W, C] of one class."""
    return ms_ssim_diversity(images, pairs=PAIRS, weights=(1.0,))


def learned(images: np.ndarray, labels: np.ndarray, settings: dict[str, Any], rounds: int, out: Path) -> float:
    """The accuracy on the real test split of a classifier that saw these images alone; its run is kept in `out`."""
    where = [f"--dataset={settings['dataset']}", f"--rounds={rounds}", f"--decay={rounds}"]
    if settings["size"]:
        where.append(f"--size={settings['size']}")
    module = run.rows.experiment(LEARNER, EXPERIMENTS)
    config = run.rows.settings(LEARNER, [*where, f"--out={out}", f"--sample-every={rounds}"], EXPERIMENTS)
    source = in_memory("drawn images", {"image": images, "label": labels}, real_images(settings).classes)
    if not (out / "test.json").exists():
        run.train(module.build, config, source=lambda config: source)
    return json.loads((out / "test.json").read_text())["accuracy"]


def real_images(settings: dict[str, Any]) -> Source:
    """The test split of what a run was trained on, else that."""
    where = {"size": settings["size"], "channels": settings["channels"]}
    test = labelled.held_out(settings["dataset"], split=settings["split"], **where)
    return test or open_source(settings["dataset"], split=settings["split"], **where)


def main(config: Config) -> None:
    """Draw as many images of every class, classify and compare them, and learn from them."""
    settings = dict(Model(config.run).settings)
    real = real_images(settings)
    images, labels = drawn(config.run, config.each * len(real.classes), config.seed)
    result: dict[str, Any] = {"told": told(images, labels, config.classifier, real)}
    result["classifier"] = json.loads((config.classifier / "test.json").read_text())["accuracy"]
    if config.rounds:
        many = drawn(config.run, 20_000, config.seed + 1)
        result["score"] = learned(*many, settings, config.rounds, config.run / "learner")
    if config.out:
        write_json(config.out, result | {"seed": config.seed, "environment": environment()})
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
