"""Compiled programs that a run keeps."""

import contextlib
import shutil

import jax
import pytest
from jax.experimental.compilation_cache import compilation_cache

from jaxgen.run import compiled
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
    return [*ROWS["autoencoder"].words, "--devices", 1]


def steps(folder):
    return [path.name for path in folder.glob("jit_step-*-cache")]


def test_a_run_that_goes_on_finds_its_program_and_plays_the_same_rounds(flags, home, whole, tmp_path, monkeypatch):
    kept, out = home / "compiled", ["--out", tmp_path / "kept"]
    monkeypatch.setitem(compiled.SETTINGS, "jax_persistent_cache_min_compile_time_secs", 0.0)  # small nets compile fast
    with users_folder(None):
        assert experiment("autoencoder", *flags, *out, "--rounds", 2) == 0
        (name,) = steps(kept)
        written = (kept / name).stat().st_mtime_ns
        assert experiment("autoencoder", *flags, *out) == 0
        assert (steps(kept), (kept / name).stat().st_mtime_ns) == ([name], written)
        assert digest(tmp_path / "kept") == digest(whole("autoencoder"))
        (kept / name).write_bytes((kept / name).read_bytes()[:1000])  # what a kill in the middle of writing leaves
        with pytest.warns(UserWarning, match="persistent compilation cache"):
            assert experiment("autoencoder", *flags, *out, "--rounds", 5) == 0


def test_none_are_kept_where_none_are_wanted(flags, home, whole, tmp_path, monkeypatch):
    seen, run = [], shutil.copytree(whole("autoencoder"), tmp_path / "run")
    monkeypatch.setattr(compiled, "kept", lambda folder: seen.append(folder) or contextlib.nullcontext())
    for more in (["--no-compilation-cache"], []):
        assert seen == []
        assert experiment("autoencoder", *flags, "--out", run, *more) == 0
    assert seen == [home / "compiled"]


@pytest.mark.slow
def test_a_run_that_goes_on_in_another_process_finds_its_program(home, tmp_path):
    kept, flags = home / "compiled", [*ROWS["gan"].words, "--devices", 1]
    with users_folder(None):
        assert experiment("gan", *flags, "--out", tmp_path / "fresh", "--no-compilation-cache") == 0
        assert experiment("gan", *flags, "--out", tmp_path / "kept", "--rounds", 2) == 0
        (name,) = steps(kept)
    other = {"JAX_COMPILATION_CACHE_DIR": "", "JAXGEN_CACHE": str(home)}
    process = spawn("gan", *flags, "--out", tmp_path / "kept", devices=8, **other)
    said = process.communicate(timeout=240)[1]
    assert process.returncode == 0, said
    assert steps(kept) == [name]
    assert digest(tmp_path / "kept") == digest(tmp_path / "fresh")


def test_the_users_own_folder_wins(flags, home, tmp_path):
    with users_folder(tmp_path / "mine"):
        assert experiment("autoencoder", *flags, "--out", tmp_path / "run", "--rounds", 1) == 0
    assert steps(tmp_path / "mine")
    assert not home.exists()
