"""An experiment from its command line to its report."""

import inspect
import json
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from jaxgen.cli import guarded, helped, parse
from jaxgen.data import Fields, Source
from jaxgen.errors import note
from jaxgen.game import State
from jaxgen.run.session import Session
from jaxgen.run.settings import BRIEF, Settings, grouped
from jaxgen.run.system import System
from jaxgen.store.folder import write

# What to change where a device or the machine has not enough memory.
SMALLER = "--batch, --size or --width, or say --precision bfloat16"
EXAMPLES = 2  # that --help ends with

type Build[S: Settings] = Callable[[S, Fields], System]


def start[S: Settings](
    build: Build[S],
    settings: type[S],
    args: Sequence[str] | None = None,
    *,
    source: Callable[[S], Source] | None = None,
    instead: Callable[[S], bool] | None = None,
) -> None:
    """Run an experiment with settings from the command line, and exit; with `args`, as in a notebook, return.

    Exit status: 0 done; 1 a fault on the way; 2 bad input; 3 stopped by --stop-on, 128 + n by signal n, after saving.

    Args:
      build: settings, fields of the data -> the system. Its docstring heads --help, which ends with the first commands
        in the docstring of its file; the file names the experiment.
      settings: the experiment's.
      args: flags; by default the command line's.
      source: settings -> data of the experiment's own; by default what --dataset names.
      instead: settings -> whether they ask for something that needs no training, which it has done then.

    Raises:
      with `args`, as `train`.
    """
    given, prog = list(sys.argv[1:] if args is None else args), sys.argv[0]
    if not given and settings.ALONE:
        given = shlex.split(settings.ALONE)
        note(f"without flags this is: {Path(prog).name} {settings.ALONE}")

    def act() -> None:
        _help(build, settings, given, prog)
        config = parse(settings, given, prog, build.__doc__ or "")
        if instead is None or not instead(config):
            train(build, config, source=source)

    if args is not None:
        return act()
    python = ["python"] if prog.endswith(".py") else []
    again = shlex.join([*python, prog, *given])
    sys.exit(guarded(act, debug="--debug" in given, again=again, smaller=SMALLER))


def _help(build: Callable, settings: type[Settings], args: Sequence[str], prog: str) -> None:
    """Show --help or --help-all, where one is asked for, and exit."""
    every = "--help-all" in args
    groups = {title: names for title, names in grouped(settings).items() if every or title in BRIEF}
    commands = re.findall(r"^(?:python|jaxgen) (?:.*\\\n)*.*$", build.__globals__.get("__doc__") or "", flags=re.M)
    end = [] if every else ["--help-all also shows the settings of scoring while a run trains, and of machines.", ""]
    own = Path(inspect.getfile(build)).name  # another script's may come first where it trains what this one begins with
    commands.sort(key=lambda command: own not in command.split()[1])
    examples = ["Examples:", *commands[:EXAMPLES]] if commands else []
    helped(settings, args, prog, build.__doc__ or "", groups, "\n".join([*end, *examples]))


def train[S: Settings](build: Build[S], config: S, *, source: Callable[[S], Source] | None = None) -> State:
    """Build a system for the data that the settings name, play it, and write down what it came to.

    Raises:
      as `Session.train`.
    """
    name = Path(inspect.getfile(build)).stem
    with Session(config, name, source) as session:
        system = build(config, session.fields)
        state = session.train(system)
        if system.finish and session.first_process and (found := system.finish(session.ended(system, state))):
            write(config.out / "test.json", json.dumps(found) + "\n")
            print(json.dumps(found))
        return state
