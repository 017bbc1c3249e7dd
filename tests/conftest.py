"""Eight fake devices, strict ranks, and where real data lies. Set before anything imports jax."""

import contextlib
import fcntl
import gc
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"
os.environ.setdefault("MPLBACKEND", "agg")
# Programs of tests run once: most of their time is LLVM's, which takes half as long without its costly passes.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
# The tests, and the processes that they start, compile the same small programs again and again.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).resolve().parents[1] / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
os.environ.setdefault("JAX_TRACEBACK_IN_LOCATIONS_LIMIT", "0")  # no stack of Python's beside every operation

import jax
import pytest

from places import DIGITS, SHARED
from rows import ROWS
from running import experiment

jax.config.update("jax_numpy_rank_promotion", "raise")
# Python's collector would walk through the traces of all programs again and again: a tenth of the time.
gc.freeze()
gc.set_threshold(200_000, 50, 100)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data."""
    if not SHARED.is_dir():
        pytest.skip(f"no real data in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def session_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session share."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def tfds_dir(session_place: Path) -> Path:
    """A folder in which TFDS may prepare our own data sets."""
    folder = session_place / "tfds"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def images() -> Path:
    """An .npz of 200 real 16x16 digits with labels, which opens at once."""
    return DIGITS


@pytest.fixture(scope="session")
def whole(session_place: Path) -> Callable[[str], Path]:
    """A row's whole small run, made once a session: its folder is to be read, and copied by who writes into it. What it
    said is beside it: `FOLDER.said`."""

    def made(name: str) -> Path:
        out = session_place / "runs" / name.replace(", ", "-")
        said = io.StringIO()
        out.parent.mkdir(exist_ok=True)
        with out.with_name(f"{out.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one worker makes it, and the others wait
            if not out.exists():
                with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
                    ended = experiment(ROWS[name].script, *ROWS[name].words, "--devices", 1, "--out", out)
                if ended:
                    shutil.rmtree(out, ignore_errors=True)
                    raise AssertionError(said.getvalue())
                out.with_name(f"{out.name}.said").write_text(said.getvalue())
        return out

    return made
