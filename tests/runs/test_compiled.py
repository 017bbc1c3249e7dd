"""Compiled programs that a run keeps."""

import contextlib

import jax
import pytest
from jax.experimental.compilation_cache import compilation_cache

from rows import ROWS
from running import digest, experiment, spawn


@contextlib.contextmanager
def users_folder(folder):
    """The one that jax has for compiled programs meanwhile, or None."""
    before = jax.config.jax_compilation_cache_dir
    try:
        _set(folder)
        yield
    finally:
        _set(before)


def _set(folder):
    jax.config.update("jax_compilation_cache_dir", folder and str(folder))
    compilation_cache.reset_cache()  # jax looks at the folder's name once only


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXGEN_CACHE", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def flags():
    return [*ROWS["gan"].words, "--devices", 1]


def steps(folder):
    return [path.name for path in folder.glob("jit_step-*-cache")]


def test_a_run_that_goes_on_finds_its_program_and_plays_the_same_rounds(flags, home, tmp_path):
    kept = home / "compiled"
    with users_folder(None):
        assert experiment("gan", *flags, "--out", tmp_path / "fresh", "--no-compilation-cache") == 0
        assert not kept.exists()
        assert experiment("gan", *flags, "--out", tmp_path / "kept", "--rounds", 2) == 0
        (name,) = steps(kept)
    other = {"JAX_COMPILATION_CACHE_DIR": "", "JAXGEN_CACHE": str(home)}
    process = spawn("gan", *flags, "--out", tmp_path / "kept", devices=8, **other)
    said = process.communicate(timeout=240)[1]
    assert process.returncode == 0, said
    assert steps(kept) == [name]
    assert digest(tmp_path / "kept") == digest(tmp_path / "fresh")
    (kept / name).write_bytes((kept / name).read_bytes()[:1000])  # what a kill in the middle of writing leaves
    with users_folder(None), pytest.warns(UserWarning, match="persistent compilation cache"):
        assert experiment("gan", *flags, "--out", tmp_path / "again", "--rounds", 2) == 0


def test_the_users_own_folder_wins(flags, home, tmp_path):
    with users_folder(tmp_path / "mine"):
        assert experiment("gan", *flags, "--out", tmp_path / "run", "--rounds", 1) == 0
    assert steps(tmp_path / "mine")
    assert not home.exists()
