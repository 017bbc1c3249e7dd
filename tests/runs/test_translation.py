"""CycleGAN's run: pools and step sizes go on exactly; both of its ways on files; what it refuses."""

import numpy as np
import pytest
from PIL import Image

import translations
from jaxgen.abilities import Map
from jaxgen.model import Model
from jaxgen.model.files import chosen
from places import PAIRS
from rows import ROWS
from running import arrays, command, digest, experiment

WORDS = ROWS["cyclegan"].words


def play(out, *flags):
    assert experiment("cyclegan", *WORDS, *flags, "--out", out) == 0


@pytest.mark.slow
def test_a_run_goes_on_with_its_pools_and_may_grow_with_its_decay_said_anew(tmp_path):
    """Rounds 1 and 2 have the first step size either way: only what is said at the end counts."""
    final = ["--rounds", 6, "--steady", 3, "--decay", 3, "--devices", 1]
    play(tmp_path / "straight", *final)
    play(tmp_path / "grown", "--rounds", 2, "--steady", 2, "--decay", 2, "--devices", 1)
    play(tmp_path / "grown", *final)
    assert digest(tmp_path / "straight") == digest(tmp_path / "grown")


@pytest.mark.slow
def test_pools_hold_the_same_fakes_on_any_number_of_devices(tmp_path):
    """With nets that stay as they are: what is in a pool then says which images met and which fakes were swapped."""
    found = []
    for devices in (1, 2, 8):
        play(tmp_path / f"{devices}", "--lr-g", 0, "--lr-d", 0, "--rounds", 6, "--devices", devices)
        found.append({name: x for name, x in arrays(tmp_path / f"{devices}").items() if name.startswith("stats/pool_")})
    assert len(found[0]) == 4
    assert len(np.unique(found[0]["stats/pool_a/images"])) > 100
    for others in found[1:]:
        for name, x in others.items():
            np.testing.assert_allclose(x, found[0][name], atol=1e-5, err_msg=name)


def test_both_ways_are_applied_to_files(whole, tmp_path):
    for way in ("a2b", "b2a"):
        out = tmp_path / way
        assert command("translate", whole("cyclegan"), PAIRS, "--direction", way, "--out", out) == 0
        assert {Image.open(file).size for file in out.iterdir()} == {(16, 16)}
        assert len(list(out.iterdir())) == len(list(PAIRS.iterdir()))


def test_the_table_of_runs_is_of_what_the_command_draws(whole, tmp_path):
    """benchmarks/evidence/translations.py, but for networks that judge."""
    model, files = Model(whole("cyclegan")), sorted(PAIRS.iterdir())
    given = np.stack([np.asarray(Image.open(file).convert("RGB").crop((0, 0, 16, 16))) for file in files])
    for file, image in zip(files, given):
        Image.fromarray(image).save(tmp_path / file.name)
    found = translations.drawn(model, chosen(model.abilities(Map), "a2b"), given, seed=0)
    assert command("translate", model.path, tmp_path, "--direction", "a2b", "--out", tmp_path / "out") == 0
    made = np.stack([np.asarray(Image.open(tmp_path / "out" / file.name)) for file in files])
    np.testing.assert_allclose(found.astype(int), made, atol=1)


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
