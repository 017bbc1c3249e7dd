"""Eight fake devices, strict ranks, and where real data lies. Set before anything imports jax."""

import os
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

import jax
import numpy as np
import pytest

from places import SHARED

jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data."""
    if not SHARED.is_dir():
        pytest.skip(f"no real data in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def tfds_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which TFDS may prepare our own data sets."""
    return tmp_path_factory.mktemp("tfds")


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An .npz of real 16x16 digits with labels, which opens at once."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    small = np.round(digits.images[:200] * (255 / 16)).astype(np.uint8).repeat(2, 1).repeat(2, 2)
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    np.savez(path, images=small, labels=digits.target[:200])
    return path
