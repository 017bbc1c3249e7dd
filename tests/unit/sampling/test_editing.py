"""Editing on the manifold: closed forms with a linear G, the edge term, what is carried over, and bad input."""

import json
import re
import shutil
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from PIL import Image
from scipy import ndimage

from jaxgen import recipes
from jaxgen.errors import InputError
from jaxgen.game import Net
from jaxgen.losses import edges
from jaxgen.model import strokes
from jaxgen.model.search import searched
from jaxgen.sampling import descent, editing
from running import experiment

SIDE, LATENT, COUNT = 8, 6, 3
rng = np.random.default_rng(0)
A = (rng.normal(size=(SIDE * SIDE, LATENT)) / 3).astype(np.float32)
LINEAR = Net(lambda key, z: ({"A": A}, {}), lambda p, s, z, train: ((z @ p["A"].T).reshape(-1, SIDE, SIDE, 1), s))
FROZEN = {"G": {"A": A}}, {"G": {}}
Z0 = rng.normal(size=(COUNT, LATENT)).astype(np.float32)


def images(z):
    return (z @ A.T).reshape(-1, SIDE, SIDE, 1)


def marked(rows: slice) -> np.ndarray:
    mask = np.zeros((COUNT, SIDE, SIDE, 1), np.float32)
    mask[:, rows] = 1
    return mask


def asked(keep=True):
    """A grey stroke over the upper rows; the lowest rows stay."""
    colour = np.full((COUNT, SIDE, SIDE, 1), 0.5, np.float32), marked(slice(0, 2))
    return editing.constraints(Z0, images(Z0), colour=colour, keep=marked(slice(6, 8)) if keep else None)


def best(batch, smoothness, keep, push=0.0):
    """The minimum of |W (A z - v)|^2 + smoothness |z - z0|^2 - push * A z, by the normal equations."""
    found = []
    for n in range(COUNT):
        coloured, kept = batch["coloured"][n].ravel(), keep * batch["kept"][n].ravel()
        wanted = coloured * (0.5 - images(Z0)[n].ravel())
        normal = A.T @ ((coloured + kept)[:, None] * A) + smoothness * np.eye(LATENT)
        found.append(Z0[n] + np.linalg.solve(normal, A.T @ (wanted + push / 2)))
    return np.array(found)


# A smoothness of 1: the same beside a critic, below.
@pytest.mark.parametrize("smoothness", [1e-4, pytest.param(1.0, marks=pytest.mark.slow)])
def test_a_linear_generator_is_edited_as_the_normal_equations_say(smoothness):
    batch, adam = asked(), descent.OPTIMISERS["adam"](0.1, 600, 1.0)
    game = recipes.editing(LINEAR, FROZEN, tx=adam, keep=3.0, edge=0.0, smoothness=smoothness, cell=4)
    found = searched(game, batch, steps=600)
    np.testing.assert_allclose(found.code, best(batch, smoothness, 3.0), rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(found.costs["smoothness"], ((found.code - Z0) ** 2).sum(1), rtol=1e-4)
    if smoothness < 1:
        start = np.mean((images(Z0)[:, :2] - 0.5) ** 2, (1, 2, 3))
        assert (found.costs["colour"] < start * 0.8).all()
        assert (found.costs["keep"] < found.costs["colour"]).all()


def test_a_critic_pushes_as_hard_as_its_weight():
    w, batch = rng.normal(size=SIDE * SIDE).astype(np.float32), asked()
    D = Net(lambda key, x: ({}, {}), lambda p, s, x, train: (x.reshape(len(x), -1) @ p["w"], s))
    frozen = {**FROZEN[0], "D": {"w": w}}, {**FROZEN[1], "D": {}}
    adam = descent.OPTIMISERS["adam"](0.1, 600, 1.0)
    game = recipes.editing(
        LINEAR, frozen, tx=adam, keep=3.0, edge=0.0, smoothness=1.0, D=D, perceptual=(0.5, lambda scores: -scores)
    )
    found = searched(game, batch, steps=600)
    np.testing.assert_allclose(found.code, best(batch, 1.0, 3.0, 0.5 * w), rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(found.costs["perceptual"], -(found.code @ A.T) @ w, rtol=1e-3, atol=1e-4)


def test_a_brush_takes_steps_down_the_gradient_towards_its_colour():
    batch = asked(keep=False)
    found = searched(recipes.brush(LINEAR, FROZEN, lr=0.3), batch, steps=8, dispatches=4)
    gradient = np.stack([2 * A.T @ (w.ravel() * (A @ z - 0.5)) for w, z in zip(batch["coloured"], Z0)])
    after_one = Z0 - 0.3 * gradient
    second = np.stack([2 * A.T @ (w.ravel() * (A @ z - 0.5)) for w, z in zip(batch["coloured"], after_one)])
    # The first two steps are one dispatch, of which the code before the last update is the best seen.
    np.testing.assert_allclose(found.path[1], after_one, rtol=1e-4, atol=1e-5)
    assert np.abs(second).max() > 0
    apart = [np.mean((images(z)[:, :2] - 0.5) ** 2, (1, 2, 3)) for z in found.path]
    assert all((later < earlier).all() for earlier, later in pairwise(apart))


def test_a_path_leads_from_one_image_to_the_other():
    along = editing.path(images, Z0, -Z0, 5)
    np.testing.assert_allclose(along[:, 0], images(Z0), atol=1e-6)
    np.testing.assert_allclose(along[:, 2], 0, atol=1e-6)
    np.testing.assert_allclose(along[:, -1], images(-Z0), atol=1e-6)


SMOOTH = ndimage.zoom(rng.uniform(-0.6, 0.6, (2, 6, 6, 3)), (1, 16 / 6, 16 / 6, 1), np.float32)
orientations = jax.jit(edges.orientations, static_argnames="cell")
unlike_sketch = jax.jit(edges.unlike_sketch, static_argnames="cell")


def test_orientations_are_those_of_a_negative_and_of_a_brighter_image():
    found = orientations(SMOOTH, cell=4)
    assert found.shape == (2, 4, 4, 8)
    assert found.min() >= 0
    assert found.max() > 0.1
    np.testing.assert_allclose(orientations(-SMOOTH, cell=4), found, atol=1e-4)
    np.testing.assert_allclose(orientations(SMOOTH + 0.3, cell=4), found, atol=1e-4)
    assert not np.any(orientations(np.full_like(SMOOTH, 0.3), cell=4))


def test_an_image_turned_by_a_quarter_has_its_orientations_turned():
    turned = orientations(np.rot90(SMOOTH, axes=(1, 2)), cell=4)
    expected = np.roll(np.rot90(orientations(SMOOTH, cell=4), axes=(1, 2)), 4, -1)
    np.testing.assert_allclose(turned, expected, atol=1e-4)


def test_an_edge_is_counted_in_its_own_direction():
    step = np.ones((1, 16, 16, 1), np.float32)
    step[:, :, :8] = -1
    found = np.asarray(orientations(step, cell=4)).sum((0, 1, 2))
    assert found.argmax() == 0
    assert found[0] > 0.99 * found.sum()


def test_a_sketch_is_matched_where_it_is_drawn_and_has_a_gradient():
    drawn = np.zeros((2, 16, 16, 1), np.float32)
    drawn[:, :3, :3] = 1
    sketch = SMOOTH.copy()
    sketch[:, 12:, 12:] = 1  # far from every touched cell
    np.testing.assert_allclose(unlike_sketch(SMOOTH, sketch, drawn, cell=4), 0, atol=1e-9)
    assert not np.any(unlike_sketch(SMOOTH, -(sketch**2), 0 * drawn, cell=4))
    other = np.roll(SMOOTH, 3, 1)
    check_grads(lambda x: unlike_sketch(x, other, drawn, cell=4), (jnp.asarray(SMOOTH),), 1, ["rev"], 0.05, 0.05, 1e-3)
    flat = jax.jit(jax.grad(lambda x: edges.unlike_sketch(x, SMOOTH, drawn, cell=4).sum()))(np.zeros_like(SMOOTH))
    assert np.isfinite(flat).all()


def test_what_has_not_changed_is_left_alone():
    x, before = rng.uniform(-1, 1, (2, 1, 16, 16, 3)).astype(np.float32)
    after = before.copy()
    after[:, 4:8, 4:8] *= -0.5
    result = editing.transferred(x, before, after)
    outside = np.ones((16, 16), bool)
    outside[4:8, 4:8] = False
    np.testing.assert_array_equal(result[:, outside], x[:, outside])
    assert np.abs(result - x)[:, 4:8, 4:8].max() > 0.3
    np.testing.assert_allclose(
        editing.transferred(x, before, after, faint=0), np.clip(x + after - before, -1, 1), atol=1e-6
    )
    np.testing.assert_array_equal(editing.transferred(x, before, before + 0.04), x)  # too faint
    np.testing.assert_allclose(editing.blended(x, before, before), x, atol=1e-6)
    np.testing.assert_allclose(editing.blended(x, before, after)[:, 12:, 12:], x[:, 12:, 12:], atol=1e-6)


def test_a_large_change_is_the_models_image_and_a_small_one_hardly_seen():
    x, before = np.full((2, 1, 16, 16, 1), 0.2, np.float32)
    np.testing.assert_allclose(editing.blended(x, before - 1.0, before), before, atol=1e-5)
    np.testing.assert_allclose(editing.blended(x, before, before + 0.1), x + 0.1 * 0.1, atol=1e-5)
    np.testing.assert_allclose(editing.blended(x, before, before + 0.1, gain=10.0), x + 0.1, atol=1e-5)


FINE = np.zeros((COUNT, SIDE, SIDE, 1), np.float32), marked(slice(0, 2))


@pytest.mark.parametrize(
    ("drawn", "complaint"),
    [
        ({}, "needs a colour stroke or a sketch"),
        ({"keep": FINE[1]}, "needs a colour stroke or a sketch"),
        ({"colour": (FINE[0][:, :4], FINE[1])}, r"colour stroke is \[3, 4, 8, 1\], and \[3, 8, 8, 1\] is needed"),
        ({"colour": (FINE[0], FINE[1][:2])}, r"mask of the colour stroke is \[2, 8, 8, 1\]"),
        ({"sketch": (FINE[0], 0 * FINE[1])}, "mask of the sketch is empty for image 0"),
        ({"colour": FINE, "keep": 2 * FINE[1]}, r"kept region has values outside of \[0, 1\]"),
        ({"colour": FINE, "keep": np.nan * FINE[1]}, r"kept region has values outside of \[0, 1\]"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_one_line(drawn, complaint):
    with pytest.raises(InputError, match=complaint) as told:
        editing.constraints(Z0, images(Z0), **drawn)
    assert "\n" not in str(told.value)


def test_strokes_are_their_colours_where_they_are_opaque():
    picture = np.zeros((4, 4, 4), np.uint8)
    picture[1, 2] = 255, 0, 0, 255
    colours, mask = editing.strokes(picture, 3)
    assert mask.sum() == mask[1, 2, 0] == 1
    np.testing.assert_array_equal(colours[1, 2], [1, -1, -1])
    assert editing.strokes(picture, 1)[0][1, 2, 0] == pytest.approx(2 * 0.299 - 1)
    with pytest.raises(InputError, match="transparent everywhere"):
        editing.strokes(0 * picture, 3)
    with pytest.raises(InputError, match="RGBA of 8 bits"):
        editing.strokes(picture[..., :3], 3)


@pytest.mark.parametrize("script", strokes.FACES, ids=lambda script: script.name)
@pytest.mark.parametrize("size", [16, 64])
def test_every_scripted_edit_can_be_drawn_small_and_large(script, size):
    drawing = strokes.drawn(script, size, 3)
    batch = editing.constraints(
        np.zeros((1, 2)),
        np.zeros((1, size, size, 3), np.float32),
        colour=drawing.colour and tuple(x[None] for x in drawing.colour),
        keep=None if drawing.keep is None else drawing.keep[None],
        sketch=drawing.sketch and tuple(x[None] for x in drawing.sketch),
    )
    assert not np.any((batch["coloured"] > 0) & (batch["kept"] > 0)), "kept and coloured at once"


def test_a_run_without_an_encoder_is_edited_by_what_a_user_has_drawn(whole, tmp_path, capfd):
    run, out, drawn = tmp_path / "gan", tmp_path / "edits", tmp_path / "strokes.png"
    shutil.copytree(whole("gan"), run)
    canvas = Image.new("RGBA", (16, 16))
    canvas.paste((255, 255, 255, 255), (4, 2, 9, 5))
    canvas.save(drawn)
    flags = ["--run", run, "--strokes", drawn, "--count", 2, "--steps", 3, "--restarts", 2]
    assert experiment("edit", *flags, "--out", out) == 0
    told = json.loads((out / "edits.json").read_text())["edits"]
    assert [(one["editor"], one["edit"], one["image"]) for one in told] == [("iGAN", "own", 0), ("iGAN", "own", 1)]
    assert all(set(one[when]) == {"colour"} for one in told for when in ("before", "after", "on_image"))
    assert (out / "igan.png").stat().st_size > 500
    assert not (out / "brush.png").exists()
    by_d = [*flags, "--weight-d", 0.1]
    assert experiment("edit", *by_d, "--out", tmp_path / "by-d") == 0
    canvas.resize((20, 20)).save(drawn)
    capfd.readouterr()
    assert experiment("edit", *flags, "--out", out) == 2
    assert re.search(r"^error: .*is 20x20 pixels, and the images are 16x16$", capfd.readouterr().err.strip())
    config = json.loads((run / "config.json").read_text())
    config["abilities"] = [one for one in config["abilities"] if one["ability"] != "Judge"]
    (run / "config.json").write_text(json.dumps(config))
    capfd.readouterr()
    assert experiment("edit", *by_d, "--out", out) == 2
    assert capfd.readouterr().err.strip().endswith("has no discriminator to ask: say --weight-d 0")
    assert experiment("edit", "--run", run, "--out", run) == 2
    assert experiment("edit", "--kept", drawn, "--out", out) == 2
