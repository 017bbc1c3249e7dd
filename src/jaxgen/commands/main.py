"""The `jaxgen` command: what can be done with a run's folder."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import jax
import numpy as np
from tyro.conf import Positional, subcommand

from jaxgen.cli import at_least, guarded, parse
from jaxgen.commands.explicit import Complete, Likelihood
from jaxgen.commands.geometry import Arithmetic, Interpolate, Map, Traverse
from jaxgen.commands.inpaint import Inpaint, Invert
from jaxgen.commands.scoring import Compare, Evaluate
from jaxgen.model.trained import Trained, read_checkpoint
from jaxgen.run.report import write_report
from jaxgen.show import pictures
from jaxgen.store.folder import Folder


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
        at_least("--count", self.count, 1)
        at_least("--seed", self.seed, 0)
        out = pictures.fit(self.out or self.run / "sample.png")
        trained = Trained(self.run, checkpoint=self.checkpoint)
        codes = trained.sampler.codes(jax.random.key(self.seed), self.count)
        pictures.save(trained.images(np.asarray(codes)), out)


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
    | Annotated[Arithmetic, subcommand("arithmetic")]
    | Annotated[Traverse, subcommand("traverse")]
    | Annotated[Map, subcommand("map")]
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
