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
from jaxgen.game import State
from jaxgen.run.session import Session
from jaxgen.run.settings import BRIEF, Settings, grouped
from jaxgen.run.system import System
from jaxgen.store.folder import write

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
    """Run an experiment with settings from the command line, and exit.

    Exit status: 0 done; 1 a fault on the way; 2 bad input; 3 stopped by --stop-on, 128 + n by signal n, after saving.

    Args:
      build: settings, fields of the data -> the system. Its docstring heads --help, which ends with the first commands
        in the docstring of its file; the file names the experiment.
      settings: the experiment's.
      args: by default the command line's.
      source: settings -> data of the experiment's own; by default what --dataset names.
      instead: settings -> whether they ask for something that needs no training, which it has done then.
    """
    args = list(sys.argv[1:] if args is None else args)
    prog = sys.argv[0]

    def act() -> None:
        _help(build, settings, args, prog)
        config = parse(settings, args, prog, build.__doc__ or "")
        if instead is None or not instead(config):
            train(build, config, source=source)

    python = ["python"] if prog.endswith(".py") else []
    sys.exit(guarded(act, debug="--debug" in args, again=shlex.join([*python, prog, *args])))


def _help(build: Callable, settings: type[Settings], args: Sequence[str], prog: str) -> None:
    every = "--help-all" in args
    groups = {title: names for title, names in grouped(settings).items() if every or title in BRIEF}
    commands = re.findall(r"^(?:python|jaxgen) (?:.*\\\n)*.*$", build.__globals__.get("__doc__") or "", flags=re.M)[
        :EXAMPLES
    ]
    end = [] if every else ["--help-all also shows the settings of scoring while a run trains, and of machines.", ""]
    helped(
        settings,
        args,
        prog,
        build.__doc__ or "",
        groups,
        "\n".join([*end, *(["Examples:"] if commands else []), *commands]),
    )


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
