"""Attributes as a user writes them, and `jaxgen apply --set`."""

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from jaxgen.abilities import Change, Judge
from jaxgen.commands.given import Given
from jaxgen.data.fields import Field
from jaxgen.errors import InputError
from jaxgen.model import Model
from jaxgen.nets import attgan, net
from running import command
from trained import made_run

TOLD = Field("vector", (4,), ("hair=red", "hair=blue", "hair=green", "smiling"))
NAN = np.nan


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("hair=blue",), (-1, 1, -1, NAN)),
        (("smiling",), (NAN, NAN, NAN, 1)),
        (("smiling:-1", "hair=red:2"), (2, -1, -1, -1)),
        (("hair=green:0.5",), (-1, -1, 0.5, NAN)),
    ],
)
def test_what_is_set_and_what_stays(given, expected):
    np.testing.assert_array_equal(Given(set=given).told({"attributes": TOLD})["attributes"], [expected])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("nose",), r"--set nose: the run can set hair=red, blue, green; smiling"),
        (("hair=blue", "hair=red"), "set twice"),
        (("smiling", "smiling:2"), "set twice"),
        (("smiling:much",), "after the colon stands a number"),
        (("smiling:inf",), "after the colon stands a number"),
        ((), r"say --set, one or several of hair=red, blue, green; smiling"),
    ],
)
def test_what_cannot_be_set_is_one_line(given, said):
    with pytest.raises(InputError, match=said):
        Given(set=given).told({"attributes": TOLD})
    with pytest.raises(InputError, match="the run is not told one"):
        Given(set=("hair=red",)).told({})


PHOTO = Field("image", (16, 16, 3))
CHANGE = Change(
    attgan.Generator(3, 4),
    takes={"image": PHOTO, "attributes": TOLD},
    gives={"image": PHOTO},
    judge=attgan.Discriminator(4, 4),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    x = jnp.zeros((1, 16, 16, 3))
    judge = Judge(CHANGE.judge)
    return made_run(tmp_path_factory.mktemp("run") / "run", [CHANGE, judge], {"G": [x, jnp.zeros((1, 4))], "D": [x]})


def test_a_photograph_is_drawn_with_what_is_set_and_else_with_its_own(run, tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    x = photo[None].astype(np.float32) / np.float32(127.5) - 1
    bound = Model(run).ability(Change)
    logits = np.asarray(net(CHANGE.judge).apply(bound.params["D"], bound.stats["D"], x, train=False)[0][1])[0]
    own = [*np.where(np.arange(3) == logits[:3].argmax(), 1, -1), np.where(logits[3] > 0, 1, -1)]
    for flags, wanted in (
        (["--set", "smiling:2"], [*own[:3], 2]),
        (["--set", "hair=green"], [-1, -1, 1, own[3]]),
    ):
        assert command("apply", run, tmp_path / "photo.png", *flags, "--out", tmp_path / "out") == 0
        G = net(CHANGE.module)
        drawn = np.asarray(G.apply(bound.params["G"], bound.stats["G"], x, np.float32([wanted]), train=False)[0])
        made = np.asarray(Image.open(tmp_path / "out" / "photo.png")).astype(np.float32) / 127.5 - 1
        np.testing.assert_allclose(made, drawn[0], atol=0.005)


def test_what_the_run_can_set_is_said(run, tmp_path, capfd):
    Image.new("RGB", (16, 16)).save(tmp_path / "photo.png")
    assert command("apply", run, tmp_path / "photo.png", "--set", "beard", "--out", tmp_path / "out") == 2
    assert "the run can set hair=red, blue, green; smiling" in capfd.readouterr().err


@pytest.mark.parametrize("bias", [(50, 60, -50, -50), (-60, -50, -70, 50)])
def test_of_what_excludes_each_other_an_image_has_the_likeliest(run, bias):
    bound = Model(run).ability(Change)
    judge = {**bound.params["D"], "Dense_3": {**bound.params["D"]["Dense_3"], "bias": np.float32(bias)}}
    found = CHANGE.seen_in({**bound.params, "D": judge}, bound.stats, np.zeros((2, 16, 16, 3), np.float32))
    assert found.tolist() == [[-1, 1, -1, np.sign(bias[3])]] * 2
