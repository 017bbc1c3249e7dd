"""`jaxgen colourise`: a photograph comes back with other colours and the lightness that it had."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from jaxgen import colours
from jaxgen.abilities import Colour
from jaxgen.data.fields import Field
from jaxgen.nets.made import MADE
from running import command
from trained import made_run

PHOTO = Field("image", (16, 16, 3))
COLOUR = Colour(MADE(2, ()), takes={"image": PHOTO}, gives={"image": PHOTO})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run") / "run", [COLOUR], {"G": [jnp.zeros((1, 16, 16, 1))]})


def lightness(path):
    image = np.asarray(Image.open(path).convert("RGB"), np.float32) / 127.5 - 1
    return np.asarray(jax.jit(colours.to_lab)(image))[..., 0]


def test_lightness_stays_and_earlier_colours_are_not_looked_at(run, tmp_path):
    rng = np.random.default_rng(0)
    photo = rng.integers(30, 226, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    lab = np.asarray(jax.jit(colours.to_lab)(photo.astype(np.float32) / 127.5 - 1))
    bare = np.asarray(jax.jit(colours.of_lab)(np.concatenate([lab[..., :1], 0 * lab[..., 1:]], -1)))
    Image.fromarray(np.uint8(np.round((bare[..., 0] + 1) * 127.5)), "L").save(tmp_path / "grey.png")
    assert command("colourise", run, tmp_path / "photo.png", tmp_path / "grey.png", "--out", tmp_path / "out") == 0
    drawn = Image.open(tmp_path / "out" / "photo.png")
    assert (drawn.mode, drawn.size) == ("RGB", (16, 16))
    assert np.abs(lightness(tmp_path / "out" / "photo.png") - lab[..., 0]).max() < 0.5
    assert np.ptp(np.asarray(drawn).astype(int), axis=-1).max() > 10  # it has colours
    assert np.abs(np.asarray(drawn).astype(int) - photo).max() > 30  # of its own
    assert np.abs(lightness(tmp_path / "out" / "grey.png") - lab[..., 0]).max() < 1  # of which 8 bits are left
