"""kill -9 at random moments, in the middle of saves too: the run ends bit for bit as one that nothing stopped."""

import json
import random
import time

import pytest
from runs import digest, spawn

from jaxgen.run.folder import Folder


def survive(kills: int, images, tmp_path, seed: int) -> dict:
    """Kill a run `kills` times, each at a random moment of its life; let it end; compare with a straight run."""
    rng = random.Random(seed)
    rounds = 400 * kills
    flags = ["--dataset", images, "--batch", 8, "--rounds", rounds, "--width", 8, "--log-every", 50, "--keep", 2]
    flags += ["--sample-every", rounds]
    cache = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "cache"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    out = tmp_path / "killed"
    checkpoints = Folder(out).checkpoints
    seen = {"kills": 0, "while starting": 0, "while saving": 0, "starts that could not be killed in time": 0}
    while seen["kills"] < kills:
        process = spawn("dcgan", *flags, "--out", out, "--save-every", 7, **cache)
        before = _names(checkpoints)
        early = rng.random() < 0.15  # while it starts; else once it trains, and every second one during a save
        if early:
            time.sleep(rng.uniform(0, 6))
        else:
            _wait(lambda process=process, before=before: process.poll() is not None or _names(checkpoints) - before)
            time.sleep(rng.uniform(0, 1.5))
            if rng.random() < 0.5:
                _wait(lambda process=process: process.poll() is not None or _saving(checkpoints), pause=0.0005)
                time.sleep(rng.uniform(0, 0.03))
        if process.poll() is not None:
            assert process.returncode == 0, process.communicate()[1]
            seen["starts that could not be killed in time"] += 1
            break
        process.kill()
        process.communicate()
        seen["kills"] += 1
        seen["while starting"] += early
        seen["while saving"] += _saving(checkpoints)
    process = spawn("dcgan", *flags, "--out", out, "--save-every", 50, **cache)
    straight = spawn("dcgan", *flags, "--out", tmp_path / "straight", "--save-every", rounds, **cache)
    for last in (process, straight):
        _, said = last.communicate()
        assert last.returncode == 0, said
    return seen | {"rounds": rounds, "killed": digest(out), "straight": digest(tmp_path / "straight")}


def _names(folder) -> set[str]:
    return {p.name for p in folder.iterdir() if p.name.isdigit()} if folder.exists() else set()


def _saving(folder) -> bool:
    return folder.exists() and any("tmp" in p.name for p in folder.iterdir())


def _wait(done, pause=0.02, patience=120):
    limit = time.monotonic() + patience
    while not done():
        assert time.monotonic() < limit
        time.sleep(pause)


def test_three_kills(images, tmp_path):
    result = survive(3, images, tmp_path, seed=0)
    assert result["kills"] == 3, result
    assert result["killed"] == result["straight"], result


@pytest.mark.slow
def test_fifty_kills(images, tmp_path):
    result = survive(50, images, tmp_path, seed=1)
    print(json.dumps(result))
    assert result["kills"] >= 50, result
    assert result["while saving"] >= 5, result
    assert result["killed"] == result["straight"], result
