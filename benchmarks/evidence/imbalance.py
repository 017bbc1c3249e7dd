"""Does a GAN make up for a class that is rare? BAGAN beside AC-GAN, a conditional GAN, over-sampling and SMOTE.

    pip install imbalanced-learn
    python benchmarks/evidence/imbalance.py --dataset mnist --shares 0.025 0.1 --runs runs/imbalance

One class is cut to a share of its images. Every way of completing it adds images of it until it is as large as the
largest; a classifier that is trained on the completed set is then asked for the class's images of the whole test split.
Beside that recall stand how alike pairs of the images that were drawn are (SSIM, of pairs of different ones; and of
pairs of real test images) and how many of them a classifier of the whole training split takes for the class.

A seed means another class, other images of it that are kept, new weights and another order of the data; the ways share
all of these. Runs that are done are not played again. Writes docs/results/imbalance.json, with a picture beside it, and
ends in one line of JSON.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax

from jaxgen import recipes, run
from jaxgen.abilities import Drawing
from jaxgen.cli import guarded, parse
from jaxgen.data import Source, Stream, labelled, open_source
from jaxgen.data.source import decoded, in_memory
from jaxgen.game import Game, State, init, play_rounds
from jaxgen.metrics.images import ssim
from jaxgen.model import Model
from jaxgen.model.applied import of_state
from jaxgen.nets import net
from jaxgen.nets.classifier import Classifier
from jaxgen.run.log import read_metrics
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

ROOT = Path(__file__).resolve().parents[2]
# Experiments below experiments/, with the run that each begins with.
TRAININGS: Mapping[str, tuple[str, str, str]] = {
    "autoencoder": ("autoencoders/autoencoder", "--nets conv", ""),
    "bagan": ("conditional/bagan", "", "autoencoder"),
    "bagan, two heads": ("conditional/bagan", "--heads two", "autoencoder"),
    "bagan, two heads, not begun": ("conditional/bagan", "--heads two", ""),
    "ac-gan": ("conditional/labels", "--condition auxiliary", ""),
    "conditional gan": ("conditional/labels", "--condition planes", ""),
}
GANS = ("bagan", "bagan, two heads", "ac-gan", "conditional gan")
PAIRS, SHOWN = 300, 12


@dataclass(frozen=True)
class Config:
    # A data set with labels and a test split.
    dataset: str = "mnist"
    # Where TFDS keeps prepared data sets.
    data_dir: Path | None = None
    # Side of the images.
    size: int = 28
    # Shares of its images that the class is cut to.
    shares: tuple[float, ...] = (0.025, 0.1)
    # Repetitions.
    seeds: tuple[int, ...] = (0, 1, 2)
    # The class that is cut: of seed n the n-th.
    classes: tuple[int, ...] = (2, 5, 8)
    # Which ways of completing the class with images that are drawn.
    gans: tuple[str, ...] = GANS
    # Rounds of each training, of 64 images; of the autoencoder, of 128.
    rounds: int = 3000
    # Step sizes of every G and every D; by default the objective's.
    lr_g: float | None = None
    lr_d: float | None = None
    # Channels of the largest feature maps.
    width: int = 16
    # Rounds of each classifier, of 128 images.
    classifier_rounds: int = 600
    # Where the runs go.
    runs: Path = Path("runs/imbalance")
    # Where the figures go.
    out: Path = ROOT / "docs" / "results" / "imbalance.json"

    def rare(self, seed: int) -> int:
        """The class that is cut."""
        return self.classes[seed % len(self.classes)]


def training(config: Config, name: str, share: float, seed: int, cut: Source) -> Path:
    """The folder of a run of the experiment on the cut data, which the settings name too, played now or before."""
    script, flags, begins = TRAININGS[name]
    out = config.runs / f"{share:g}-{seed}" / name.replace(", ", "-").replace(" ", "-")
    words = f"--dataset {config.dataset} --size {config.size} --cut {config.rare(seed)} {share} --seed {seed} {flags}"
    words += f" --width {config.width} --rounds {config.rounds} --save-every {config.rounds} --log-every 250"
    words += f" --sample-every {config.rounds} --decay {config.rounds if name == 'autoencoder' else 0} --out {out}"
    words += f" --data-dir {config.data_dir}" if config.data_dir else ""
    if name != "autoencoder":
        words += f" --lr-g {config.lr_g}" if config.lr_g else ""
        words += f" --lr-d {config.lr_d}" if config.lr_d else ""
    words += f" --begin-with {training(config, begins, share, seed, cut)}" if begins else ""
    if not (out / "report.html").exists():
        experiment = run.rows.experiment(script, ROOT / "experiments")
        run.start(experiment.build, experiment.Config, words.split(), source=lambda _: cut)
    return out


class Judge:
    """Classifiers of images, all trained by one program."""

    def __init__(self, config: Config, test: Source):
        self.test, self.rounds = test, config.classifier_rounds
        self.C = net(Classifier(len(test.classes), config.width))
        tx = optax.adam(optax.cosine_decay_schedule(3e-3, config.classifier_rounds))
        self.game: Game = recipes.classifier(self.C, tx=tx)

    @cached_property
    def step(self) -> Callable:
        return jax.jit(partial(play_rounds, self.game), donate_argnums=0)

    def trained(self, source: Source, seed: int) -> Callable[[np.ndarray], np.ndarray]:
        """A classifier of images uint8 [N, H, W, C] -> classes [N]."""
        stream = Stream(source, batch=128, seed=seed)
        state: State = init(self.game, jax.random.key(seed), stream.whole(0))
        for number in range(self.rounds):
            state, _ = self.step(state, jax.tree.map(lambda x: x[None], stream.block(number, 1)))
        logits = of_state(state, "C", self.C)

        def classes(images: np.ndarray) -> np.ndarray:
            parts = np.split(images, range(500, len(images), 500))
            return np.concatenate([np.argmax(logits(part.astype(np.float32) / 127.5 - 1), -1) for part in parts])

        return classes


def alike(images: np.ndarray, seed: int) -> float:
    """The mean SSIM of pairs of different images uint8 [N, H, W, C]."""
    draws = np.random.default_rng(seed)
    first = draws.integers(len(images), size=PAIRS)
    second = (first + draws.integers(1, len(images), size=PAIRS)) % len(images)
    return float(ssim(images[first], images[second]).mean())


def added(config: Config, way: str, share: float, seed: int, cut: Source, count: int) -> np.ndarray:
    """So many images of the rare class by a way of completing it."""
    minority, data = config.rare(seed), cut.read(np.arange(cut.length))
    members = data["image"][data["label"] == minority]
    if way == "over-sampling":
        return np.resize(members, (count, *members.shape[1:]))
    if way == "smote":
        from imblearn.over_sampling import SMOTE  # of imbalanced-learn, which nothing else needs

        few = np.concatenate([members, np.zeros((count + len(members), *members.shape[1:]), np.uint8)])
        rare = np.arange(len(few)) < len(members)
        flat = few.reshape(len(few), -1).astype(np.float32)
        made, _ = SMOTE(random_state=seed).fit_resample(flat, rare)
        return np.round(made[len(few) :]).astype(np.uint8).reshape(-1, *members.shape[1:])
    draw = Model(training(config, way, share, seed, cut)).ability(Drawing)
    return draw.images(draw.ability.codes(jax.random.key(seed), count, label=minority))


def cell(config: Config, share: float, seed: int, whole: Source, judge: Judge) -> dict[str, Any]:
    """All ways at one share and seed."""
    minority, test = config.rare(seed), judge.test.read(np.arange(judge.test.length))
    cut = labelled.cut(whole, str(minority), share, seed)
    data = cut.read(np.arange(cut.length))
    sizes = np.bincount(data["label"])
    told: dict[str, Any] = {"share": share, "seed": seed, "class": minority, "images": int(sizes[minority])}
    of_class = test["label"] == minority
    told["alike_real"] = alike(test["image"][of_class], seed)
    rows, shown = {}, [test["image"][of_class][:SHOWN]]
    full = judge.trained(whole, seed)
    for way in ("nothing", "over-sampling", "smote", *config.gans):
        images = added(config, way, share, seed, cut, int(sizes.max() - sizes[minority])) if way != "nothing" else None
        more = {"image": data["image"], "label": data["label"]}
        row: dict[str, Any] = {}
        if images is not None:
            more["image"] = np.concatenate([data["image"], images])
            more["label"] = np.concatenate([data["label"], np.full(len(images), minority, data["label"].dtype)])
            row |= {"alike": alike(images, seed), "of_class": float((full(images[:1000]) == minority).mean())}
            shown.append(images[:SHOWN])
        right = judge.trained(in_memory(way, more, whole.classes), seed)(test["image"]) == test["label"]
        rows[way] = row | {"recall": float(right[of_class].mean()), "accuracy": float(right.mean())}
        print(share, seed, way, rows[way], file=sys.stderr, flush=True)
    recall = (full(test["image"]) == test["label"])[of_class].mean()
    titles = ("real", "over-sampling", "smote", *config.gans)
    write(config.runs / f"{share:g}-{seed}.png", pictures.png(pictures.titled(
        pictures.grid(np.concatenate(shown), SHOWN), rows=titles)))  # fmt: skip
    return told | {"recall_whole": float(recall), "ways": rows}


def table(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over seeds, and the worst recall, of every way at every share."""
    found = []
    for share in sorted({one["share"] for one in cells}):
        some = [one for one in cells if one["share"] == share]
        real = float(np.mean([one["alike_real"] for one in some]))
        found.append({"share": share, "way": "all images", "alike": real,
                      "recall": float(np.mean([one["recall_whole"] for one in some]))})  # fmt: skip
        for way in some[0]["ways"]:
            rows = [one["ways"][way] for one in some]
            means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
            spread = {"recall_std": float(np.std([row["recall"] for row in rows])), "seeds": len(rows)}
            found.append({"share": share, "way": way, **means, **spread})
    return found


def main(config: Config) -> None:
    """Complete a rare class in every way, and ask a classifier that learns from what comes out."""
    cells = []
    where: dict[str, Any] = {"size": config.size, "data_dir": config.data_dir}
    whole, test = (decoded(open_source(config.dataset, split=split, **where)) for split in ("train", "test"))
    judge = Judge(config, test)
    for share in config.shares:
        for seed in config.seeds:
            known = config.runs / f"{share:g}-{seed}.json"
            if not known.exists():
                write_json(known, cell(config, share, seed, whole, judge))
            cells.append(json.loads(known.read_text()))
    rows = table(cells)
    settings = {name: value for name, value in vars(config).items() if name not in ("out", "data_dir", "runs")}
    played = [config.runs / f"{share:g}-{seed}" for share in config.shares for seed in config.seeds]
    # Of the trainings of GANs and autoencoders, those of earlier starts included: runs that are done are only read.
    seconds = sum(read_metrics(file)[-1]["seconds"] for path in played for file in path.glob("*/metrics.jsonl"))
    result = {"settings": settings, "rows": rows, "cells": cells, "seconds": round(seconds, 1)}
    write_json(config.out, result | {"environment": environment()})
    write(config.out.with_suffix(".png"), (config.runs / f"{config.shares[0]:g}-0.png").read_bytes())
    print(json.dumps({f"{row['share']:g} {row['way']}": round(row["recall"], 4) for row in rows}))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
