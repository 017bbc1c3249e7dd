"""The classifier's run: it learns, is measured, can be used by others, and draws nothing."""

import json
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import traverse_util

from jaxgen import nets
from jaxgen.model import classifier
from jaxgen.nets.classifier import Classifier
from rows import ROWS
from running import TINY, arrays, command, digest, experiment


@pytest.fixture(scope="module")
def trained(tfds_dir, tmp_path_factory):
    """1,500 digits of 8x8 pixels, 200 rounds."""
    out = tmp_path_factory.mktemp("classifier") / "run"
    flags = ["--dataset", "digits", "--data-dir", tfds_dir, "--rounds", 200, "--decay", 200, "--batch", 64]
    assert experiment("classifier", *flags, "--devices", 1, "--out", out) == 0
    return out


@pytest.mark.slow
def test_it_learns_and_its_error_on_the_test_split_is_written(trained):
    written = json.loads((trained / "test.json").read_text())
    assert written["images"] == 297
    assert written["accuracy"] > 0.88
    assert 297 * written["accuracy"] == pytest.approx(round(297 * written["accuracy"]))


def test_its_error_on_a_test_split_is_written(tfds_dir, tmp_path):
    out, flags = tmp_path / "run", ["--data-dir", tfds_dir, "--size", 16, "--rounds", 1, "--devices", 1]
    assert experiment("classifier", *ROWS["classifier"].words, "--dataset", "digits", *flags, "--out", out) == 0
    written = json.loads((out / "test.json").read_text())
    assert written["images"] == 297
    assert 0 <= written["accuracy"] <= 1
    assert 297 * written["accuracy"] == pytest.approx(round(297 * written["accuracy"]))


def test_the_function_is_the_net_with_the_averaged_parameters(whole, images):
    logits, some = classifier(whole("classifier")), np.load(images)["images"][:6, ..., None]
    saved = arrays(whole("classifier"))
    assert not np.array_equal(saved["ema/C/Dense_1/kernel"], saved["params/C/Dense_1/kernel"])
    variables = {}
    for kind, prefix in (("params", "ema/C/"), ("batch_stats", "stats/C/batch_stats/")):
        flat = {tuple(n.removeprefix(prefix).split("/")): a for n, a in saved.items() if n.startswith(prefix)}
        variables[kind] = traverse_util.unflatten_dict(flat)
    told = jax.jit(lambda x: Classifier(10, 4).apply(variables, x, train=False))
    expected = told(some.astype(np.float32) / 127.5 - 1)
    assert expected.shape == (6, 10)
    np.testing.assert_allclose(logits(some), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logits(jnp.asarray(some / 127.5 - 1, jnp.float32)), expected, rtol=1e-4, atol=1e-5)
    assert np.isfinite(jax.jit(jax.grad(lambda x: logits(x).max()))(jnp.zeros((1, 16, 16, 1)))).all()


def test_its_parameters_are_those_counted_by_hand():
    params, _ = jax.eval_shape(nets.net(Classifier(10)).init, jax.random.key(0), jnp.zeros((1, 28, 28, 1)))
    convolutions, norms = 25 * 16 + 25 * 16 * 32, 2 * (16 + 32 + 128)
    assert sum(x.size for x in jax.tree.leaves(params)) == convolutions + norms + 7 * 7 * 32 * 128 + 129 * 10


def test_a_run_that_draws_nothing_goes_on_and_says_so_when_asked_to_draw(whole, tmp_path, capfd):
    shutil.copytree(whole("classifier"), tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "4")
    assert not (tmp_path / "run" / "test.json").exists()  # a file has no test split
    assert experiment("classifier", *ROWS["classifier"].words, "--devices", 1, "--out", tmp_path / "run") == 0
    assert digest(tmp_path / "run") == digest(whole("classifier"))
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert [one["ability"] for one in config["abilities"]] == ["Classify"]
    assert config["abilities"][0]["module"]["net"] == "classifier.Classifier"
    assert not (tmp_path / "run" / "samples").exists()
    for asked in ("sample", "interpolate"):
        capfd.readouterr()
        assert command(asked, tmp_path / "run") == 2
        assert capfd.readouterr().err.startswith(f"error: {tmp_path / 'run'} can classify; it cannot draw")
    assert command("report", tmp_path / "run") == 0


def test_data_without_labels_is_refused_in_one_line(images, tmp_path, capfd):
    for name, labels, expected in [
        ("none", {}, "the data has no field 'label'"),
        ("negative", {"labels": np.arange(200) - 1}, "the labels are numbers, and classes are needed"),
    ]:
        data = tmp_path / f"{name}.npz"
        np.savez(data, images=np.load(images)["images"], **labels)
        assert experiment("classifier", "--dataset", data, *TINY, "--out", tmp_path / "run") == 2
        read, *said = capfd.readouterr().err.strip().splitlines()
        assert "200 examples" in read
        assert len(said) == 1
        assert expected in said[0]
        assert not (tmp_path / "run").exists()


def test_a_run_without_a_classifier_gives_none(whole):
    with pytest.raises(ValueError, match="it cannot classify"):
        classifier(whole("gan"))
