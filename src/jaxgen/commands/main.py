"""The `jaxgen` command: what can be done with the folders of runs. Only the command that is asked for is imported."""

import sys
from collections.abc import Sequence
from dataclasses import make_dataclass
from importlib import import_module
from typing import Annotated, Any, NamedTuple, Union

from tyro.conf import subcommand

from jaxgen.cli import guarded, parse


class Named(NamedTuple):
    """Where a command is, and what it is for."""

    place: str  # file.Class in `jaxgen.commands`
    line: str


_APPLY = "Apply a run to files: what it makes of images, in files of the same names."
COMMANDS = {
    "sample": Named("sample.Sample", "Draw new images from a run."),
    "apply": Named("apply.Apply", _APPLY),
    **{name: Named("apply.Apply", f"The same as apply, for runs that {name}.") for name in (
        "translate", "upscale", "colourise", "segment", "impute")},
    "interpolate": Named("geometry.Interpolate", "Draw paths between pairs of codes, one a row."),
    "arithmetic": Named("geometry.Arithmetic", "Draw a - b + c, each the mean of the codes of examples."),
    "traverse": Named("geometry.Traverse", "Draw codes that are moved step by step along directions."),
    "map": Named("codes.Map", "Draw the codes that a run's encoder gives to images in a plane."),
    "evaluate": Named("scoring.Evaluate", "Score a run's images beside the data that it was trained on."),
    "compare": Named("scoring.Compare", "Score the images of one folder beside those of another."),
    "likelihood": Named("explicit.Likelihood", "Measure a run's likelihood of images, in nats and bits per dimension."),
    "complete": Named("explicit.Complete", "Draw the unknown part of images, several times each, pixel by pixel."),
    "inpaint": Named("inpaint.Inpaint", "Complete images by a search for the code whose image fits the rest."),
    "invert": Named("inpaint.Invert", "Find the codes of images, by an encoder or by a search."),
    "report": Named("folders.Report", "Write a run's report.html anew."),
    "digest": Named("folders.Digest", "Print a run's round and the SHA-256 of all of its state."),
}  # fmt: skip


def command(name: str) -> type:
    """The dataclass of a command, whose instances are called."""
    file, cls = COMMANDS[name].place.split(".")
    return getattr(import_module(f"jaxgen.commands.{file}"), cls)


def main(args: Sequence[str] | None = None) -> None:
    """The command line's entry: exit status 0; 1 for a fault on the way; 2 and one line for bad input."""
    given = list(sys.argv[1:] if args is None else args)
    sys.exit(guarded(lambda: _act(given), debug="--debug" in given))


def _act(args: list[str]) -> None:
    if args and args[0] in COMMANDS:
        kind = command(args[0])
        parse(kind, args[1:], f"jaxgen {args[0]}", kind.__doc__ or "")()
    else:
        parse(_overview(), args, "jaxgen", "Work with the folders of runs.")


def _overview() -> Any:
    """All commands by their names and lines alone: no import is waited for to list them, or to say what is wrong."""
    kinds = []
    for name, (_, line) in COMMANDS.items():
        kind = make_dataclass(name.title(), [])
        kind.__doc__ = line
        kinds.append(Annotated[kind, subcommand(name)])
    return Union[tuple(kinds)]  # noqa: UP007  # as many as there are


if __name__ == "__main__":
    main()
