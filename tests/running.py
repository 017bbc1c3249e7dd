"""Running experiments and commands from tests, in this process (fast) or in one of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from jaxgen import run
from jaxgen.commands.main import main
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.folder import Folder
from places import REPOSITORY

EXPERIMENTS = REPOSITORY / "experiments"
SCRIPTS = {path.stem: path for path in sorted(EXPERIMENTS.glob("*/*.py"))}
BATCH = 8
TINY = ["--batch", str(BATCH), "--rounds", "4", "--save-every", "2", "--log-every", "1", "--sample-every", "4"]


def script(experiment: str) -> Path:
    return SCRIPTS[experiment]


def module(name: str) -> ModuleType:
    """An experiment's script as a module, the same one each time."""
    return run.rows.experiment(_named(name), EXPERIMENTS)


def settings_of(name: str, *flags: object) -> run.Settings:
    """What flags say to an experiment."""
    return run.rows.settings(_named(name), flags, EXPERIMENTS)


def experiment(name: str, *flags: object) -> int:
    """An experiment's exit status, run in this process."""
    return _status(lambda: run.rows.start(_named(name), flags, EXPERIMENTS))


def _named(name: str) -> str:
    return f"{script(name).parent.name}/{name}"


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


def arrays(folder: Path, round: int | None = None) -> dict[str, np.ndarray]:
    """The arrays of a run's last checkpoint, or of a round's."""
    if round is None:
        return _read(Folder(folder).checkpoints)[0]
    with tempfile.TemporaryDirectory() as alone:
        shutil.copytree(Folder(folder).checkpoints / str(round), Path(alone) / str(round))
        return _read(Path(alone))[0]


def digest(folder: Path) -> str:
    return _read(Folder(folder).checkpoints)[1]["digest"]


def assert_same_numbers(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    """All of two states, number by number, within 1e-4."""
    assert set(ours) == set(theirs)
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-4, err_msg=name)


def _read(folder: Path) -> tuple[dict[str, np.ndarray], dict]:
    checkpoints = Checkpoints(folder, keep=0)
    try:
        return checkpoints.read()
    finally:
        checkpoints.close()
