"""Points of known density, what is measured of samples there, and the estimates that came before GANs."""

import io
import json
import shutil
from math import log

import numpy as np
import pytest
from PIL import Image
from scipy.integrate import dblquad, quad
from scipy.stats import multivariate_normal

from jaxgen.data.derived.stacked import stacked
from jaxgen.data.points import MIXTURES, Mixture, points
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError
from jaxgen.measure import densities
from jaxgen.metrics import mixture as figures
from jaxgen.sampling.classical import BASELINES
from jaxgen.show import plots
from rows import ROWS
from running import digest, experiment

pytestmark = pytest.mark.lowest

TWO = Mixture("two", np.array([[-1.0, 0.0], [1.0, 0.0]]), 0.1)
LINE = Mixture("line", np.array([[-1.0], [1.0]]), 0.5)
rng = np.random.default_rng


# ---- data ----


@pytest.mark.parametrize("name", MIXTURES)
def test_a_mixtures_density_is_that_of_scipy_and_its_samples_follow_it(name):
    mixture = MIXTURES[name]()
    x = mixture.sample(rng(0), (400,))
    assert x.dtype == np.float32
    every = [multivariate_normal(mean, mixture.std**2).pdf(x) for mean in mixture.means]
    np.testing.assert_allclose(mixture.log_density(x), np.log(np.mean(every, axis=0)), rtol=1e-6)
    many = mixture.sample(rng(1), (200_000,)).astype(np.float64)
    covariance = np.cov(mixture.means.T, bias=True) + mixture.std**2 * np.eye(mixture.dim)
    np.testing.assert_allclose(np.cov(many.T), covariance, atol=0.02 * covariance.max())
    assert mixture.scale == pytest.approx(np.sqrt((many**2).mean()), rel=0.01)


def test_densities_integrate_to_one():
    assert quad(lambda x: np.exp(LINE.log_density(np.array([[x]])))[0], -6, 6)[0] == pytest.approx(1)
    inside = dblquad(lambda y, x: np.exp(TWO.log_density(np.array([[x, y]])))[0], 0.5, 1.5, -0.5, 0.5)[0]
    assert inside == pytest.approx(0.5, abs=1e-4)


def test_points_are_a_data_set_with_a_set_for_each_seed():
    source = points(TWO, count=100, sets=3, seed=1)
    batch = source.read(np.array([0, 7, 7]))["image"]
    assert batch.shape == (3, *source.shape) == (3, 3, 2)
    assert np.array_equal(batch[1], batch[2])
    assert not np.array_equal(batch[0, 0], batch[0, 1])
    assert source.fingerprint() == points(TWO, count=100, sets=3, seed=1).fingerprint()
    assert source.fingerprint() != points(TWO, count=100, sets=3, seed=2).fingerprint()
    assert points(TWO, count=5).read(np.arange(5))["image"].shape == (5, 2)


@pytest.mark.parametrize("sets", [None, 2])
def test_stacked_digits_are_three_digits_and_their_label_is_their_code(sets):
    digits = np.arange(10, dtype=np.uint8)[:, None, None, None] + np.zeros((10, 4, 5, 1), np.uint8)
    source = stacked(in_memory("ten", {"image": digits, "label": np.arange(10)}), count=500, sets=sets)
    batch = source.read(np.arange(500))
    assert batch["image"].shape == (500, *source.shape)
    assert source.shape[-3:] == (4, 5, 3)
    first = batch["image"][..., 0, 0, :].astype(int)
    assert np.array_equal(first @ [100, 10, 1], batch["label"])
    assert np.array_equal(batch["image"], np.broadcast_to(first[..., None, None, :], batch["image"].shape))
    assert len(np.unique(batch["label"])) > 300


def test_only_grey_digits_can_be_stacked():
    with pytest.raises(InputError, match="greyscale"):
        stacked(in_memory("colour", {"image": np.zeros((3, 4, 4, 3), np.uint8)}))


# ---- figures ----


def test_modes_good_samples_and_divergence_are_those_counted_by_hand():
    samples = np.array([[-1.0, 0.0], [-1.0, 0.29], [-1.0, 0.31], [-0.9, 0.0], [0.2, 0.0], [5.0, 0.0]])
    found = figures.fit(samples, TWO.means, TWO.std)
    assert found.modes == 1
    assert found.good == 3 / 6  # 0.29 is within three standard deviations, 0.31 is not
    assert found.kl == pytest.approx(4 / 6 * log(8 / 6) + 2 / 6 * log(4 / 6))
    assert figures.fit(samples[:4], TWO.means, TWO.std).kl == pytest.approx(log(2))
    assert figures.fit(TWO.means, TWO.means, TWO.std) == (2, 1.0, 0.0)


@pytest.mark.parametrize("mixture", [LINE, TWO], ids=["1-d", "2-d"])
def test_exact_cells_are_what_many_samples_fill(mixture):
    edges = figures.grid_edges(mixture.means, mixture.std, 12)
    exact = figures.mixture_cells(mixture.means, mixture.std, edges)
    assert exact.shape == (12**mixture.dim + 1,)
    assert exact.sum() == pytest.approx(1)
    filled = figures.sample_cells(mixture.sample(rng(0), (400_000,)), edges)
    np.testing.assert_allclose(filled, exact, atol=0.003)
    assert figures.jensen_shannon(exact, filled) < 1e-4
    far = figures.sample_cells(mixture.sample(rng(0), (1000,)) + 50, edges)
    assert far[-1] == 1
    assert figures.jensen_shannon(exact, far) == pytest.approx(log(2), rel=1e-4)


# ---- baselines ----


def test_the_old_estimates_see_what_they_can_see():
    data = TWO.sample(rng(0), (4000,)).astype(np.float64)
    drawn = {name: fit(data, 2, 4000, 0) for name, fit in BASELINES.items()}
    found = {name: figures.fit(x[:2500], TWO.means, TWO.std) for name, x in drawn.items()}
    for name in ("gaussian", "pca"):
        np.testing.assert_allclose(drawn[name].mean(0), data.mean(0), atol=0.06)
        assert found[name].good < 0.6
    np.testing.assert_allclose(np.cov(drawn["gaussian"].T), np.cov(data.T), atol=0.06)
    assert np.linalg.matrix_rank(drawn["pca"] - drawn["pca"].mean(0), tol=1e-6) == 1
    for name in ("gaussian_mixture", "k_means"):
        assert found[name].modes == 2
        assert found[name].good > 0.97
        assert found[name].kl < 0.01


# ---- pictures, and the experiment ----


def test_pictures_can_be_played():
    frames = [plots.clouds(np.zeros((2, 10, 2)) + 0.3 * i, TWO.means) for i in range(3)]
    gif = plots.animation(frames)
    assert Image.open(io.BytesIO(gif)).n_frames == 3
    x = np.linspace(-1, 1, 50)
    assert plots.line_densities(x, x**2, np.zeros((3, 20)), np.zeros((3, 50)) + 0.5).size[0] > 300


def test_the_last_line_is_json_and_a_run_goes_on(whole, tmp_path, capfd):
    out, flags = shutil.copytree(whole("densities"), tmp_path / "run"), [*ROWS["densities"].words, "--devices", 1]
    shutil.rmtree(out / "checkpoints" / "4")
    assert experiment("densities", *flags, "--out", out) == 0
    told = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert told["rounds"] == 4
    assert told["seeds"] == len(told["modes"]["values"]) == 2
    assert 0 <= told["jsd"]["mean"] <= log(2)
    assert told["baselines"]["k_means"]["modes"] == 8
    assert (out / "training.gif").stat().st_size > 1000
    assert digest(out) == digest(whole("densities"))
    assert experiment("densities", *flags, "--data", "grid", "--out", out) == 2
    assert "begun with other data (name: ring -> grid" in capfd.readouterr().err


def test_a_curve_has_no_modes_to_be_counted():
    roll, line = (MIXTURES[name]() for name in ("swissroll", "mixture1d"))
    told = [densities.summary([densities.of(mixture, mixture.sample(rng(0), (3000,)))]) for mixture in (roll, line)]
    assert told[0]["modes"] is told[0]["kl"] is None
    assert told[1]["modes"]["mean"] == 3
    assert all(one["jsd"]["mean"] < 0.2 for one in told)


@pytest.mark.parametrize("data", ["mixture1d", pytest.param("swissroll", marks=pytest.mark.slow)])
def test_other_data_and_a_single_seed(data, tmp_path, capfd, monkeypatch):
    """Beside one of the older estimates: a mixture of as many components as the swissroll has takes a minute to fit."""
    monkeypatch.setattr(densities, "BASELINES", {"gaussian": BASELINES["gaussian"]})
    flags = ["--seeds", 1, "--batch", 16, "--width", 8, "--layers", 1, "--rounds", 2, "--objective", "non_saturating"]
    assert experiment("densities", "--data", data, *flags, "--out", tmp_path / "run") == 0
    told = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (told["modes"] is None) == (data == "swissroll")
    assert told["baselines"]["gaussian"]["jsd"] <= log(2)


@pytest.mark.parametrize(
    ("flags", "says"), [(["--seeds", 0], "--seeds is 0"), (["--data", "stacked-mnist"], "--classifier")]
)
def test_what_cannot_be_is_refused_in_a_line(flags, says, tmp_path, capfd):
    assert experiment("densities", *flags, "--out", tmp_path / "run") == 2
    assert says in capfd.readouterr().err
    assert not (tmp_path / "run").exists()
