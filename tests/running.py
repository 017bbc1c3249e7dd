"""Running experiments and commands from tests, in this process (fast) or in one of their own."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from jaxgen import run
from jaxgen.cli import parse
from jaxgen.commands.main import main
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.folder import Folder
from places import REPOSITORY

SCRIPTS = {path.stem: path for path in sorted((REPOSITORY / "experiments").glob("*/*.py"))}
EXPERIMENTS = sorted(SCRIPTS)
BATCH = 8
TINY = ["--batch", str(BATCH), "--rounds", "4", "--save-every", "2", "--log-every", "1", "--sample-every", "4"]


def script(experiment: str) -> Path:
    return SCRIPTS[experiment]


@cache
def module(name: str) -> ModuleType:
    """An experiment's script as a module."""
    spec = importlib.util.spec_from_file_location(f"experiment_{name}", script(name))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their annotations up there
    spec.loader.exec_module(module)
    return module


def settings_of(name: str, *flags: object) -> tuple[ModuleType, Any]:
    """An experiment's module and its settings from flags."""
    return module(name), parse(module(name).Config, [str(flag) for flag in flags], name, "")


def experiment(name: str, *flags: object) -> int:
    """An experiment's exit status, run in this process."""
    return _status(lambda: _start(module(name), flags))


def _start(script: ModuleType, flags: Sequence[object]) -> None:
    of_its_own = {name: getattr(script, name, None) for name in ("source", "instead")}
    run.start(script.build, script.Config, [str(flag) for flag in flags], **of_its_own)


def command(*args: object) -> int:
    """The exit status of `jaxgen ARGS`, run in this process."""
    return _status(lambda: main([str(arg) for arg in args]))


def _status(act: Callable[[], object]) -> int:
    try:
        act()
    except SystemExit as ended:
        return ended.code or 0
    raise AssertionError("it did not exit")


def spawn(name: str, *flags: object, devices: int = 1, **environment: str) -> subprocess.Popen:
    """An experiment in a process of its own."""
    return _started([script(name), *flags], devices, environment)


def python(code: str, *args: object, devices: int = 1) -> subprocess.Popen:
    """Python code, which may import what tests can, in a process of its own."""
    return _started(["-c", code, *args], devices, {"PYTHONPATH": os.pathsep.join(sys.path)})


def _started(words: list[object], devices: int, environment: dict[str, str]) -> subprocess.Popen:
    env = os.environ | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"} | environment
    args = [sys.executable, *map(str, words)]
    return subprocess.Popen(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def arrays(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of a run's last checkpoint."""
    return _read(folder)[0]


def digest(folder: Path) -> str:
    return _read(folder)[1]["digest"]


def assert_same_numbers(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    """All of two states, number by number, within 1e-4."""
    assert set(ours) == set(theirs)
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-4, err_msg=name)


def _read(folder: Path):
    checkpoints = Checkpoints(Folder(folder).checkpoints, keep=0)
    try:
        return checkpoints.read()
    finally:
        checkpoints.close()
