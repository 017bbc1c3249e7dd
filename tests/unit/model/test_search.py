"""Searches for codes: losses by hand, chains beside what they must be drawn from, masks counted, commands used."""

import json
import re
import shutil
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from PIL import Image
from scipy.ndimage import uniform_filter

import inpainting
from jaxgen import recipes
from jaxgen.abilities import DensityByPixels, DrawByPixels
from jaxgen.data import masks
from jaxgen.errors import InputError
from jaxgen.features import lpips
from jaxgen.game import Net, init, play_on
from jaxgen.losses import contextual
from jaxgen.measure import inpainting_figures
from jaxgen.model.search import cheapest, searched
from jaxgen.nets.made import MADE
from jaxgen.pixels import logistics
from jaxgen.sampling import descent
from jaxgen.sampling.poisson import poisson
from running import command, experiment
from trained import made_run

# Losses


def test_contextual_losses_by_hand():
    x, y = jnp.zeros((2, 2, 2, 3)), jnp.full((2, 2, 2, 3), -0.5)
    weight = jnp.array([[[1.0, 0.5], [0, 0]], [[0, 0], [0, 0]]])[..., None]
    np.testing.assert_allclose(contextual.contextual(x, y, weight), [3 * 0.75, 0])
    np.testing.assert_allclose(contextual.contextual_squared(x, y, weight), [3 * 1.5 * 0.25, 0])
    with pytest.raises(AssertionError):
        contextual.contextual(x, y, weight[..., 0])


def test_importance_is_the_share_of_missing_neighbours():
    known = masks.blobs(16, 0.3, np.random.default_rng(0))
    ours = contextual.importance(jnp.asarray(known, jnp.float32)[None, ..., None])[0, ..., 0]
    missing, all_of_it = (uniform_filter(a.astype(float), 7, mode="constant") for a in (~known, np.ones((16, 16))))
    there = missing / all_of_it
    np.testing.assert_allclose(ours, np.where(known, there, 0), atol=1e-6)


# Optimisers


def chains(tx, steps: int, count: int = 2000):
    """Chains of a number z whose loss is that of N(1, 0.5^2) at temperature 1, after `steps` steps."""
    flat = Net(lambda *_: ({}, {}), lambda params, stats, z, *, train: (z[:, None, None], stats))
    near = {"far": (1.0, lambda images, batch: 2 * (images[:, 0, 0, 0] - 1) ** 2)}
    game = recipes.search(flat, ({"G": {}}, {"G": {}}), tx=tx, on_images=near, prepare=lambda batch, keys: batch)
    batch = {"z": jnp.zeros((count, 1))}
    state, _ = jax.jit(partial(play_on, game, rounds=steps))(init(game, jax.random.key(0), batch), batch)
    return np.asarray(state.params["z"]["code"])[:, 0]


@pytest.mark.parametrize(
    ("tx", "variance"),
    # Langevin's chains have the variance v / (1 - lr / 2v), and v = 1/4.
    [
        (descent.langevin(0.05), 0.25 / 0.9),
        (descent.hmc(0.3, temperature=2.0), 0.5),
        pytest.param(descent.hmc(0.3, leaps=4), 0.25, marks=pytest.mark.slow),
    ],
)
def test_chains_are_drawn_from_what_the_loss_says(tx, variance):
    z = chains(tx, 60)
    assert np.mean(z) == pytest.approx(1, abs=5 * (variance / 2000) ** 0.5)
    assert np.var(z) == pytest.approx(variance, rel=5 * (2 / 2000) ** 0.5)


def test_a_step_far_too_large_is_refused():
    np.testing.assert_array_equal(chains(descent.hmc(1e3), 3, count=5), 0)


def test_codes_stay_within_bounds():
    z = chains(optax.chain(optax.sgd(10.0), descent.within(0.5)), 3, count=4)
    np.testing.assert_allclose(z, 0.5)


# Inpainting with a linear G: the answer is known


def linear(size=4, latent=3):
    """G(z) = z W: inpainting finds the code that made an image from half of its pixels."""
    weights = np.random.default_rng(0).normal(size=(latent, size * size)).astype(np.float32) / 4
    G = Net(lambda *_: ({}, {}), lambda p, s, z, *, train: ((z @ p["w"]).reshape(-1, size, size, 1), s))
    return G, ({"G": {"w": weights}}, {"G": {}})


# L-BFGS finds it, on one device, in the next test.
@pytest.mark.parametrize(("optimiser", "steps"), [("adam", 300), pytest.param("lbfgs", 300, marks=pytest.mark.slow)])
def test_the_code_is_found_from_half_of_the_image_and_the_best_is_kept(optimiser, steps):
    G, frozen = linear()
    z = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    image, _ = G.apply(frozen[0]["G"], {}, z, train=False)
    weight = np.broadcast_to(masks.half("top", 4)[None, ..., None], image.shape).astype(np.float32)
    tx = descent.OPTIMISERS[optimiser](0.2, steps, 1.0)
    game = recipes.inpainting(G, frozen, tx=tx, weight=0, prepare=lambda batch, keys: batch)
    batch = {"image": np.asarray(image), "weight": weight, "z": np.zeros((5, 3), np.float32)}
    found = searched(game, batch, steps=steps, dispatches=3, chunk=2, speaks=False)
    np.testing.assert_allclose(found.code, z, atol=0.02)
    assert found.path.shape == (4, 5, 3)
    np.testing.assert_array_equal(found.path[0], 0)
    again, _ = G.apply(frozen[0]["G"], {}, found.code, train=False)
    np.testing.assert_allclose(found.costs["loss"], contextual.contextual(again, image, jnp.asarray(weight)), atol=1e-4)
    alone = searched(game, {k: v[1:2] for k, v in batch.items()}, steps=steps, dispatches=3, speaks=False)
    np.testing.assert_allclose(alone.code[0], found.code[1], atol=0.02)


def test_a_line_search_finds_the_code_and_makes_no_copies_of_the_nets():
    """What `jax.vmap` copies for a branch, it copies for every example."""
    G, frozen = linear()
    z = np.random.default_rng(1).normal(size=(7, 3)).astype(np.float32)
    tx = descent.OPTIMISERS["lbfgs"](1.0, 1, 1.0)
    game = recipes.inpainting(G, frozen, tx=tx, weight=0, prepare=lambda batch, keys: batch)
    image = (z @ frozen[0]["G"]["w"]).reshape(7, 4, 4, 1)
    batch = {"image": image, "weight": np.ones_like(image), "z": np.zeros_like(z)}
    state = jax.jit(partial(init, game))(jax.random.key(0), batch)
    program = jax.jit(partial(play_on, game, rounds=30)).lower(state, batch).compile()
    assert "f32[7,16]" in program.as_text()  # all examples' images
    assert "f32[7,3,16]" not in program.as_text()
    np.testing.assert_allclose(program(state, batch)[0].stats["z"]["best"], z, atol=0.02)


def test_both_sides_of_the_benchmark_search_for_the_same():
    G, frozen = linear()
    z = np.random.default_rng(2).normal(size=(8, 3)).astype(np.float32)
    image, _ = G.apply(frozen[0]["G"], {}, z, train=False)
    game = recipes.inpainting(G, frozen, tx=optax.adam(0.2), weight=0, prepare=lambda batch, keys: batch)
    batch = {"image": np.asarray(image), "weight": np.ones((*image.shape[:3], 1), np.float32), "z": np.zeros_like(z)}
    seconds, together = inpainting.all_at_once(game, batch, 100, repeats=1)
    alone, codes, flops = inpainting.one_at_a_time(game, batch, 2, 100)
    assert len(seconds) == 2
    assert alone > 0
    assert flops > 2 * 3 * 16  # at least a product of z and the weights
    np.testing.assert_allclose(together, z, atol=0.05)
    np.testing.assert_allclose(codes, together[:2], atol=1e-3)


def test_the_cheapest_restart_is_kept_and_one_that_is_lost_is_not():
    G, frozen = linear()
    game = recipes.inpainting(G, frozen, tx=optax.sgd(0.0), weight=0, prepare=lambda batch, keys: batch)
    z = np.array([[9, 9, 9], [0, 0, 0], [0.1, 0, 0], [np.nan, 0, 0]], np.float32)
    batch = {"image": np.zeros((4, 4, 4, 1), np.float32), "weight": np.ones((4, 4, 4, 1), np.float32), "z": z}
    best = cheapest(searched(game, batch, steps=1, speaks=False), 2)
    np.testing.assert_array_equal(best.code, z[[1, 2]])


# Masks


def test_masks_lack_what_they_say():
    rng = np.random.default_rng
    assert (~masks.centre(28)).sum() == 14 * 14
    for name in ("random", "blobs"):
        mask = masks.named(f"{name}:0.25", 32, 3)
        np.testing.assert_allclose((~mask).mean((1, 2)), 0.25, atol=1e-3)
        assert not np.array_equal(mask[0], mask[1])
        np.testing.assert_array_equal(masks.named(f"{name}:0.25", 32, 1)[0], mask[0])
    assert 0.25 <= (~masks.strokes(64, 0.25, rng(0))).mean() < 0.45

    def rough(mask):
        return np.mean(mask[1:] != mask[:-1])

    assert rough(masks.blobs(64, 0.4, rng(0))) < rough(masks.scattered(64, 0.4, rng(0))) / 4


@pytest.mark.parametrize(
    ("told", "grey", "line"),
    [
        ("nowhere.png", None, "there is no file nowhere.png; --mask is one of centre, top, .* or an image"),
        ("random:1.5", None, "share of missing pixels is a number between 0 and 1"),
        ("{file}", 255, "all pixels are known"),
        ("{file}", 0, "all pixels are missing"),
    ],
)
def test_masks_that_cannot_be(told, grey, line, tmp_path):
    if grey is not None:
        Image.new("L", (16, 16), grey).save(tmp_path / "mask.png")
    with pytest.raises(InputError, match=line):
        masks.named(told.format(file=tmp_path / "mask.png"), 16, 2)


WIDE = np.where(masks.half("left", 20), 255, 0).astype(np.uint8)[2:18]  # 20x16: the left 10 are known
LEFT = masks.half("left", 16)
# As files; whether they are as black and white as they look.
GIVEN = {
    "white is known": (Image.fromarray(np.uint8(255 * LEFT)), True),
    "one is known": (Image.fromarray(np.uint8(LEFT)), True),
    "a bit a pixel": (Image.fromarray(LEFT), True),
    "16 bits": (Image.fromarray(np.uint16(65535 * LEFT)), True),
    "floats to one": (Image.fromarray(np.float32(LEFT)), True),
    "greys": (Image.fromarray(np.uint8(np.where(LEFT, 200, 40))), False),
    "opaque is known": (Image.fromarray(np.stack([np.uint8(0 * LEFT)] * 3 + [np.uint8(255 * LEFT)], -1), "RGBA"), True),
    "opaque beside white": (Image.fromarray(np.stack([np.uint8(255 * ~LEFT), np.uint8(255 * LEFT)], -1), "LA"), True),
    "white and all opaque": (Image.fromarray(np.uint8(255 * LEFT)).convert("LA"), True),
    "another size": (Image.fromarray(WIDE), True),
    "a larger one": (Image.fromarray(np.uint8(255 * masks.half("left", 64))), True),
}  # fmt: skip


@pytest.mark.parametrize("case", GIVEN)
def test_masks_are_given_in_many_ways(case, tmp_path):
    image, clean = GIVEN[case]
    image.save(path := tmp_path / ("mask.tif" if image.mode == "F" else "mask.png"))
    known, black_and_white = masks.from_file(str(path), 16, fit=True)
    np.testing.assert_array_equal(known, LEFT)
    assert black_and_white == clean
    if image.size != (16, 16):
        with pytest.raises(InputError, match="pixels, and the images are 16x16"):
            masks.from_file(str(path), 16)


# Blending


def test_poisson_blending_meets_the_seam_and_keeps_gradients():
    rng = np.random.default_rng(0)
    known = masks.centre(12)
    drawn = rng.uniform(0, 255, (12, 12, 2))
    shifted = poisson(drawn + 30, drawn, known)  # a constant shift at the seam is a constant shift everywhere
    np.testing.assert_allclose(shifted, drawn + 30)
    y, x = np.mgrid[:12, :12].astype(float)
    harmonic = (x * x - y * y)[..., None]  # with no gradients of its own it is filled in harmonically
    np.testing.assert_allclose(poisson(harmonic, np.zeros((12, 12, 1)), known), harmonic, atol=1e-9)
    corner = np.ones((6, 6), bool)
    corner[:3, :3] = False
    np.testing.assert_allclose(poisson(np.full((6, 6, 1), 7.0), np.zeros((6, 6, 1)), corner), 7.0)


# Figures


def test_figures_are_of_missing_pixels_and_of_the_whole_image(monkeypatch):
    images = np.zeros((2, 32, 32, 1), np.uint8)
    known = np.broadcast_to(masks.half("top", 32), (2, 32, 32))
    drawn = np.full_like(images, 51)
    drawn[1] = 255
    apart = lpips.Perceptual("", "", {}, lambda _, a, b: jnp.mean(jnp.abs(a - b), (1, 2, 3)), None)
    monkeypatch.setattr(lpips, "load", lambda trunk: apart)
    monkeypatch.setattr(inpainting_figures.importlib.util, "find_spec", lambda name: True)
    found = inpainting_figures.figures(images, known, drawn)
    assert found["l1"]["mean"] == pytest.approx((0.2 + 1) / 2)
    assert found["psnr"]["mean"] == pytest.approx((20 * np.log10(5) + 0) / 2)
    assert found["lpips"]["mean"] == pytest.approx((2 * 0.2 + 2) / 2 / 2)  # half of the pixels, in [-1, 1]
    assert "lpips" not in inpainting_figures.figures(images[:, :30], known[:, :30], drawn[:, :30])


def test_an_autoregressive_run_completes_beside_the_search(place, images, tmp_path, capsys):
    made, out = MADE(logistics(1, 1).out, ()), tmp_path / "out"
    abilities = [kind(made, 16, 1, "logistics") for kind in (DrawByPixels, DensityByPixels)]
    made_run(tmp_path / "made", abilities, {"P": [jnp.zeros((1, 16, 16, 1))]})
    flags = ["--run", place / "gan", "--dataset", images, "--count", 3, "--steps", 2, "--masks", "top"]
    assert experiment("inpaint", *flags, "--autoregressive", tmp_path / "made", "--out", out) == 0
    rows = {row["by"]: row for row in json.loads((out / "inpainting" / "inpainting.json").read_text())["rows"]}
    assert rows["autoregressive"]["l1"]["mean"] > 0
    assert rows["autoregressive"]["l1"] != rows["mean colour"]["l1"]
    capsys.readouterr()
    assert experiment("inpaint", *flags, "--autoregressive", place / "vae", "--out", out) == 2
    assert "it cannot draw pixel by pixel" in capsys.readouterr().err


# Commands


@pytest.fixture(scope="module")
def place(tmp_path_factory, images, whole):
    here = tmp_path_factory.mktemp("search")
    for name in ("gan", "vae"):
        shutil.copytree(whole(name), here / name)
    digits = np.load(images)["images"]
    (here / "in").mkdir()
    for i in range(3):
        Image.fromarray(digits[i]).save(here / "in" / f"{i}.png")
    alpha = np.full((16, 16), 77, np.uint8)
    Image.fromarray(np.stack([digits[3], alpha], -1), "LA").save(here / "alpha.png")
    Image.fromarray(digits[0]).resize((20, 20)).save(here / "large.png")
    Image.fromarray(np.stack([digits[0]] * 3, -1)).save(here / "colour.png")
    Image.fromarray(digits[0]).convert("P").save(here / "palette.png")
    Image.fromarray(np.where(masks.half("left", 16), 200, 40).astype(np.uint8)).save(here / "grey.png")
    return here


def test_inpaint_keeps_known_pixels_bit_for_bit_and_the_files_mode(place, tmp_path, capsys):
    out = tmp_path / "out"
    given = [place / "in", place / "alpha.png"]
    flags = ["--steps", 6, "--restarts", 2, "--blend", "poisson", "--mask", place / "grey.png"]
    assert command("inpaint", place / "gan", *given, *flags, "--out", out) == 0
    assert "is not black and white" in capsys.readouterr().err
    known = masks.half("left", 16)
    for name in ("0", "1", "2", "alpha"):
        before = Image.open(place / ("in" if name != "alpha" else "") / f"{name}.png")
        after = Image.open(out / f"{name}.png")
        assert (after.mode, after.size) == (before.mode, before.size)
        np.testing.assert_array_equal(np.asarray(after)[known], np.asarray(before)[known])
        if name == "alpha":
            np.testing.assert_array_equal(np.asarray(after)[..., 1], np.asarray(before)[..., 1])
    record = json.loads((out / "losses.json").read_text())
    assert [image["missing"] for image in record["images"]] == [0.5] * 4
    assert all(image["loss"] == min(image["restarts"]["loss"]) for image in record["images"])
    assert Image.open(out / "optimisation.gif").n_frames > 2
    assert (out / "sheet.png").is_file()


def test_what_is_transparent_is_what_is_missing(place, tmp_path, capsys):
    """Of two photos, where no mask is told: of the other one it is the centre."""
    digit, hole = np.asarray(Image.open(place / "in" / "0.png")), masks.half("top", 16)
    erased = Image.fromarray(np.stack([digit, np.uint8(255 * hole)], -1), "LA")
    erased.save(tmp_path / "erased.png")
    flags = ["--steps", 1, "--restarts", 1, "--out", tmp_path / "out"]
    assert command("inpaint", place / "gan", tmp_path / "erased.png", place / "in" / "1.png", *flags) == 0
    assert "what is transparent in 1 of 2 images is missing; of the others, the centre" in capsys.readouterr().err
    record = json.loads((tmp_path / "out" / "losses.json").read_text())
    assert [image["missing"] for image in record["images"]] == [0.5, 0.25]
    after = np.asarray(Image.open(tmp_path / "out" / "erased.png"))
    np.testing.assert_array_equal(after[hole, 0], digit[hole])
    assert (after[..., 1] == 255).all()
    whole, _ = Image.open(place / "in" / "1.png"), capsys.readouterr()
    np.testing.assert_array_equal(
        np.asarray(Image.open(tmp_path / "out" / "1.png"))[masks.centre(16)], np.asarray(whole)[masks.centre(16)]
    )
    assert command("inpaint", place / "gan", tmp_path / "erased.png", *flags, "--mask", "left") == 0
    assert "out has other images in it, which stay: 1.png" in capsys.readouterr().err
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "erased.png"))[..., 1], 255 * hole)
    once = ["--steps", 1, "--restarts", 1, "--out", tmp_path / "codes"]
    assert command("invert", place / "gan", tmp_path / "erased.png", *once) == 0
    assert "searched for as it is coloured, in erased.png: inpaint leaves it open" in capsys.readouterr().err


def test_images_of_other_sizes_and_modes_are_brought_to_the_runs(place, tmp_path, capsys):
    others = [place / f"{name}.png" for name in ("large", "colour", "palette")]
    Image.open(place / "large.png").convert("CMYK").save(tmp_path / "print.jpg")
    Image.fromarray(np.uint16(257) * np.asarray(Image.open(place / "in" / "0.png"))).save(tmp_path / "deep.png")
    given = [*others, tmp_path / "print.jpg", tmp_path / "deep.png", place / "in"]
    for name in ("inpaint", "invert"):
        flags = ["--steps", 1, "--restarts", 1, "--out", tmp_path / name]
        assert command(name, place / "gan", *given, *flags) == 0
        said = capsys.readouterr().err
        assert "5 of 8 images brought to 16x16 grey, by centre squares: " in said
        assert "large.png is 20x20" in said
    for name in ("colour", "palette", "deep"):
        drawn = Image.open(tmp_path / "inpaint" / f"{name}.png")
        assert (drawn.mode, drawn.size) == ("L", (16, 16))
        known = masks.centre(16)
        np.testing.assert_array_equal(np.asarray(drawn)[known], np.asarray(Image.open(place / "in" / "0.png"))[known])


def test_what_was_given_is_not_written_over(place, tmp_path, capsys):
    folder = shutil.copytree(place / "in", tmp_path / "in")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert command("inpaint", place / "gan", folder, "--steps", 1, "--out", folder) == 2
    assert "0.png would be written over: choose another --out" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_search_tells_how_far_it_is(monkeypatch, capsys):
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr("jaxgen.store.progress.time.monotonic", lambda: float(next(clock)))
    G, frozen = linear()
    game = recipes.inpainting(G, frozen, tx=optax.sgd(0.1), weight=0, prepare=lambda batch, keys: batch)
    batch = {"image": np.zeros((3, 4, 4, 1), np.float32), "weight": np.ones((3, 4, 4, 1), np.float32)}
    found = searched(game, {**batch, "z": np.ones((3, 3), np.float32)}, steps=40, dispatches=2)
    assert len(found.path) == 3
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in said] == [
        f"steps of the search done: {n} of 40" for n in range(2, 41, 2)
    ]


def test_invert_finds_codes_from_where_the_encoder_points(place, tmp_path):
    codes = {}
    for method in ("encoder", "search", "both"):
        flags = ["--steps", 1, "--restarts", 1, "--method", method, "--out", tmp_path / method]
        assert command("invert", place / "vae", place / "in", *flags) == 0
        record = json.loads((tmp_path / method / "errors.json").read_text())
        assert record["psnr"] == pytest.approx(np.mean([image["psnr"] for image in record["images"]]))
        codes[method] = np.load(tmp_path / method / "codes.npz")["codes"]
        assert codes[method].shape == (3, 3)
    np.testing.assert_allclose(codes["both"], codes["encoder"], atol=1e-5)  # the only place seen in one step
    assert np.abs(codes["search"] - codes["encoder"]).max() > 0.1


BAD = {
    "no images": ("inpaint {place}/gan", "no images to work on"),
    "an image that is not there": ("inpaint {place}/gan {place}/nothing.png", "there is no file .*nothing.png"),
    "an image of another size": (
        "inpaint {place}/gan {place}/large.png --sizes refuse",
        "large.png is 20x20: say --sizes resize",
    ),
    "an image of other channels": (
        "inpaint {place}/gan {place}/colour.png --sizes refuse",
        "has the mode RGB: .* to 16x16 grey",
    ),
    "a palette": ("inpaint {place}/gan {place}/palette.png --sizes refuse", "has the mode P: say --sizes resize"),
    "a mask of another size": (
        "inpaint {place}/gan {place}/in --mask {place}/large.png --sizes refuse",
        "20x20 pixels, and",
    ),
    "two images of one name": ("inpaint {place}/gan {place}/in {place}/in/1.png", "would be written as 1.png"),
    "no discriminator": ("inpaint {place}/vae {place}/in", "has no discriminator to ask: say --weight 0"),
    "no encoder": ("inpaint {place}/gan {place}/in --start encoder", "has no encoder: say --start prior"),
    "no encoder to invert by": ("invert {place}/gan {place}/in --method both", "has no encoder: say --method search"),
    "steps of nothing": ("inpaint {place}/gan {place}/in --steps 0", "--steps is 0; it must be at least 1"),
    "a step size below none": ("inpaint {place}/gan {place}/in --lr -1", "--lr is -1.0; it must be above 0"),
    "no run": ("inpaint {place}/in {place}/in", "is not a run's folder"),
}


@pytest.mark.parametrize(("flags", "line"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_nothing_is_written(flags, line, place, tmp_path, capsys):
    out = tmp_path / "out"
    assert command(*flags.format(place=place).split(), "--out", out) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert re.search(line, said[0])
    assert not out.exists()
