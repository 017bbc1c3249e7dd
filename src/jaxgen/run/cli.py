"""The `jaxgen` command: what can be done with a run's folder."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import jax
import numpy as np
from PIL import Image
from tyro.conf import Positional, subcommand

from jaxgen import sampling
from jaxgen.errors import InputError
from jaxgen.run import pictures
from jaxgen.run.explicit import Complete, Likelihood
from jaxgen.run.folder import Folder, write
from jaxgen.run.inpaint import Inpaint, Invert
from jaxgen.run.main import guarded, parse
from jaxgen.run.report import write_report
from jaxgen.run.scoring import Compare, Evaluate
from jaxgen.run.trained import Trained, read_checkpoint


@dataclass(frozen=True)
class Sample:
    """Draw new images from a run."""

    # The run's folder.
    run: Positional[Path]
    # How many.
    count: int = 64
    # Of the codes: the same seed gives the same images.
    seed: int = 0
    # A .png for one picture of all, an .npz for an array, else a folder of one .png each; by default RUN/sample.png.
    out: Path | None = None
    # Of which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        _at_least("--count", self.count, 1)
        _at_least("--seed", self.seed, 0)
        trained = Trained(self.run, checkpoint=self.checkpoint)
        codes = trained.sampler.codes(jax.random.key(self.seed), self.count)
        _save(trained.images(np.asarray(codes)), self.out or self.run / "sample.png")


@dataclass(frozen=True)
class Interpolate:
    """Draw paths between pairs of codes, one a row."""

    # The run's folder.
    run: Positional[Path]
    # How many pairs.
    rows: int = 8
    # Images on a path, both ends included.
    steps: int = 10
    # Great circles, along which a Gaussian prior's codes stay likely, or straight lines.
    path: Literal["sphere", "line"] = "sphere"
    # Of the codes.
    seed: int = 0
    # As with sample; by default RUN/interpolation.png.
    out: Path | None = None
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        _at_least("--rows", self.rows, 1)
        _at_least("--steps", self.steps, 2)
        _at_least("--seed", self.seed, 0)
        trained = Trained(self.run)
        if not isinstance(trained.sampler, sampling.LatentSampler):
            raise InputError(
                f"the images of {self.run} are not made from latent codes, so there is nothing between them"
            )
        ends = trained.sampler.codes(jax.random.key(self.seed), 2 * self.rows)
        between = {"sphere": sampling.sphere, "line": sampling.line}[self.path]
        codes = np.asarray(between(ends[: self.rows], ends[self.rows :], self.steps)).reshape(-1, ends.shape[1])
        _save(trained.images(codes), self.out or self.run / "interpolation.png", self.steps)


@dataclass(frozen=True)
class Report:
    """Write a run's report.html anew."""

    # The run's folder.
    run: Positional[Path]
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        folder = Folder(self.run)
        write_report(folder)
        print(folder.report)


@dataclass(frozen=True)
class Digest:
    """Print the round of the last whole checkpoint and the SHA-256 of all of its state, the data's place included."""

    # The run's folder.
    run: Positional[Path]
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        arrays, record = read_checkpoint(Folder(self.run))
        print(f"round {int(arrays['round'])}  {record['digest']}")


Command = (
    Annotated[Sample, subcommand("sample")]
    | Annotated[Interpolate, subcommand("interpolate")]
    | Annotated[Evaluate, subcommand("evaluate")]
    | Annotated[Compare, subcommand("compare")]
    | Annotated[Likelihood, subcommand("likelihood")]
    | Annotated[Complete, subcommand("complete")]
    | Annotated[Inpaint, subcommand("inpaint")]
    | Annotated[Invert, subcommand("invert")]
    | Annotated[Report, subcommand("report")]
    | Annotated[Digest, subcommand("digest")]
)


def main(args: Sequence[str] | None = None) -> None:
    """The command line's entry: exit status 0, or 2 and one line for bad input."""
    given = list(sys.argv[1:] if args is None else args)
    sys.exit(
        guarded(lambda: parse(Command, given, "jaxgen", "Work with the folders of runs.")(), debug="--debug" in given)
    )


def _at_least(flag: str, value: int, least: int) -> None:
    if value < least:
        raise InputError(f"{flag} is {value}; it must be at least {least}")


def _save(images: np.ndarray, out: Path, columns: int | None = None) -> None:
    """uint8 images [N, H, W, C] in the form that the name asks for."""
    try:
        if out.suffix == ".png":
            write(out, pictures.png(pictures.grid(images, columns)))
        elif out.suffix == ".npz":
            out.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(out, images=images)
        elif out.suffix:
            raise InputError(f"{out}: images are written as .png, .npz or to a folder, not as {out.suffix}")
        else:
            for i, image in enumerate(images):
                picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
                write(out / f"{i:06}.png", pictures.png(picture))
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise InputError(f"{out} cannot be written ({error.strerror})") from None
    print(out)
