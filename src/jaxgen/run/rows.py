"""Experiments by name, for tests, benchmarks and other experiments: what a script defines."""

import importlib.util
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxgen.cli import guarded, parse
from jaxgen.data import Fields
from jaxgen.run.settings import Settings
from jaxgen.run.start import SMALLER
from jaxgen.run.start import start as started
from jaxgen.run.system import System


def experiment(name: str, folder: Path) -> Any:
    """The module of a script "family/name" in the folder of experiments: its `Config`, its `build`, and where it has
    data of its own its `source`. The same one each time."""
    path = (folder / f"{name}.py").resolve()
    known = f"experiments.{path}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, path)
        assert spec, path
        assert spec.loader, path
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module  # dataclasses, and what writes --help, look there
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[known]
            raise
    return sys.modules[known]


def start(name: str, flags: Sequence[object], folder: Path) -> None:
    """Start an experiment as its script does, and exit."""
    script = experiment(name, folder)
    source, instead = getattr(script, "source", None), getattr(script, "instead", None)
    words = [str(flag) for flag in flags]
    again = shlex.join(["python", str(folder / f"{name}.py"), *words])

    def act() -> None:
        started(script.build, script.Config, words, source=source, instead=instead)

    sys.exit(guarded(act, debug="--debug" in words, again=again, smaller=SMALLER))


def settings(name: str, flags: Sequence[object], folder: Path) -> Settings:
    """What flags say to an experiment.

    Raises:
      InputError: nothing that it understands, or what is out of its range.
    """
    return parse(experiment(name, folder).Config, [str(flag) for flag in flags], name, "")


def system(name: str, flags: Sequence[object], fields: Fields, folder: Path) -> System:
    """An experiment's system, by flags, for data with such fields.

    Raises:
      InputError: as of `settings`, or the data lacks something.
    """
    return experiment(name, folder).build(settings(name, flags, folder), fields)
