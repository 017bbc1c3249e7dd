"""Runs that draw one image from another, beside each other: how near to what is there, how sharp, how like real ones.

    python benchmarks/evidence/translations.py --runs "L1=runs/l1" "GAN=runs/gan" "both=runs/both" --direction b2a \
        --dataset pairs:facades --out docs/results/translations.json

Of all pairs of a split that no run was trained on, CycleGANs included, which never saw what belongs together: L1 (of
images from -1 to 1), PSNR, SSIM and LPIPS to the pair's own; the Frechet and the kernel distance of all drawn images to
all real ones, by the features of EfficientNet-Lite0; and how much of the real images' power at frequencies above half
of Nyquist's is there. A Frechet distance of so few images is far above its limit for many: compare it within one table
alone; the kernel distance has no such bias. Beside the runs stand images of other pairs, those of --others, which are
real and of something else, and the mean of all.
"""

import json
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxgen.abilities import Map
from jaxgen.cli import guarded, parse
from jaxgen.data import coloured, edges, open_source
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.features import efficientnet, lpips
from jaxgen.measure.extract import BATCH, evenly, extract
from jaxgen.measure.perceptual import distances
from jaxgen.metrics import frechet, kernel, spectrum
from jaxgen.metrics.images import psnr, ssim
from jaxgen.model import Model
from jaxgen.model.files import chosen
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json


@dataclass(frozen=True)
class Config:
    """What is compared, and where the answer goes."""

    # What each run is called and its folder: "L1=runs/l1".
    runs: tuple[str, ...]
    # Which way, of runs that have several: a2b or b2a.
    direction: str | None = None
    # Pairs, where the first run's own data are none or lie elsewhere.
    dataset: str | None = None
    # Of these: pairs that no run was trained on.
    split: str = "test"
    # And pairs whose images stand beside what is drawn, as real images of something else.
    others: str = "train"
    # Columns of the picture.
    shown: int = 10
    # Of the runs' noise.
    seed: int = 0
    # A .json file, beside which the picture goes; else the figures are printed alone.
    out: Path | None = None


def drawn(model: Model, one: Map, given: np.ndarray, seed: int) -> np.ndarray:
    """uint8 images of what a run draws from uint8 images."""
    (name,), (made,) = one.takes, one.gives
    bound, keys = model.bind(one), jax.random.split(jax.random.key(seed), len(given))
    parts = []
    for i in range(0, len(given), BATCH):
        x = given[i : i + BATCH].astype(np.float32) / 127.5 - 1
        parts.append(pictures.to_uint8(bound(one.apply, {name: x}, keys[i : i + BATCH])[made]))
    return np.concatenate(parts)


class Judge:
    """What stands in the table of images that are drawn, beside those that are there."""

    def __init__(self, there: np.ndarray):
        self.there, self.mesh = there, data_mesh(jax.devices()[:1])
        self.perceptual, self.features = lpips.load("alex"), efficientnet.load()
        self.real = self._seen(there)

    def _seen(self, images: np.ndarray) -> Any:
        batches = [images[i : i + BATCH] for i in range(0, len(images), BATCH)]
        return extract(self.features, batches, self.mesh, frozenset({"moments", "features"}))

    def __call__(self, images: np.ndarray) -> dict[str, float]:
        a, b = (x.astype(np.float32) / 127.5 - 1 for x in (images, self.there))
        seen = self._seen(images)
        return {
            "l1": float(np.abs(a - b).mean()),
            "psnr": float(psnr(images, self.there).mean()),
            "ssim": float(ssim(images, self.there).mean()),
            "lpips": float(distances(self.perceptual, images, self.there, self.mesh).mean()),
            "frechet": frechet.distance(self.real.moments, seen.moments),
            "kernel": kernel.squared_mmd(self.real.features, seen.features),
            "fine": spectrum.kept(self.there, images),
            "spectrum": spectrum.radial(images)[1].tolist(),
        }


def main(config: Config) -> None:
    """Draw an image for every pair by every run, and measure them all."""
    told = [run.partition("=") for run in config.runs]
    if not told or not all(folder for _, _, folder in told):
        raise InputError('name each run and its folder: --runs "L1=runs/l1" "both=runs/both"')
    models = {name: Model(Path(folder)) for name, _, folder in told}
    maps = {name: chosen(model.abilities(Map), config.direction) for name, model in models.items()}
    first = next(iter(maps.values()))
    (seen,), (made,) = first.takes, first.gives
    dataset = config.dataset or next(iter(models.values())).settings["dataset"]
    size = first.takes[seen].size
    pairs, others = (
        edges.beside(coloured.beside(open_source(dataset, split=split, size=size)))
        for split in (config.split, config.others)
    )
    pairs.fields.images(seen, made)
    every = pairs.read(np.arange(pairs.length))
    draw = partial(drawn, given=every[seen], seed=config.seed)
    ours = {name: draw(model, maps[name]) for name, model in models.items()}
    there = every[made]
    mean = np.broadcast_to(there.mean(0).round().astype(np.uint8), there.shape)
    another = others.read(evenly(others.length, len(there)))[made]
    if len(another) < len(there):
        raise InputError(
            f"--others {config.others} has {len(another)} pairs, fewer than the {len(there)} to stand beside"
        )
    judge = Judge(there)
    found = {name: judge(images) for name, images in {**ours, "another": another, "mean": mean}.items()}
    result = {
        "dataset": dataset,
        "split": config.split,
        "pairs": pairs.length,
        "others": config.others,
        "size": size,
        "direction": f"{seen}2{made}",
        "rounds": {name: model.round for name, model in models.items()},
        "found": found,
        "real": {"spectrum": spectrum.radial(there)[1].tolist()},
        "weights": {judge.perceptual.name: judge.perceptual.digest, judge.features.name: judge.features.digest},
    }
    if config.out:
        write_json(config.out, result | {"seed": config.seed, "environment": environment()})
        rows = {"given": every[seen], **ours, "true": there}
        few = [images[: config.shown].astype(np.float32) / 127.5 - 1 for images in rows.values()]
        write(config.out.with_suffix(".png"), pictures.png(pictures.of_rows(*rows)(few)))
    print(json.dumps({name: {k: v for k, v in each.items() if k != "spectrum"} for name, each in found.items()}))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
