"""What a run's numbers tell of it: values worked out by hand, curves made for it, and a real run that stops."""

import math
import re
import shutil

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from scipy.stats import norm

from jaxgen import diagnostics
from jaxgen.errors import InputError
from jaxgen.game import Game, Net, State
from jaxgen.pixels import floats
from jaxgen.run import report, watch
from jaxgen.run.log import read_metrics
from rows import ROWS
from running import TINY, digest, experiment

SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])  # sides 1, diagonals the root of 2


def test_diversity_is_a_ratio_of_mean_distances():
    assert diagnostics.diversity(SQUARE, SQUARE) == 1
    assert diagnostics.diversity(3 * SQUARE + 7, SQUARE) == pytest.approx(3)
    assert diagnostics.diversity(np.zeros((5, 2)), SQUARE) == 0
    line = np.array([[0.0, 0.0], [0.0, 2.0]])
    assert diagnostics.diversity(line, SQUARE) == pytest.approx(2 / ((4 + 2 * math.sqrt(2)) / 6))


def test_twins_are_nearer_than_real_images_ever_are():
    fakes = np.array([[0.0, 0.0], [0.9, 0.0], [9.0, 9.0], [5.0, 5.0]])  # the first two are, at 0.9 < 1
    assert diagnostics.twins(fakes, SQUARE) == 0.5
    assert diagnostics.twins(SQUARE, SQUARE) == 0  # as near is not nearer
    assert diagnostics.twins(np.zeros((4, 2)), SQUARE) == 1
    copies = np.concatenate([SQUARE, SQUARE[:1]])  # a data set may hold an image twice: that is no measure
    assert diagnostics.twins(fakes, copies) == 0.5


def test_the_nearest_real_image_beside_what_is_usual_between_real_ones():
    assert diagnostics.nearest(SQUARE, SQUARE) == 0  # copies
    assert diagnostics.nearest(SQUARE + np.array([0, 3]), SQUARE) == pytest.approx((3 + 2 + 3 + 2) / 4)
    assert diagnostics.nearest(np.array([[0.5, 0.5]] * 2), SQUARE) == pytest.approx(math.sqrt(0.5))


def test_samples_of_images_by_scipys_distances():
    rng = np.random.default_rng(0)
    fake, real = (rng.integers(0, 256, (n, 6, 6, 3), dtype=np.uint8) for n in (40, 30))
    f, r = (x.reshape(len(x), -1).astype(np.float64) for x in (fake, real))
    assert diagnostics.diversity(fake, real) == pytest.approx(pdist(f).mean() / pdist(r).mean())
    own = cdist(r, r) + np.diag([np.inf] * 30)
    assert diagnostics.nearest(fake, real) == pytest.approx(cdist(f, r).min(1).mean() / own.min(1).mean())
    near = cdist(f, f) + np.diag([np.inf] * 40)
    assert diagnostics.twins(fake, real) == np.mean(near.min(1) < pdist(r).min())


@pytest.mark.parametrize("number", [diagnostics.diversity, diagnostics.twins, diagnostics.nearest])
def test_two_sets_of_different_images_are_refused(number):
    with pytest.raises(InputError, match="one shape"):
        number(np.zeros((4, 2)), np.zeros((4, 3)))
    with pytest.raises(InputError, match="at least two"):
        number(np.zeros((1, 2)), np.zeros((4, 2)))


def test_oscillation():
    assert diagnostics.oscillation([2, 2, 2]) == 0
    assert diagnostics.oscillation([1, 3, 1, 3]) == 1  # steps of 2 around a size of 2
    assert diagnostics.oscillation([5]) == diagnostics.oscillation([]) == 0


HEALTHY = {"twins": 0.0, "diversity": 0.9, "nearest": 1.4, "accuracy": 0.9, "loss": 0.5}


def curve(*pieces, every=50):
    """Lines of a run from pieces (until a round, what differs from healthy)."""
    lines, last = [], 0
    for until, changed in pieces:
        now = HEALTHY | changed
        for number in range(last + every, until + 1, every):
            line = {"round": number, "seconds": 1.0, "D/loss": now["loss"], "G/loss": 2.0}
            line |= {f"D/accuracy_{of}": now["accuracy"] for of in ("real", "fake")}
            lines.append(line | {f"samples/{n}": now[n] for n in ("twins", "diversity", "nearest")})
        last = until
    return lines


FEW, FAR, WON = {"twins": 0.9}, {"nearest": 2.5}, {"accuracy": 1.0, "loss": 0.001}
EVEN = {"accuracy": 0.55, "loss": 1.3}
TABLE = {  # name -> lines, (kind, began) of what is to be found
    "nothing yet": ([], []),
    "a healthy run": (curve((2000, {})), []),
    "few images": (curve((600, {}), (1000, FEW)), [("collapse", 650)]),
    "images all the same": (curve((600, {}), (1000, {"diversity": 0.1})), [("collapse", 650)]),
    "few images for a moment": (curve((600, {}), (700, FEW), (1000, {})), []),
    "few images from the start": (curve((1000, FEW)), [("collapse", 300)]),
    "a collapse that is over": (curve((600, {}), (800, FEW), (1500, {})), [("collapse", 650)]),
    "two collapses": (curve((600, FEW), (900, {}), (1500, FEW)), [("collapse", 300), ("collapse", 950)]),
    "alike while G is still learning": (curve((250, FEW | FAR | WON), (1000, {})), []),
    "noise": (curve((600, {}), (1000, FAR)), [("failure", 650)]),
    "few images of nothing": (curve((600, {}), (1000, FAR | FEW)), [("failure", 650)]),
    "few images that fool nobody": (curve((600, {}), (1000, FEW | WON)), [("failure", 650)]),
    "a D that has won over good images": (curve((1000, WON)), []),
    "equilibrium": (curve((600, {}), (1000, EVEN)), [("equilibrium", 650)]),
    "an even D of noise": (curve((600, {}), (1000, EVEN | FAR)), [("failure", 650)]),
    "an even D of few images": (curve((600, {}), (1000, EVEN | FEW)), [("collapse", 650)]),
    "equilibrium, then a collapse": (
        curve((600, {}), (1000, EVEN), (1500, FEW)), [("equilibrium", 650), ("collapse", 1050)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_what_is_found_in_curves(case):
    lines, expected = TABLE[case]
    found = diagnostics.find(lines)
    assert [(f.kind, f.began) for f in found] == expected
    for finding in found:
        assert finding.helps
        assert re.search(r"diversity 0\.\d", finding.saw)
        assert "\n" not in finding.saw + finding.helps
    bad = [kind for kind, _ in expected if kind != "equilibrium"]
    assert diagnostics.verdict(found) == (bad[-1] if bad else "healthy")


def test_without_samples_a_d_that_has_won_is_a_failure():
    def bare(*pieces):
        return [{n: v for n, v in line.items() if "samples" not in n} for line in curve(*pieces)]

    assert [(f.kind, f.began) for f in diagnostics.find(bare((600, {}), (1200, WON)))] == [("failure", 650)]
    assert diagnostics.find(bare((600, {}), (1000, WON))) == []  # eight lines only
    assert diagnostics.find([{"round": r, "seconds": 0.0, "C/loss": 0.0} for r in range(0, 2000, 50)]) == []


def test_lines_between_samples_do_not_count():
    """A run may log more often than it draws, and a finding keeps its beginning while it grows."""
    lines = curve((600, {}), (1000, FEW))
    between = [{"round": line["round"] + 10, "seconds": 1.0} for line in lines]
    mixed = sorted(lines + between, key=lambda line: line["round"])
    assert diagnostics.find(mixed) == diagnostics.find(lines)
    starts = {f.began for n in range(len(lines)) for f in diagnostics.find(lines[:n])}
    assert starts == {650}


def scored(real, fake, offset=0.0):
    """A line of a critic whose scores have no zero, as `Adversary.judge` watches them, averaged over rounds."""
    gap = real - fake
    return {
        "round": 400,
        "D/score_real": real.mean() + offset,
        "D/score_fake": fake.mean() + offset,
        "D/gap_fake": gap.mean(),
        "D/gap_fake_square": np.square(gap).mean(),
    }


def test_scores_without_a_zero_lie_apart_by_their_spread_whatever_they_share():
    """d' of signal detection: (m1 - m2) / s; the best threshold is right with the probability of z < d' / 2."""
    rng = np.random.default_rng(0)
    real, fake = rng.normal(3.0, 2.0, (50, 1000)), rng.normal(-1.0, 2.0, (50, 1000))
    assert diagnostics.separation(scored(real, fake)) == pytest.approx(2.0, rel=0.02)
    drift = rng.normal(0, 100, (50, 1))  # of all scores, from round to round
    assert diagnostics.separation(scored(real + drift, fake + drift)) == pytest.approx(2.0, rel=0.02)
    best = (np.mean(real > 1) + np.mean(fake < 1)) / 2
    assert best == pytest.approx(norm.cdf(2.0 / 2), abs=0.01)
    assert diagnostics.separation({"round": 1, "D/accuracy_real": 1.0, "D/accuracy_fake": 1.0}) is None


def test_a_perfectly_separating_critic_with_an_offset_is_at_no_equilibrium():
    rng = np.random.default_rng(1)
    samples = {"samples/twins": 0.0, "samples/diversity": 0.9, "samples/nearest": 1.1}
    noise = rng.normal(0, 0.1, (2, 1000))
    apart = [scored(noise[0] + 108, noise[1] + 107) | samples | {"round": 300 + 50 * i} for i in range(4)]
    alike = [scored(noise[0] + 107, noise[1] + 107) | samples | {"round": 300 + 50 * i} for i in range(4)]
    assert diagnostics.find(apart) == []
    assert [finding.kind for finding in diagnostics.find(alike)] == ["equilibrium"]
    few = {"samples/twins": 1.0, "samples/diversity": 0.1}
    assert [f.kind for f in diagnostics.find([line | few for line in apart])] == ["failure"]  # they fool nobody
    assert [f.kind for f in diagnostics.find([line | few for line in alike])] == ["collapse"]


def test_thresholds_are_arguments():
    lines = curve((1000, {"twins": 0.3}))
    assert diagnostics.find(lines) == []
    assert [(f.kind, f.began) for f in diagnostics.find(lines, twins=0.2, settle=500)] == [("collapse", 500)]


@pytest.fixture(scope="module")
def collapsing(images):
    """A code of one number: a curve in the space of images, on which 200 samples cannot but be near each other."""
    often = ["--sample-every", 50, "--log-every", 50, "--save-every", 1000, "--width", 4, "--width-g", 4]
    return ["--dataset", images, "--devices", 1, *TINY, *often, "--mode", "collapse", "--rounds", 500]


def test_a_run_stops_on_what_is_found_and_goes_on(whole, tmp_path, capfd, monkeypatch):
    """After saving, with a status of its own; started again with the same flags it goes on, for that is known now."""
    collapse = diagnostics.Finding("collapse", 1, "few images", "patience")
    for module in (diagnostics, report):
        monkeypatch.setattr(module, "find", lambda lines: [collapse] * any(line["round"] >= 2 for line in lines))
    out, flags = tmp_path / "run", [*ROWS["gan"].words, "--save-every", 4, "--devices", 1, "--stop-on", "any"]
    assert experiment("gan", *flags, "--out", out) == 3
    said = capfd.readouterr().err.strip().splitlines()
    assert (
        "stopped by --stop-on at round 2: collapse since round 1: few images; what usually helps: patience" in said[-1]
    )
    assert "saved; go on all the same with: " in said[-1]
    assert sum(line.startswith("collapse since round 1") for line in said) == 1
    assert [p.name for p in (out / "checkpoints").iterdir()] == ["2"]
    assert "<td>collapse<td>1<td>" in (out / "report.html").read_text()
    assert experiment("gan", *flags, "--out", out) == 0
    assert "since round 1" not in capfd.readouterr().err  # told once
    assert digest(out) == digest(whole("gan"))


@pytest.mark.slow
def test_a_run_stops_on_a_collapse_and_goes_on(collapsing, tmp_path, capfd):
    """After saving, with a status of its own; started again with the same flags it goes on, for that is known now."""
    out = tmp_path / "run"
    assert experiment("failure_modes", *collapsing, "--stop-on", "any", "--out", out) == 3
    said = capfd.readouterr().err.strip().splitlines()
    found = diagnostics.find(read_metrics(out / "metrics.jsonl"))[0]
    assert f"stopped by --stop-on at round 400: {found.kind} since round 300: " in said[-1]
    assert "saved; go on all the same with: " in said[-1]
    assert sum(line.startswith(f"{found.kind} since round 300") for line in said) == 1
    assert [p.name for p in (out / "checkpoints").iterdir()] == ["400"]
    page = (out / "report.html").read_text()
    assert f"<td>{found.kind}<td>300<td>" in page
    assert experiment("failure_modes", *collapsing, "--stop-on", "any", "--out", out) == 0
    assert "since round 300" not in capfd.readouterr().err  # told once
    assert experiment("failure_modes", *collapsing, "--out", tmp_path / "straight") == 0
    assert digest(out) == digest(tmp_path / "straight")


def test_what_is_measured_goes_on_with_the_run(images, tfds_dir, tmp_path):
    """Numbers of samples and D's gap are in the lines, and the same however often the run was stopped."""
    data = ["--dataset", "digits", "--size", 16, "--data-dir", tfds_dir, "--held-out", "test", "--devices", 1]
    flags = [*ROWS["gan"].words, *data, "--sample-every", 2, "--save-every", 3]
    assert experiment("gan", *flags, "--out", tmp_path / "straight") == 0
    shutil.copytree(tmp_path / "straight", tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "4")  # as if stopped between two samples
    assert experiment("gan", *flags, "--out", tmp_path / "run") == 0
    kept = [
        [{n: v for n, v in line.items() if "/" in n} for line in read_metrics(tmp_path / run / "metrics.jsonl")]
        for run in ("straight", "run")
    ]
    assert kept[0] == kept[1]
    measured = {"samples/diversity", "samples/twins", "samples/nearest", "samples/gap"}
    assert [measured <= set(line) for line in kept[0]] == [False, True, False, True]
    page = (tmp_path / "run" / "report.html").read_text()
    assert "No equilibrium, mode collapse or convergence failure was seen" in page


def test_held_out_wants_a_d(tfds_dir, tmp_path, capfd):
    data = ["--dataset", "digits", "--size", 16, "--data-dir", tfds_dir, "--held-out", "test", "--devices", 1]
    assert experiment("classifier", *data, *TINY, "--out", tmp_path / "run") == 2
    assert "--held-out is for experiments that have a D" in capfd.readouterr().err
    assert not (tmp_path / "run" / "config.json").exists()


def test_the_gap_is_ds_mean_score_of_training_images_over_held_out_ones():
    D = Net(init=None, apply=lambda params, stats, x, train: (params * jnp.mean(x, (1, 2, 3)), stats))
    game = Game(init=None, players={}, prepare=floats)
    state = State(*[None] * 2, params={"D": jnp.float32(4.0)}, stats={"D": {}}, opt={}, ema={})
    white, grey = (np.full((n, 2, 2, 1), value, np.uint8) for n, value in ((3, 255), (5, 51)))
    assert watch.of_critic(D, game, white, grey)(state)["samples/gap"] == pytest.approx(4 * (1 - (51 / 127.5 - 1)))
