"""Scores of runs and folders: from images to numbers, what they are called, what is kept, and what is refused."""

import json
import re
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from jaxgen.abilities import Draw
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.features import Features, lpips
from jaxgen.measure import statistics
from jaxgen.measure.evaluate import as_json, evaluate, lines, of_source
from jaxgen.measure.extract import extract
from jaxgen.measure.perceptual import accuracy_score
from jaxgen.metrics import frechet, kernel, manifold, scores
from jaxgen.metrics.moments import moments
from jaxgen.metrics.protocol import PRESETS, Protocol
from jaxgen.model import Model, classifier
from jaxgen.model.classes import classifier_features
from rows import ROWS
from running import command, digest, experiment

FEW = Protocol("few", 60, 50, "tf1-bilinear", splits=2, subsets=3, subset_size=20, neighbours=3)


@pytest.fixture(scope="module")
def place(tmp_path_factory, whole):
    """A classifier and a GAN of digits, both hardly trained."""
    place = tmp_path_factory.mktemp("scores")
    shutil.copytree(whole("classifier"), place / "classifier")
    shutil.copytree(whole("gan"), place / "run")
    return place


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXGEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "statistics"


def digits(first: int, last: int):
    """Real 8x8 digits as a source."""
    return in_memory("digits", {"image": (load_digits().images[first:last, ..., None] * 15.9).astype(np.uint8)})


def pixels(name: str = "pixels", scale: float = 1.0) -> Features:
    """A network so simple that its features are known: the pixels, and ten of them as logits."""

    def apply(variables, x):
        flat = x.reshape(len(x), -1).astype(np.float32) * variables
        return {"features": flat, "logits": flat[:, 20:30]}

    return Features(name, f"{scale:064}", 1, "not resized", np.float32(scale), apply)


def measured(metrics: str, *, devices: int = 1, protocol: Protocol = FEW, through=None, keep: bool = False):
    real = of_source(digits(0, 100), protocol.real, protocol.seed, {"name": "digits"}, keep=keep)
    fake = of_source(digits(100, 180), protocol.generated, protocol.seed, {"name": "others"})
    mesh = data_mesh(jax.devices()[:devices])
    return evaluate(fake, real, scores.chosen(metrics), protocol, through or pixels(), mesh)


def values(found) -> dict[str, float]:
    return {score.name: score.value for score in found.scores}


def test_scores_are_those_of_the_formulas():
    found = measured("fid,kid,prdc", protocol=Protocol("all", None, 80, "", subsets=3, subset_size=20, neighbours=3))
    real, fake = (
        digits(*ends).read(np.arange(n))["image"].reshape(n, -1) for ends, n in (((0, 100), 100), ((100, 180), 80))
    )
    expected = {
        "Fréchet distance (pixels)": frechet.distance(moments(real), moments(fake)),
        "kernel distance (pixels)": kernel.distance(real, fake, subsets=3, subset_size=20).mean,
        **{f"{n} (pixels)": v for n, v in manifold.prdc(real, fake, neighbours=3)._asdict().items()},
    }
    assert values(found) == pytest.approx(expected, rel=1e-5)


def test_every_metric_has_a_name_a_value_and_a_protocol():
    for name, metric in scores.METRICS.items():
        if name in ("swd", "msssim"):  # of larger images: below
            continue
        found = measured(name)
        assert found.scores
        assert all(np.isfinite(score.value) for score in found.scores)
        assert metric.network == ("(pixels)" in found.scores[0].name)
        told = json.loads(json.dumps(as_json(found)))
        assert told["protocol"]["name"] == "few"
        assert told["network"] == {"name": "pixels", "sha256": pixels().digest, "resize": "not resized"}
        assert told["generated"]["images"] == 50
        assert set(told["software"]) >= {"jax", "numpy"}


def larger(metrics, block=1):
    """The scores of noise of 176 pixels, in blocks of so many, beside other noise."""
    noise = np.random.default_rng(0).integers(0, 256, (192, 176, 176, 1), np.uint8)
    images = noise[96:, ::block, ::block].repeat(block, 1).repeat(block, 2)
    real, fake = (of_source(in_memory("noise", {"image": x}), None, 0, {"name": "noise"}) for x in (noise[:96], images))
    return values(evaluate(fake, real, scores.chosen(metrics), FEW, None, data_mesh(jax.devices()[:1])))


def test_similarity_of_larger_images():
    assert 0 <= larger("msssim")["MS-SSIM between samples"] < 0.3


@pytest.mark.slow  # the levels by themselves, with smaller images: test_sliced.py
def test_coarse_images_differ_at_the_level_that_they_lack():
    distance = "sliced Wasserstein distance x 1,000, 176 pixels"
    assert larger("swd")[distance] < 0.3 * larger("swd", block=2)[distance]


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (scores.INCEPTION, "FID"),
        ("efficientnet-lite0", "Fréchet distance (efficientnet-lite0)"),
        (None, "Fréchet distance"),
    ],
)
def test_only_inception_makes_a_fid(network, name):
    assert scores.named("Fréchet distance", network) == name
    assert "FID" not in scores.named("kernel distance", network)


def test_scores_are_the_same_on_any_number_of_devices():
    one = values(measured("fid,kid,is,prdc,modes", devices=1))
    for devices in (2, 8):
        assert values(measured("fid,kid,is,prdc,modes", devices=devices)) == pytest.approx(one, rel=1e-6)


def test_an_identical_set_is_at_distance_zero():
    source = digits(0, 100)
    real, fake = (of_source(source, None, 0, {"name": "digits"}) for _ in range(2))
    found = evaluate(fake, real, scores.chosen("fid,prdc"), FEW, pixels(scale=0.01), data_mesh(jax.devices()[:1]))
    assert abs(values(found)["Fréchet distance (pixels)"]) < 1e-6
    assert values(found)["coverage (pixels)"] == 1
    assert "singular" not in "".join(found.notes)


def test_too_few_images_are_said():
    protocol = Protocol("fewer", 40, 30, "", subsets=2, subset_size=10, neighbours=2)
    assert "40 real images for features of length 64" in measured("fid", protocol=protocol).notes[0]
    assert "note: 40 real images" in "\n".join(lines(measured("fid", protocol=protocol)))


def test_grey_images_for_a_network_of_colours_are_said():
    colour = pixels()._replace(channels=3)
    assert any("greyscale" in note for note in measured("fid", through=colour).notes)


def test_real_statistics_are_kept_and_found(cache, monkeypatch):
    """The second time nothing reads the real images, and the numbers are the same."""
    first = values(measured("fid,kid", keep=True))
    assert len(list(cache.iterdir())) == 1
    real = of_source(digits(0, 100), FEW.real, 0, {"name": "digits"}, keep=True)
    unread = real._replace(batches=lambda size: pytest.fail("read again"))
    fake = of_source(digits(100, 180), FEW.generated, 0, {"name": "others"})
    again = evaluate(fake, unread, scores.chosen("fid,kid"), FEW, pixels(), data_mesh(jax.devices()[:1]))
    assert values(again) == first


def test_the_network_sees_real_images_once_though_pixels_are_wanted_too(monkeypatch):
    first = values(measured("fid,nearest", keep=True))
    blind = pixels()._replace(apply=lambda variables, x: pytest.fail("seen again"))
    real = of_source(digits(0, 100), 60, 0, {"name": "digits"}, keep=True)
    found = evaluate(real, real, scores.chosen("nearest"), FEW, blind, data_mesh(jax.devices()[:1]))
    assert values(found)["distance to the nearest real image"] == 0
    assert values(measured("fid,nearest", keep=True)) == first


@pytest.mark.parametrize("change", ["network", "data", "images", "seed"])
def test_statistics_of_something_else_are_not_taken(cache, change):
    measured("fid", keep=True)
    other = {
        "network": {"through": pixels(scale=2.0)},
        "images": {"protocol": Protocol("few", 59, 50, "")},
        "seed": {"protocol": Protocol("few", 60, 50, "", seed=1)},
        "data": {},
    }[change]
    if change == "data":
        real = of_source(digits(1, 101), 60, 0, {"name": "digits"}, keep=True)
        evaluate(real, real, scores.chosen("fid"), FEW, pixels(), data_mesh(jax.devices()[:1]))
    else:
        measured("fid", keep=True, **other)
    assert len(list(cache.iterdir())) == 2


def test_statistics_that_do_not_fit_are_refused(tmp_path):
    seen = extract(
        pixels(), [digits(0, 9).read(np.arange(9))["image"]], data_mesh(jax.devices()[:1]), frozenset({"moments"})
    )
    path, record = tmp_path / "kept.npz", {"real": {"name": "digits"}, "network": "a"}
    statistics.save(path, record, seen)
    assert statistics.load(path, record).number == 9
    np.testing.assert_array_equal(statistics.load(path, record).moments.mean, seen.moments.mean)
    with pytest.raises(InputError, match="does not fit: network is 'a' in it and 'b' here"):
        statistics.load(path, {**record, "network": "b"})
    whole = path.read_bytes()
    for at in np.random.default_rng(0).integers(0, len(whole), 20):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        try:
            np.testing.assert_array_equal(statistics.load(path, record).moments.scatter, seen.moments.scatter)
        except InputError:
            continue
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="no statistics that can be used"):
        statistics.load(path, record)


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (np.zeros((2, 8, 8, 1), np.float32), r"float32 in \[0, 1\]"),
        (np.linspace(-1, 1, 128, dtype=np.float32).reshape(2, 8, 8, 1), r"float32 in \[-1, 1\]"),
        (np.full((2, 8, 8, 1), np.nan, np.float32), "not numbers"),
        (np.full((2, 8, 8, 1), 255.0), "float64 from 255 to 255"),
        (np.zeros((2, 8, 8), np.uint8), r"the shape is \(2, 8, 8\)"),
    ],
)
def test_what_are_no_images_is_recognised(images, told):
    with pytest.raises(InputError, match=told):
        extract(pixels(), [images], data_mesh(jax.devices()[:1]), frozenset({"features"}))


def test_no_images_at_all():
    with pytest.raises(InputError, match="there are no images"):
        extract(pixels(), [], data_mesh(jax.devices()[:1]), frozenset({"features"}))


def test_a_classifiers_features_are_its_last_hidden_layer(place, images):
    through = classifier_features(place / "classifier")
    x = np.load(images)["images"][:7, ..., None]
    seen = through.apply(through.variables, x)
    assert seen["features"].shape == (7, 32)
    np.testing.assert_allclose(seen["logits"], classifier(place / "classifier")(x), rtol=1e-5, atol=1e-5)
    params = through.variables[0]["Dense_1"]
    np.testing.assert_allclose(
        seen["features"] @ params["kernel"] + params["bias"][None], seen["logits"], rtol=1e-4, atol=1e-4
    )


def test_a_run_is_evaluated(place, capsys):
    args = ["evaluate", place / "run", "--classifier", place / "classifier", "--real", 100, "--generated", 50]
    assert command(*args, "--metrics", "fid,modes,nearest") == 0
    said = capsys.readouterr().out
    assert "Fréchet distance (classifier of " in said
    assert "FID" not in said
    assert "protocol quick (changed: real, generated); 100 of 200 images of " in said
    assert "50 generated; parameters averaged; batch norm by running statistics; truncation none" in said
    (kept,) = (place / "run" / "scores").iterdir()
    told = json.loads(kept.read_text())
    assert told["generated"]["round"] == 4
    assert told["real"]["split"] == "train"
    with Image.open(place / "run" / "nearest.png") as picture:
        assert picture.width / picture.height == pytest.approx(6 / 12, rel=0.1)
    assert command(*args, "--metrics", "fid,modes,nearest") == 0
    assert capsys.readouterr().out == said  # the same codes, the same images, the same numbers
    assert command("report", place / "run") == 0
    assert "Scores" in (place / "run" / "report.html").read_text()


def test_folders_are_compared(place, tmp_path, capsys):
    for name in "ab":
        assert (
            command("sample", place / "run", "--count", 30, "--seed", "ab".index(name), "--out", tmp_path / name) == 0
        )
    capsys.readouterr()
    args = [tmp_path / "a", tmp_path / "b", "--metrics", "swd,nearest", "--out", tmp_path / "scores.json"]
    assert command("compare", *args) == 0
    assert "sliced Wasserstein distance x 1,000" in capsys.readouterr().out
    assert json.loads((tmp_path / "scores.json").read_text())["generated"]["of"] == 30
    assert command("compare", tmp_path / "a", tmp_path / "a", "--metrics", "nearest") == 0
    assert float(capsys.readouterr().out.splitlines()[0].split()[-1]) == 0


@pytest.fixture
def scoring(place, monkeypatch):
    """What a GAN is told that scores itself by few images."""
    monkeypatch.setitem(PRESETS, "quick", FEW)
    every = ["--every", 1, "--every-classifier", place / "classifier", "--every-metrics", "fid,is"]
    return [*ROWS["gan"].words, "--devices", 1, *every]


def best_of(run):
    """A run's scores by round, and the digest of its best checkpoint."""
    told = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    scored = {line["round"]: v for line in told for n, v in line.items() if n.startswith("scores/Fréchet")}
    best = Model(run, checkpoint="best")
    assert best.round == min(scored, key=scored.__getitem__)
    return scored, best.digest


def test_training_keeps_the_best_checkpoint_however_often_it_was_stopped(scoring, whole, tmp_path):
    assert experiment("gan", *scoring, "--out", tmp_path / "run") == 0
    scored, _ = found = best_of(tmp_path / "run")
    assert list(scored) == [1, 2, 3, 4]
    assert digest(tmp_path / "run") == digest(whole("gan"))  # which was not scored
    for rounds in (3, 4):
        assert experiment("gan", *scoring, "--rounds", rounds, "--out", tmp_path / "parts") == 0
    assert best_of(tmp_path / "parts") == found
    assert command("sample", tmp_path / "run", "--checkpoint", "best", "--count", 4) == 0


@pytest.mark.slow
def test_a_longer_run_that_was_stopped_keeps_the_same_best_checkpoint(scoring, tmp_path):
    words = [*scoring, "--every", 2, "--save-every", 3, "--log-every", 100]
    assert experiment("gan", *words, "--rounds", 8, "--out", tmp_path / "whole") == 0
    for rounds in (5, 8):
        assert experiment("gan", *words, "--rounds", rounds, "--out", tmp_path / "parts") == 0
    scored, _ = found = best_of(tmp_path / "whole")
    assert list(scored) == [2, 4, 6, 8]
    assert best_of(tmp_path / "parts") == found


def test_pairs_are_scored(tmp_path, capsys):
    images = np.random.default_rng(0).integers(0, 200, (3, 16, 16, 3), np.uint8)
    np.savez(tmp_path / "a.npz", images=images)
    np.savez(tmp_path / "b.npz", images=images + 10)
    assert command("compare", tmp_path / "a.npz", tmp_path / "b.npz", "--metrics", "psnr,ssim") == 0
    psnr, ssim = capsys.readouterr().out.splitlines()[:2]
    assert float(psnr.split()[2]) == pytest.approx(20 * np.log10(255 / 10), rel=1e-5)
    assert 0.9 < float(ssim.split()[1]) < 1


def written(folder, images, names):
    folder.mkdir()
    for image, name in zip(images, names):
        Image.fromarray(image).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def twelve(tmp_path_factory):
    """Twelve pictures that are wider than high, the first of them as it was, the others changed a little more each; in
    folders with other names, and in an array."""
    here = tmp_path_factory.mktemp("twelve")
    images = np.random.default_rng(0).integers(0, 200, (12, 16, 24, 3), np.uint8)
    changed = images + np.arange(12, dtype=np.uint8)[:, None, None, None]
    written(here / "real", images, [f"{i}.png" for i in range(1, 13)])
    written(here / "fake", changed, [f"{i:04}_fake.png" for i in range(1, 13)])
    written(here / "same", changed, [f"{i}.bmp" for i in range(1, 13)])
    np.savez(here / "fake.npz", images=changed)
    return here


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ("fake", "12 pairs by the numbers in their names: 1.png with 0001_fake.png ... 12.png with 0012_fake.png"),
        ("same", ""),
        ("fake.npz", "fake.npz has no names: its images are paired with the files of"),
    ],
)
def test_pairs_are_found_by_their_names(twelve, samples, said, capsys):
    """PSNR by hand, without the pair that is identical; by their places in the order of text they would be others."""
    assert command("compare", twelve / "real", twelve / samples, "--metrics", "psnr,ssim") == 0
    out, err = capsys.readouterr()
    psnr, identical, ssim = out.splitlines()[:3]
    expected = np.mean([20 * np.log10(255 / step) for step in range(1, 12)])
    assert float(re.search(r"PSNR, dB +([\d.]+)", psnr)[1]) == pytest.approx(expected, rel=1e-4)
    assert re.fullmatch(r"identical pairs \(left out of the mean PSNR\) +1", identical)
    assert float(ssim.split()[1]) > 0.9
    assert said in err
    assert len(err.splitlines()) == bool(said)


def test_all_pairs_may_be_identical(twelve, tmp_path, capsys):
    flags = ["--metrics", "psnr", "--out", tmp_path / "scores.json"]
    assert command("compare", twelve / "same", twelve / "fake", *flags) == 0
    psnr, identical = capsys.readouterr().out.splitlines()[:2]
    assert psnr.split()[-1] == "inf"
    assert re.fullmatch(r"identical pairs \(all pairs\) +12", identical)


def test_images_need_not_be_squares(twelve, capsys):
    for metric in ("swd", "nearest"):
        assert command("compare", twelve / "real", twelve / "fake", "--metrics", metric) == 0
    assert "distance to the nearest real image" in capsys.readouterr().out


def squares() -> lpips.Perceptual:
    """Twice the mean square in the place of LPIPS, whose weights are an extra."""

    def distance(variables, a, b):
        return variables * jnp.mean(jnp.square(a - b), axis=(1, 2, 3))

    return lpips.Perceptual("lpips-squares", "5ad" + 61 * "0", np.float32(2), distance, lambda *_: [])


def test_distances_of_the_metrics_own_network_carry_its_hash(place, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lpips, "load", lambda trunk: squares())
    images = np.random.default_rng(0).integers(0, 200, (70, 16, 16, 1), np.uint8)
    np.savez(tmp_path / "a.npz", images=images)
    np.savez(tmp_path / "b.npz", images=images + np.arange(70, dtype=np.uint8).reshape(-1, 1, 1, 1) % 2 * 10)
    args = [tmp_path / "a.npz", tmp_path / "b.npz", "--metrics", "lpips", "--out", tmp_path / "scores.json"]
    assert command("compare", *args) == 0
    assert "; lpips-squares 5ad00000; " in capsys.readouterr().out
    (score,) = json.loads((tmp_path / "scores.json").read_text())["scores"]
    assert score["weights"] == {"lpips-squares": squares().digest}
    every_other = 2 * (10 / 127.5) ** 2
    assert score["value"] == pytest.approx(every_other / 2, rel=1e-5)
    assert score["std"] == pytest.approx(every_other / 2, rel=1e-5)


def test_a_runs_path_length(place, tmp_path, monkeypatch, capsys):
    """Beside the same walk in float64 with numpy: great circles as wide as the root of the code's length, a step of
    1e-4."""
    monkeypatch.setattr(lpips, "load", lambda trunk: squares())
    args = ["evaluate", place / "run", "--metrics", "ppl", "--generated", 40, "--out", tmp_path / "scores.json"]
    assert command(*args) == 0
    assert "; lpips-squares 5ad00000; " in capsys.readouterr().out
    (score,) = json.loads((tmp_path / "scores.json").read_text())["scores"]
    trained = Model(place / "run").ability(Draw)
    latent = trained.ability.latent

    @jax.jit
    @jax.vmap
    def ends(key):
        a, b, t = jax.random.split(key, 3)
        return jax.random.normal(a, (latent,)), jax.random.normal(b, (latent,)), jax.random.uniform(t, (1,))

    a, b, t = (np.asarray(x, np.float64) for x in ends(jax.random.split(jax.random.key(0), 40)))
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    angle = np.arccos((a * b).sum(1, keepdims=True))
    with jax.enable_x64():
        wide = jax.tree.map(lambda x: np.asarray(x, np.float64), (trained.params, trained.stats))
        draw = jax.jit(trained.ability.draw)
        images = [
            np.asarray(draw(*wide, latent**0.5 * (np.sin((1 - s) * angle) * a + np.sin(s * angle) * b) / np.sin(angle)))
            for s in (t, t + 1e-4)
        ]
    lengths = 2 * np.square(images[0] - images[1]).mean((1, 2, 3)) / 1e-8
    assert score["value"] == pytest.approx(lengths.mean(), rel=0.02)  # float32 loses digits in so small a step


def test_a_classifier_of_samples_is_tested_on_real_images():
    """It learns the samples' labels, each digit's next one, which a fifth of the real images have too."""
    data = load_digits()
    small = np.round(data.images * 15.9).astype(np.uint8)[..., None]
    labels = data.target.astype(np.int32)
    others = (labels + 1) % 10
    real = in_memory("real", {"image": small[:500], "label": np.r_[others[:100], labels[100:500]]}, tuple("0123456789"))
    fake = in_memory("fake", {"image": small[500:], "label": others[500:]}, tuple("0123456789"))
    (value,) = accuracy_score(real, fake, data_mesh(jax.devices()[:1]), rounds=40).values()
    assert 0.85 * 0.2 < value.mean < 0.25


def test_presets_are_as_published():
    assert (PRESETS["mimicry"].real, PRESETS["mimicry"].generated) == (50_000, 50_000)
    assert PRESETS["clean"].resize == "pil-bicubic"
    assert all(preset.subset_seed == 2020 for preset in PRESETS.values())  # torch-fidelity's


REFUSED = {
    "a metric that is none": ("evaluate {place}/run --metrics fit", "there is no metric 'fit' of"),
    "no metric": ("evaluate {place}/run --metrics ,", "no metric is named"),
    "a protocol that is none": ("evaluate {place}/run --protocol slow", "slow"),
    "no weights": ("evaluate {place}/run", "JAXGEN_INCEPTION"),
    "a run that is no classifier": ("evaluate {place}/run --classifier {place}/run", "it cannot classify"),
    "a run that draws nothing": ("evaluate {place}/classifier --metrics swd", "it cannot draw"),
    "no best checkpoint": ("evaluate {place}/run --metrics swd --checkpoint best", "has no best checkpoint"),
    "no generated images": ("evaluate {place}/run --metrics swd --generated 0", "--generated is 0"),
    "a split of a file": ("evaluate {place}/run --metrics swd --split test", "has no split 'test'"),
    "a folder that is not there": ("compare {place}/nowhere {place}/run --metrics swd", "there is no folder"),
    "an empty folder": ("compare {place}/empty {place}/empty --metrics swd", "no images in the folder"),
    "mixed sizes": ("compare {place}/mixed {place}/mixed --metrics swd", "not of one size .*--size"),
    "other sizes": ("compare {place}/a {place}/b --metrics swd", "images of 8x8x3 and .* of 16x16x3: say --size"),
    "floats": ("compare {place}/float.npz {place}/float.npz --metrics swd", "float64 from 0 to 0; say the lowest"),
    "not numbers": ("compare {place}/nan.npz {place}/nan.npz --metrics swd", "values that are not numbers"),
    "one that has no partner": ("compare {place}/a {place}/c --metrics psnr", "no partner for 1.png in .*/a: pairs"),
    "none that has a partner": ("compare {place}/c {place}/d --metrics ssim", "for 0.png in .*/c and x.png in .*/d: "),
    "another number of arrays": ("compare {place}/a {place}/four.npz --metrics psnr", "a has 2 images and .*npz 4: by"),
    "other subsets of pairs": ("compare {place}/a {place}/a --metrics psnr --real 1", "one number as --real and --gen"),
    "a run's pairs": ("evaluate {place}/run --metrics psnr", "there is no metric 'psnr' of"),
    "classes that are none": ("compare {place}/a {place}/a --metrics cas", "label"),
    "too small images": ("compare {place}/a {place}/a --metrics msssim", "161"),
    "a classifier of grey images": ("compare {place}/a {place}/a --classifier {place}/classifier", "looks at 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_one_line_for_what_cannot_be_scored(case, place, monkeypatch, capfd):
    monkeypatch.delenv("JAXGEN_INCEPTION", raising=False)
    for name, sides in {"empty": [], "mixed": [8, 9], "a": [8, 8], "b": [16, 16], "c": [8]}.items():
        (place / name).mkdir(exist_ok=True)
        for i, side in enumerate(sides):
            Image.new("RGB", (side, side)).save(place / name / f"{i}.png")
    (place / "d").mkdir(exist_ok=True)
    Image.new("RGB", (8, 8)).save(place / "d" / "x.png")
    np.savez(place / "four.npz", images=np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8))
    np.savez(place / "float.npz", images=np.zeros((4, 8, 8)))
    np.savez(place / "nan.npz", images=np.full((4, 8, 8), np.nan))
    text, expected = REFUSED[case]
    before = set(place.rglob("*"))
    assert command(*text.format(place=place).split()) == 2
    told = capfd.readouterr().err.splitlines()  # black images use little of their range, which is said too
    (said,) = [line for line in told if line.strip() and "per cent of the range" not in line]
    assert re.search(expected, said), said
    assert set(place.rglob("*")) == before


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--every", -1], "--every is -1"),
        (["--every", 2], "JAXGEN_INCEPTION"),
        (["--every", 2, "--every-metrics", "x"], "'x'"),
    ],
)
def test_scores_during_training_that_cannot_be_had(flags, expected, tmp_path, monkeypatch, capfd):
    monkeypatch.delenv("JAXGEN_INCEPTION", raising=False)
    assert experiment("gan", *ROWS["gan"].words, "--devices", 1, "--out", tmp_path / "run", *flags) == 2
    assert expected in capfd.readouterr().err
    assert not (tmp_path / "run").exists()
