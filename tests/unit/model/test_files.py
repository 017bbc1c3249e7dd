"""`jaxgen apply`: files in, files of the same names out, by the kinds of the fields."""

import re

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from jaxgen.abilities import Map
from jaxgen.abilities.mapping import _as_field
from jaxgen.data.fields import Field
from jaxgen.data.openers import masks
from jaxgen.data.reading import deep
from jaxgen.model import Model
from jaxgen.model.bound import _compiled
from jaxgen.nets.made import MADE
from jaxgen.nets.pixelcnn import GatedPixelCNN
from running import command
from trained import made_run

GREY, DEEP = Field("image", (8, 8, 1)), Field("image", (8, 8, 2), stored="uint16", range=(0.0, 4095.0))
MASK, LABEL = Field("mask", (8, 8), ("road", "sky", "tree")), Field("label", (), ("day", "night"))
A2B = Map(MADE(1, ()), net="G_ab", takes={"a": GREY}, gives={"b": GREY})
B2A = Map(MADE(2, ()), net="G_ba", takes={"b": GREY}, gives={"a": DEEP})
SEGMENT = Map(MADE(3, ()), takes={"image": GREY}, gives={"mask": MASK})
TOLD = Map(
    GatedPixelCNN(1, width=4, layers=1, head=4, classes=2), takes={"image": GREY, "label": LABEL}, gives={"image": GREY}
)
X = jnp.zeros((1, 8, 8, 1))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    here = tmp_path_factory.mktemp("apply")
    made_run(here / "both", [A2B, B2A], {"G_ab": [X], "G_ba": [X]})
    made_run(here / "segment", [SEGMENT], {"G": [X]})
    made_run(here / "told", [TOLD], {"G": [X, jnp.zeros(1, int)]})
    rng = np.random.default_rng(0)
    (here / "in" / "deeper").mkdir(parents=True)
    for i in range(18):
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(here / "in" / f"{i:02}.png")
    Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(here / "in" / "deeper" / "photo.bmp")
    Image.new("L", (12, 10)).save(here / "large.png")
    (here / "broken.png").write_bytes(b"no image")
    return here


def expected(run, ability, image, *more):
    bound = Model(run).bind(ability)
    x = np.asarray(image, np.float32)[None, ..., None] / np.float32(127.5) - 1
    return np.asarray(bound.ability.apply(bound.params, bound.stats, {"a": x, "b": x, "image": x, **dict(more)}, None)[
        next(iter(ability.gives))])[0]  # fmt: skip


def test_every_file_comes_out_under_its_name_by_one_program(place, tmp_path):
    before = _compiled._cache_size()
    assert command("translate", place / "both", place / "in", "--direction", "a2b", "--out", tmp_path / "out") == 0
    assert _compiled._cache_size() == before + 1
    names = sorted(path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*.*"))
    assert [str(name) for name in names] == [*(f"{i:02}.png" for i in range(18)), "deeper/photo.png"]
    for i in (0, 17):
        image = np.asarray(Image.open(place / "in" / f"{i:02}.png"))
        drawn = np.asarray(Image.open(tmp_path / "out" / f"{i:02}.png"), float)
        wanted = np.clip((expected(place / "both", A2B, image)[..., 0] + 1) * 127.5, 0, 255)
        assert np.abs(drawn - wanted).max() <= 0.51


def test_results_have_the_type_and_the_range_of_their_field(place, tmp_path):
    flags = ["--direction", "b2a", "--out", tmp_path / "out"]
    assert command("apply", place / "both", place / "in" / "03.png", *flags) == 0
    drawn = deep.native(tmp_path / "out" / "03.tif")
    wanted = expected(place / "both", B2A, np.asarray(Image.open(place / "in" / "03.png")))
    assert (drawn.dtype, drawn.shape) == (np.uint16, (8, 8, 2))
    np.testing.assert_allclose(drawn, np.clip((wanted + 1) * 2047.5, 0, 4095), atol=0.6)


def test_a_mask_is_a_picture_whose_numbers_are_classes(place, tmp_path):
    assert command("segment", place / "segment", place / "in" / "03.png", "--out", tmp_path) == 0
    numbers = masks.load(tmp_path / "03.png")
    assert numbers.shape == (8, 8)
    assert Image.open(tmp_path / "03.png").mode == "P"
    module, bound = SEGMENT.module, Model(place / "segment").bind(SEGMENT)
    x = jnp.asarray(np.asarray(Image.open(place / "in" / "03.png")), jnp.float32)[None, ..., None] / 127.5 - 1
    logits = module.apply({"params": bound.params, **bound.stats}, x, train=False)
    np.testing.assert_array_equal(numbers, np.argmax(logits, -1)[0])
    assert _as_field(jnp.zeros((2, 8, 8), jnp.int32), MASK).shape == (2, 8, 8)


def test_what_else_it_is_told_comes_from_flags(place, tmp_path):
    for label in ("day", "1"):
        out = tmp_path / label
        assert command("apply", place / "told", place / "in" / "00.png", "--label", label, "--out", out) == 0
    drawn = [np.asarray(Image.open(tmp_path / label / "00.png")) for label in ("day", "1")]
    assert not np.array_equal(*drawn)


def test_other_sizes_are_resized_with_a_line_or_refused(place, tmp_path, capfd):
    flags = ["--direction", "a2b", "--out", tmp_path]
    assert command("apply", place / "both", place / "large.png", place / "in", *flags) == 0
    said = capfd.readouterr().err
    assert "1 of 20 files are not 8x8" in said
    assert "large.png is 12x10" in said
    assert Image.open(tmp_path / "large.png").size == (8, 8)
    assert command("apply", place / "both", place / "large.png", "--sizes", "refuse", *flags) == 2
    assert "large.png is 12x10 pixels, and the run takes 8x8" in capfd.readouterr().err


BAD = {
    "no way named": ("both {place}/in", "which of its ways is meant: say --direction a2b or b2a"),
    "a way that is none": ("both {place}/in --direction a2c", "there is no --direction a2c: say --direction a2b or"),
    "no files": ("both --direction a2b", "nothing to work on|inputs|required"),
    "a file that is not there": ("both {place}/nowhere.png --direction a2b", "there is no file .*nowhere.png"),
    "a file that is broken": ("both {place}/in {place}/broken.png --direction a2b", "broken.png cannot be read as"),
    "two files of one name": ("both {place}/in {place}/in/00.png --direction a2b", "would be written as 00"),
    "files over themselves": ("both {place}/in --direction a2b --out {place}/in", "would be written over"),
    "no label": ("told {place}/in --label dusk", "the run knows the classes 0 to 1 .day, night."),
    "a label for nothing": ("segment {place}/in --label 1", "--label: the run is not told one"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_said_in_one_line_and_nothing_is_written(case, place, tmp_path, capfd):
    text, complaint = BAD[case]
    words = text.format(place=place).split()
    given = [place / words[0], *words[1:]]
    flags = [] if "--out" in words else ["--out", tmp_path / "out"]
    before = set(place.rglob("*"))
    assert command("apply", *given, *flags) == 2
    (line,) = [line for line in capfd.readouterr().err.splitlines() if line.strip()]
    assert re.search(complaint, line), line
    assert set(place.rglob("*")) == before
    assert not (tmp_path / "out").exists()


def test_a_run_that_only_draws_cannot_be_applied(place, tmp_path, capfd):
    from jaxgen.abilities import Draw
    from jaxgen.nets import mlp

    made_run(tmp_path / "run", [Draw(mlp.Generator(4, 1, (4,)), 3)], {"G": [jnp.zeros((1, 3))]})
    capfd.readouterr()
    assert command("upscale", tmp_path / "run", place / "in") == 2
    assert "can draw from latent codes; it cannot be applied to files" in capfd.readouterr().err
