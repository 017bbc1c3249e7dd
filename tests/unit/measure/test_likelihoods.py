"""Likelihoods of whole splits, by the command and by hand."""

import json
import math
import re
import shutil
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from PIL import Image

from jaxgen.abilities import DensityByPixels, DrawByPixels
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.measure import likelihoods
from jaxgen.model import Bound, Model, completions
from jaxgen.nets.made import MADE
from running import command, experiment
from trained import made_run
from weights import weights

RNG = np.random.default_rng(0)
SHAPE = (3, 4, 1)


class Constant(nn.Module):
    """Every pixel has the same parameters, shifted by the image's class where it is told."""

    out: int

    @nn.compact
    def __call__(self, images, label=None, *, train):
        logits = self.param("logits", nn.initializers.zeros, (self.out,))
        told = jnp.broadcast_to(logits, (*images.shape[:3], self.out))
        return told if label is None else told + label[:, None, None, None]


def _constant(logits, pixels, classes=0, at_once=100):
    """The density of such a net, and its parameters and stats."""

    class Oblong(DensityByPixels):
        shape = SHAPE

        @property
        def at_once(self):
            return at_once

    density = Oblong(Constant(len(logits)), 4, 1, pixels, classes)
    return density, ({"logits": jnp.asarray(logits, jnp.float32)}, {})


def _binary(count=37):
    return 255 * RNG.integers(0, 2, (count, *SHAPE), dtype=np.uint8)


def test_nats_are_those_of_the_formula_on_any_number_of_devices():
    images = _binary()
    source, label = images, RNG.integers(0, 3, len(images)).astype(np.int32)
    density, variables = _constant([0.3], "bernoulli", classes=3, at_once=4)
    white = 1 / (1 + np.exp(-(0.3 + label[:, None, None, None].astype(float))))
    nats = -np.log(np.where(images, white, 1 - white)).reshape(len(images), -1).sum(1)
    some = nats[np.arange(30) * 37 // 30]  # spread over all
    for devices in (1, 8):
        found = likelihoods.measured(
            density,
            variables,
            in_memory("some", {"image": source, "label": label}),
            30,
            data_mesh(jax.devices()[:devices]),
        )
        assert found["nll"] == pytest.approx(some.mean(), rel=1e-6)
        assert found["nll_error"] == pytest.approx(some.std() / math.sqrt(30), rel=1e-4)
        assert found["nll_bits_per_dim"] == pytest.approx(some.mean() / 12 / math.log(2), rel=1e-6)
        assert (found["images"], found["levels"], found["likelihood"]) == (30, 2, True)


def test_a_softmax_over_256_values_has_8_bits_when_it_knows_nothing():
    density, variables = _constant(np.zeros(256), "categorical")
    grey = in_memory("grey", {"image": RNG.integers(0, 256, (5, *SHAPE), dtype=np.uint8)})
    assert likelihoods.measured(density, variables, grey, 5, data_mesh(jax.devices()[:1]))[
        "nll_bits_per_dim"
    ] == pytest.approx(8)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"image": np.full((4, *SHAPE), 7, np.uint8), "label": np.zeros(4, np.int32)}, "0 and 255 alone.*grey values"),
        ({"image": _binary(4).repeat(3, 3), "label": np.zeros(4, np.int32)}, "images of 3x4x1 .* has 3x4x3"),
        ({"image": _binary(4)}, "no labels"),
        ({"image": _binary(4), "label": np.full(4, 3, np.int32)}, "3 classes, and some has a label 3"),
    ],
)
def test_images_that_a_model_is_not_of_are_refused_in_one_line(arrays, said):
    density, variables = _constant([0.0], "bernoulli", classes=3)
    with pytest.raises(InputError, match=said):
        likelihoods.measured(density, variables, in_memory("some", arrays), 4, data_mesh(jax.devices()[:1]))


@pytest.fixture(scope="module")
def place(tmp_path_factory, images, whole):
    """Black and white digits, the same with their pixels shuffled, runs of a PixelCNN and of a VAE, and a MADE of black
    and white that nobody trained."""
    here = tmp_path_factory.mktemp("likelihoods")
    with np.load(images) as file:
        grey, labels = file["images"], file["labels"]
    white = np.where(grey > 127, 255, 0).astype(np.uint8)
    order = np.random.default_rng(1).permutation(256)
    np.savez(here / "white.npz", images=white, labels=labels)
    np.savez(here / "shuffled.npz", images=white.reshape(-1, 256)[:, order].reshape(-1, 16, 16))
    np.savez(here / "colours.npz", images=white[..., None].repeat(3, 3))
    shutil.copytree(whole("pixelcnn"), here / "pixelcnn")
    shutil.copytree(whole("vae, logistic"), here / "vae")
    abilities = [kind(MADE(1, (16,)), 16, 1, "bernoulli") for kind in (DrawByPixels, DensityByPixels)]
    settings = {"dataset": str(here / "white.npz"), "split": "train"}
    made_run(here / "made", abilities, {"P": [jnp.zeros((1, 16, 16, 1))]}, settings)
    return here


def said(capfd, *words):
    """What a command printed as JSON."""
    capfd.readouterr()
    assert command(*words, "--json") == 0
    return json.loads(capfd.readouterr().out)


@pytest.mark.parametrize("name", ["white", "shuffled"])
def test_the_command_says_what_the_net_and_the_formula_do(name, place, capfd):
    words = ["likelihood", place / "made", *([] if name == "white" else ["--dataset", place / f"{name}.npz"])]
    found = said(capfd, *words)
    params = Model(place / "made").ability(DrawByPixels).params
    with np.load(place / f"{name}.npz") as file:
        white = file["images"][..., None]
    logits = np.asarray(MADE(1, (16,)).apply({"params": params}, white / 127.5 - 1), np.float64)
    nats = np.logaddexp(0, np.where(white, -logits, logits)).reshape(200, -1).sum(1)
    assert found["nll"] == pytest.approx(nats.mean(), rel=1e-5)
    assert found["nll_bits_per_dim"] == pytest.approx(nats.mean() / 256 / math.log(2), rel=1e-5)
    assert (found["images"], found["split"], found["parameters"], found["round"]) == (200, "train", "as trained", 7)
    assert "not dequantised" in found["data"]
    assert command(*words) == 0
    assert f"negative log-likelihood: {nats.mean():.4f} nats" in capfd.readouterr().out


def test_the_experiments_say_the_same_as_the_command(place, capfd):
    for run, more in (("pixelcnn", ["--images", 8]), ("vae", ["--samples", 2])):
        written = json.loads((place / run / "test.json").read_text())
        found = said(capfd, "likelihood", place / run, *more)
        assert found["nll"] == pytest.approx(written["nll"], rel=1e-6)
        for name in ("images", "levels", "data", "measure"):
            assert found[name] == written[name]
        assert (found["parameters"], found["round"]) == ("averaged", 4)
        assert json.loads((place / run / "scores" / "round-0000004-likelihood-train.json").read_text()) == found
    assert found["elbo"] == pytest.approx(-written["elbo"], rel=1e-5)
    assert found["nll"] < found["elbo"]
    assert command("report", place / "vae") == 0
    assert f"{found['nll']:.6g} ± " in (place / "vae" / "report.html").read_text()


@pytest.mark.slow
def test_images_that_it_was_not_trained_on_are_less_likely(place, tmp_path, capfd):
    flags = ["--model", "made", "--width", 16, "--batch", 16, "--rounds", 200, "--lr", 0.01, "--ema", 0.9]
    often = ["--log-every", 50, "--sample-every", 200, "--devices", 2, "--out", tmp_path / "made"]
    assert experiment("pixelcnn", "--dataset", place / "white.npz", *flags, *often) == 0
    own = said(capfd, "likelihood", tmp_path / "made")["nll"]
    other = said(capfd, "likelihood", tmp_path / "made", "--dataset", place / "shuffled.npz")["nll"]
    assert own < 60 < other - 60


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("{place}/made --dataset {images}", "0 and 255 alone, and .* has grey values"),
        ("{place}/made --dataset {place}/colours.npz", "images of 16x16x1 .*colours.npz has 16x16x3"),
        ("{place}/made --dataset {place}/nowhere.npz", "there is no file"),
        ("{place}/made --split test", "has no split 'test'"),
        ("{place}/made --images 0", "--images is 0"),
        ("{place}/vae --samples 0", "--samples is 0"),
        ("{place}/made --checkpoint best", "has no best checkpoint"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(place, images, words, complaint, capfd):
    capfd.readouterr()
    assert command("likelihood", *words.format(place=place, images=images).split()) == 2
    told = capfd.readouterr().err.splitlines()
    assert len(told) == 1
    assert re.search(complaint, told[0])


def test_a_run_that_tells_no_likelihood_says_what_it_can(place, tmp_path, capfd):
    config = json.loads((place / "vae" / "config.json").read_text())
    config["abilities"] = [one for one in config["abilities"] if not one["ability"].startswith("Density")]
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert command("likelihood", tmp_path) == 2
    assert "it cannot give images a likelihood" in capfd.readouterr().err


def test_completions_keep_what_is_known_and_differ_below(place, tmp_path):
    out = tmp_path / "half.npz"
    assert command("complete", place / "made", "--count", 3, "--samples", 4, "--mask", "top", "--out", out) == 0
    with np.load(out) as file, np.load(place / "white.npz") as data:
        drawn, real = file["images"], data["images"][[0, 66, 133], ..., None]
    assert drawn.shape == (3, 4, 16, 16, 1)
    np.testing.assert_array_equal(drawn[:, :, :8], np.broadcast_to(real[:, None, :8], (3, 4, 8, 16, 1)))
    assert set(np.unique(drawn)) == {0, 255}
    assert len({drawn[0, i].tobytes() for i in range(4)}) == 4
    mask = np.zeros((16, 16), np.uint8)
    mask[:, 3:5] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    assert command("complete", place / "made", "--mask", tmp_path / "mask.png", "--count", 3, "--out", out) == 0
    with np.load(out) as file:
        np.testing.assert_array_equal(file["images"][:, 0, :, 3:5], real[:, :, 3:5])
        assert not np.array_equal(file["images"][:, 0], real)


def test_completions_drawn_in_parts_are_those_drawn_at_once(monkeypatch):
    net = MADE(1, (8,))
    sampler = DrawByPixels(net, 4, 1, "bernoulli")
    images = np.random.default_rng(0).choice([0, 255], (3, 4, 4, 1)).astype(np.uint8)
    params = weights(net.init, jnp.zeros((1, 4, 4, 1)), train=False)["params"]
    bound = Bound(sampler, params, {}, "as trained", Path())
    draw = partial(completions.completed, bound, images, np.tri(4, dtype=bool), 3, 0)
    at_once = draw()
    monkeypatch.setattr(completions, "CHUNK", 4)
    np.testing.assert_array_equal(draw(), at_once)
    assert np.ptp(at_once, axis=1).any()  # completions of an image differ


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("{place}/vae", "it cannot draw pixel by pixel"),
        (
            "{place}/made --mask middle",
            "no file middle; --mask is one of centre, top, bottom, left, right, .* or an image",
        ),
        ("{place}/made --mask {images}", "cannot be read as an image"),
        ("{place}/made --dataset {images}", "grey values"),
        ("{place}/made --samples 0", "--samples is 0"),
    ],
)
def test_what_cannot_be_completed_is_said_in_one_line(place, images, words, complaint, capfd):
    capfd.readouterr()
    assert command("complete", *words.format(place=place, images=images).split()) == 2
    told = capfd.readouterr().err.splitlines()
    assert len(told) == 1
    assert re.search(complaint, told[0])
