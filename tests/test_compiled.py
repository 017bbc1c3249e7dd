"""Compiled programs that a run keeps."""

import pytest

from runs import TINY, digest, spawn


@pytest.fixture(scope="module")
def play(images):
    """A run in a process of its own, in which jax has no folder for compiled programs but the one that is given."""

    def play(out, *flags, cache=""):
        process = spawn("gan", "--dataset", images, *TINY, "--out", out, *flags, JAX_COMPILATION_CACHE_DIR=str(cache))
        said = process.communicate(timeout=240)[1]
        assert process.returncode == 0, said
        return said

    return play


def steps(folder):
    return [path.name for path in folder.glob("jit_step-*-cache")]


def test_a_run_that_goes_on_finds_its_program_and_plays_the_same_rounds(play, tmp_path):
    kept, fresh = tmp_path / "kept", tmp_path / "fresh"
    play(kept, "--rounds", 2)
    (name,) = steps(kept / "cache")
    play(kept, "--rounds", 4)
    assert steps(kept / "cache") == [name]
    play(fresh, "--no-compilation-cache")
    assert not (fresh / "cache").exists()
    assert digest(kept) == digest(fresh)


def test_half_a_program_does_no_harm(play, tmp_path):
    """What a kill in the middle of writing leaves."""
    play(tmp_path / "run", "--rounds", 2)
    (name,) = steps(tmp_path / "run" / "cache")
    program = tmp_path / "run" / "cache" / name
    program.write_bytes(program.read_bytes()[:1000])
    play(tmp_path / "run")


def test_the_users_own_folder_wins(play, tmp_path):
    play(tmp_path / "run", cache=tmp_path / "mine")
    assert steps(tmp_path / "mine")
    assert not (tmp_path / "run" / "cache").exists()
