"""CycleGAN's run: pools and step sizes go on exactly; both of its ways on files; what it refuses."""

import numpy as np
import pytest
from PIL import Image

from places import PAIRS
from rows import ROWS
from running import arrays, command, digest, experiment

WORDS = ROWS["cyclegan"].words


def play(out, rounds, steady, decay, devices=1):
    flags = ["--rounds", rounds, "--steady", steady, "--decay", decay, "--devices", devices, "--out", out]
    assert experiment("cyclegan", *WORDS, *flags) == 0


@pytest.mark.slow
def test_a_run_goes_on_with_its_pools_and_may_grow_with_its_decay_said_anew(tmp_path):
    """Rounds 1 and 2 have the first step size either way: only what is said at the end counts."""
    play(tmp_path / "straight", 6, 3, 3)
    play(tmp_path / "grown", 2, 2, 2)
    play(tmp_path / "grown", 6, 3, 3)
    assert digest(tmp_path / "straight") == digest(tmp_path / "grown")
    play(tmp_path / "elsewhere", 6, 3, 3, devices=4)
    here, there = arrays(tmp_path / "straight"), arrays(tmp_path / "elsewhere")
    pools = [name for name in here if "pool_" in name and name.endswith("images")]
    assert len(pools) == 2
    for name in pools:
        np.testing.assert_allclose(here[name], there[name], atol=1e-3)


def test_both_ways_are_applied_to_files(whole, tmp_path):
    for way in ("a2b", "b2a"):
        out = tmp_path / way
        assert command("translate", whole("cyclegan"), PAIRS, "--direction", way, "--out", out) == 0
        assert {Image.open(file).size for file in out.iterdir()} == {(16, 16)}
        assert len(list(out.iterdir())) == len(list(PAIRS.iterdir()))


def test_of_two_ways_one_must_be_named(whole, tmp_path, capfd):
    assert command("translate", whole("cyclegan"), PAIRS, "--out", tmp_path / "out") == 2
    assert "say --direction a2b or b2a" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--size", "30"], "takes sides that 4 divides"),
        (["--channels", "1", "--forward", "-1"], "--forward is -1"),
        (["--dataset", "digits:"], "no kind of data"),
    ],
)
def test_what_cannot_be(flags, said, tmp_path, capfd):
    assert experiment("cyclegan", *WORDS, *flags, "--out", tmp_path / "run") == 2
    assert said in capfd.readouterr().err
