"""`jaxgen likelihood` and `jaxgen complete`: what can be done with a model that has a density."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional

from jaxgen.commands.opened import opened
from jaxgen.commands.results import tell
from jaxgen.errors import InputError
from jaxgen.limits import AtLeast, Seed


@dataclass(frozen=True)
class Likelihood:
    """Measure a run's likelihood of images: nats an image and bits per dimension."""

    # The run's folder: an autoregressive model, or a VAE, of which bounds are measured.
    run: Positional[Path]
    # Split of the data; by default test, where there is one that the run did not see, else what it was trained on.
    split: str | None = None
    # Other images than the run's own, as for --dataset of the experiments; they must have the size that it knows.
    dataset: str | None = None
    # How many of them, spread evenly over the split; by default all.
    images: Annotated[int | None, AtLeast(1)] = None
    # Samples for each image of a VAE's importance-weighted bound.
    samples: Annotated[int, AtLeast(1)] = 500
    # Of a VAE's noise.
    seed: Seed = 0
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Print the record instead of sentences; it goes into RUN/scores in any case.
    json: bool = False
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        import json

        model = opened(self.run, self.checkpoint)
        from jaxgen.measure import likelihoods
        from jaxgen.measure.of_run import likelihood

        record = likelihood(model, self.dataset, self.split, self.images, self.samples, self.seed)
        out = model.folder.scores / f"round-{model.round:07}-likelihood-{record['split'].replace('/', '_')}.json"
        tell(record, [json.dumps(record)] if self.json else likelihoods.lines(record), out)


@dataclass(frozen=True)
class Complete:
    """Draw the unknown part of images, several times each, with an autoregressive model."""

    # The run's folder.
    run: Positional[Path]
    # What is known: top, bottom, left or right is that half; centre lacks a square in the middle; random, blobs and
    # strokes lack a share of the pixels (random:0.8); or an image file of that size, its white or its opaque pixels
    # known. Pixels are drawn row by row: of known ones only those above, and to the left, of a drawn one tell it
    # something.
    mask: str = "top"
    # Images, as for --dataset of the experiments; by default those of the run, of its test split where it has one.
    dataset: str | None = None
    # Split of the data.
    split: str | None = None
    # How many images, spread over the split.
    count: Annotated[int, AtLeast(1)] = 10
    # Completions of each.
    samples: Annotated[int, AtLeast(1)] = 6
    # The same seed gives the same completions.
    seed: Seed = 0
    # A .png for a picture, a row an image: itself, what is known, its completions; an .npz for an array of those,
    # [image, completion, H, W, C]. By default RUN/completions.png.
    out: Path | None = None
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        out = self.out or self.run / "completions.png"
        if out.suffix.lower() not in (".png", ".npz"):
            raise InputError(f"{out}: completions are written as .png or .npz")
        model = opened(self.run, self.checkpoint)
        from jaxgen.abilities import DensityByPixels, DrawByPixels
        from jaxgen.measure.extract import evenly
        from jaxgen.measure.likelihoods import checked
        from jaxgen.model import completions, data
        from jaxgen.show import pictures

        draw = model.ability(DrawByPixels)
        known = completions.known(self.mask, draw.ability.size, self.count, self.seed)
        source, _ = data.tested_on(model, self.dataset, self.split)
        density = model.abilities(DensityByPixels)[0]
        batch = checked(source.read(evenly(source.length, self.count)), density, source.name)
        images, known = batch["image"], known[: len(batch["image"])]
        drawn = completions.completed(draw, images, known, self.samples, self.seed, batch.get("label"))
        pictures.save_as(out, lambda: completions.picture(images, known, drawn), images=drawn)
