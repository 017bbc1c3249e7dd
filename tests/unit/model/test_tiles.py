"""Runs that take any size: tiles that give what the whole gives, sides that they do not take, and what is kept."""

import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from jaxgen.abilities import Map
from jaxgen.data.fields import Field
from jaxgen.data.reading import bicubic, deep
from jaxgen.errors import InputError
from jaxgen.model import Model, tiles
from jaxgen.nets import srresnet
from running import command
from trained import made_run

RNG = np.random.default_rng(0)
G = srresnet.Generator(3, 2, width=2, blocks=1)
LARGER = Map(
    G,
    takes={"small": Field("image", (8, 8, 3))},
    gives={"image": Field("image", (16, 16, 3))},
    multiple=1,
    halo=G.halo,
    grey=True,
)
GREY = Field("image", (8, 8, 1))
FOURS = Map(srresnet.Generator(1, 2, 2, 0), takes={"a": GREY}, gives={"b": Field("image", (16, 16, 1))}, multiple=4)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    here = tmp_path_factory.mktemp("tiles")
    made_run(here / "larger", [LARGER], {"G": [jnp.zeros((1, 8, 8, 3))]})
    made_run(here / "fours", [FOURS], {"G": [jnp.zeros((1, 8, 8, 1))]})
    (here / "in" / "deeper").mkdir(parents=True)
    photo = RNG.integers(0, 256, (45, 70, 4), dtype=np.uint8)
    Image.fromarray(photo[..., :3]).save(here / "in" / "photo.png")
    Image.fromarray(photo).save(here / "in" / "clear.png")
    Image.fromarray(photo[:20, :30, 0]).save(here / "in" / "deeper" / "grey.png")
    Image.fromarray(photo[:20, :30, 0].astype(np.uint16) * 257).save(here / "in" / "deeper" / "wide.png")
    return here


@pytest.mark.parametrize("length", [5, 16, 17, 27, 28, 100])
def test_cuts_lie_beside_each_other_and_see_all_around_them(length):
    found = tiles.cuts(length, 16, 3)
    assert [cut.first for cut in found] == [0, *(cut.last for cut in found[:-1])]
    assert found[-1].last == length
    assert {cut.stop - cut.start for cut in found} == {min(length, 16)}
    for cut in found:
        assert 0 <= cut.start <= max(0, cut.first - 3)
        assert min(length, cut.last + 3) <= cut.stop <= length
    assert tiles.cuts(length, 16, None) == [(0, length, 0, length)]


def whole(bound, array, tile):
    """Of an image [H, W, C] in [-1, 1]."""
    (name,), (made,) = bound.ability.takes, bound.ability.gives
    plan = tiles.plan(bound.ability, array.shape[:2], tile=tile, pad=True, where="x")
    return tiles.applied(bound, name, array, plan, {}, np.zeros(2, np.uint32), lambda: None)[made], len(plan.parts)


def test_tiles_give_what_the_whole_gives(place):
    """At borders too. A halo that is a pixel too small does not."""
    bound = Model(place / "larger").ability(Map)
    image = RNG.uniform(-1, 1, (60, 90, 3)).astype(np.float32)
    (once, one), (tiled, several) = whole(bound, image, 1000), whole(bound, image, 1)
    assert (one, several > 3, once.shape) == (1, True, (120, 180, 3))
    np.testing.assert_allclose(tiled, once, atol=1e-5)
    less = Model(place / "larger").bind(Map(G, takes=LARGER.takes, gives=LARGER.gives, multiple=1, halo=G.halo - 2))
    assert np.abs(whole(less, image, 1)[0] - once).max() > 1e-5


def test_sides_that_are_not_taken_are_said_or_padded(place, tmp_path, capfd):
    files = [place / "fours", place / "in" / "photo.png", "--out", tmp_path / "out"]
    own = Map(FOURS.module, takes=FOURS.takes, gives=FOURS.gives, multiple=8)
    eights = made_run(tmp_path / "eights", [own], {"G": [jnp.zeros((1, 8, 8, 1))]})
    for flags, size in ((["--pad"], (140, 90)), ([], (16, 16))):  # multiples of its own size: not by default
        assert command("apply", eights, *files[1:3], tmp_path / "eight", *flags) == 0
        assert Image.open(tmp_path / "eight" / "photo.png").size == size
    capfd.readouterr()
    assert command("apply", *files) == 2
    said = capfd.readouterr().err
    assert "photo.png is 70x45 pixels, and the run takes sides that are multiples of 4" in said
    assert "say --pad, or bring it to 72x44, the nearest" in said
    assert not (tmp_path / "out").exists()
    assert command("apply", *files, "--pad") == 0
    assert Image.open(tmp_path / "out" / "photo.png").size == (140, 90)
    with pytest.raises(InputError, match="multiples of 4"):
        tiles.plan(FOURS, (8, 9), tile=8, pad=False, where="x")


def test_results_keep_modes_sizes_bits_and_places(place, tmp_path):
    out, sheet = tmp_path / "out", tmp_path / "sheet.png"
    assert command("upscale", place / "larger", place / "in", "--out", out, "--tile", "20", "--sheet", sheet) == 0
    found = {str(path.relative_to(out)): Image.open(path) for path in sorted(out.rglob("*.png"))}
    modes = {name: (image.mode, image.size) for name, image in found.items()}
    assert modes == {
        "clear.png": ("RGBA", (140, 90)),
        "deeper/grey.png": ("L", (60, 40)),
        "deeper/wide.png": ("I;16", (60, 40)),
        "photo.png": ("RGB", (140, 90)),
    }
    alpha = np.asarray(Image.open(place / "in" / "clear.png"))[..., 3:]
    np.testing.assert_array_equal(np.asarray(found["clear.png"])[..., 3:], bicubic.resize(alpha, 2))
    np.testing.assert_array_equal(np.asarray(found["clear.png"])[..., :3], np.asarray(found["photo.png"]))
    wide, grey = deep.native(out / "deeper" / "wide.png"), np.asarray(found["deeper/grey.png"])
    assert np.abs(wide[..., 0] / 257 - grey).max() < 1.5  # as each is rounded
    assert len(np.unique(wide)) > 256
    assert Image.open(sheet).height > 2 * 80


def test_what_the_run_gives_is_what_its_net_gives(place, tmp_path):
    assert command("upscale", place / "larger", place / "in" / "photo.png", "--out", tmp_path) == 0
    bound, image = Model(place / "larger").ability(Map), np.asarray(Image.open(place / "in" / "photo.png"))
    wanted, _ = whole(bound, image.astype(np.float32) / 127.5 - 1, 1000)
    off = np.asarray(Image.open(tmp_path / "photo.png"), float) - np.clip((wanted + 1) * 127.5, 0, 255)
    assert np.abs(off).max() <= 0.51


def test_a_run_of_one_size_keeps_no_other(place, tmp_path, capfd):
    one = Map(srresnet.Generator(1, 2, 2, 0), takes={"a": GREY}, gives={"b": Field("image", (16, 16, 1))})
    made_run(tmp_path / "one", [one], {"G": [jnp.zeros((1, 8, 8, 1))]})
    assert command("apply", tmp_path / "one", place / "in" / "photo.png", "--sizes", "keep") == 2
    assert "takes images of one size alone" in capfd.readouterr().err
    assert command("apply", tmp_path / "one", place / "in" / "photo.png", "--out", tmp_path / "out") == 0
    assert Image.open(tmp_path / "out" / "photo.png").size == (16, 16)
