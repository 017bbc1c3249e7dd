"""Compiled programs that a run keeps."""

import pytest

from running import TINY, digest, spawn


@pytest.fixture
def play(images, tmp_path):
    """A run in a process of its own, in which jax has no folder for compiled programs but the one that is given."""

    def play(out, *flags, cache=""):
        folders = {"JAX_COMPILATION_CACHE_DIR": str(cache), "JAXGEN_CACHE": str(tmp_path / "home")}
        process = spawn("gan", "--dataset", images, *TINY, "--out", tmp_path / out, *flags, **folders)
        said = process.communicate(timeout=240)[1]
        assert process.returncode == 0, said

    return play


def steps(folder):
    return [path.name for path in folder.glob("jit_step-*-cache")]


def test_a_run_that_goes_on_finds_its_program_and_plays_the_same_rounds(play, tmp_path):
    kept = tmp_path / "home" / "compiled"
    play("fresh", "--no-compilation-cache")
    assert not kept.exists()
    play("kept", "--rounds", 2)
    (name,) = steps(kept)
    play("kept", "--rounds", 4)
    assert steps(kept) == [name]
    assert digest(tmp_path / "kept") == digest(tmp_path / "fresh")
    (kept / name).write_bytes((kept / name).read_bytes()[:1000])  # what a kill in the middle of writing leaves
    play("again", "--rounds", 2)


def test_the_users_own_folder_wins(play, tmp_path):
    play("run", cache=tmp_path / "mine")
    assert steps(tmp_path / "mine")
    assert not (tmp_path / "home").exists()
