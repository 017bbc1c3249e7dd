"""The semi-supervised GAN: its losses by formula, its nets, its data, and that it learns from few labels."""

import json
import shutil
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit, logsumexp

from jaxgen import nets
from jaxgen.data import labelled, open_source
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError
from jaxgen.losses import semi_supervised as losses
from jaxgen.nets.semi_supervised import Discriminator
from rows import ROWS
from running import arrays, command, digest, experiment

LOG = np.log
# Z = 3, 6 and 1: D(x) = 3/4, 6/7 and 1/2.
LOGITS = np.log(np.array([[1, 1, 1], [1, 2, 3], [0.5, 0.25, 0.25]], np.float32))


def test_losses_by_hand():
    np.testing.assert_allclose(losses.score(LOGITS), [LOG(3), LOG(6), 0], atol=1e-6)
    labels = jnp.array([0, 2, 1])
    np.testing.assert_allclose(losses.supervised(LOGITS, labels), [LOG(3), LOG(2), LOG(4)], rtol=1e-6)
    both = losses.unsupervised(LOGITS, LOGITS[::-1])
    np.testing.assert_allclose(both, [LOG(4 / 3) + LOG(2), LOG(7 / 6) + LOG(7), LOG(2) + LOG(4)], rtol=1e-6)


def test_gradients_are_probabilities_less_what_is_true():
    real, fake = np.random.default_rng(0).normal(scale=5, size=(2, 32, 6))
    labels = np.arange(32) % 6
    classes = np.exp(real - logsumexp(real, 1, keepdims=True))

    @jax.jit
    def slopes(r, f):
        of_labels = jax.grad(lambda r: losses.supervised(r, jnp.asarray(labels)).sum())(r)
        return of_labels, *jax.grad(lambda r, f: losses.unsupervised(r, f).sum(), (0, 1))(r, f)

    d_labels, d_real, d_fake = slopes(np.float32(real), np.float32(fake))
    np.testing.assert_allclose(d_labels, classes - np.eye(6)[labels], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(d_real, -expit(-logsumexp(real, 1))[:, None] * classes, rtol=1e-4, atol=1e-5)
    of_fake = np.exp(fake - logsumexp(fake, 1, keepdims=True))
    np.testing.assert_allclose(d_fake, expit(logsumexp(fake, 1))[:, None] * of_fake, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [-1e4, 1e4])
def test_extreme_logits_are_finite(size):
    both = jax.jit(lambda x: (losses.supervised(x, jnp.array([0, 1])), losses.unsupervised(x, -x)))
    assert np.isfinite(both(np.full((2, 3), size, np.float32))).all()


@pytest.mark.parametrize(
    ("loss", "arguments"),
    [
        (losses.score, [jnp.zeros(3)]),
        (losses.score, [jnp.zeros((3, 2), int)]),
        (losses.supervised, [LOGITS, jnp.zeros(3)]),
        (losses.supervised, [LOGITS, jnp.zeros(2, int)]),
        (losses.unsupervised, [LOGITS, LOGITS[:2]]),
    ],
)
def test_what_does_not_fit_is_refused_at_trace_time(loss, arguments):
    with pytest.raises(AssertionError):
        jax.eval_shape(loss, *arguments)


# ---- nets ----


def test_the_discriminator_is_the_papers():
    D, x = nets.net(Discriminator(10)), np.random.default_rng(1).normal(size=(64, 28, 28, 1)).astype(np.float32)
    keys = jax.random.split(jax.random.key(2), 64)

    @jax.jit
    def begun(x):
        params, stats = D.init(jax.random.key(0), x, keys)
        return params, stats, D.apply(params, stats, x, keys, train=False)

    params, stats, ((logits, features), after) = jax.device_get(begun(x))
    weights = sum(a * b + b for a, b in pairwise([784, 1000, 500, 250, 250, 250, 10]))
    assert sum(p.size for p in jax.tree.leaves(params)) == weights + 10  # only the logits' scales are trained
    assert sum(s.size for s in jax.tree.leaves(stats)) == 1000 + 500 + 3 * 250

    assert (logits.shape, features.shape) == ((64, 10), (64, 250))
    np.testing.assert_allclose(logits.mean(0), np.zeros(10), atol=1e-4)  # by the first batch, which this is
    np.testing.assert_allclose(logits.std(0), np.ones(10), atol=1e-4)
    expected = (np.asarray(x, np.float64).reshape(64, -1) + 1) / 2
    for i in range(6):
        p = params[f"WeightNormDense_{i}"]
        scale = p["scale"] if i == 5 else stats["scales"][f"WeightNormDense_{i}"]["scale"]
        inner, expected = expected, expected @ (p["kernel"] / np.linalg.norm(p["kernel"], axis=0) * scale) + p["bias"]
        expected = expected if i == 5 else np.maximum(expected, 0)
    np.testing.assert_allclose(logits, expected, atol=1e-3)
    np.testing.assert_allclose(features, inner, atol=1e-3)
    jax.tree.map(np.testing.assert_array_equal, after, stats)


def test_the_discriminators_noise_is_an_examples_own():
    D, x = nets.net(Discriminator(3, widths=(20, 10))), jnp.zeros((4, 5, 5, 1))

    @jax.jit
    def logits(first):
        keys = jax.random.split(jax.random.key(2), 4)
        params, stats = D.init(jax.random.key(0), first, keys)
        drawn = lambda x, keys, train: D.apply(params, stats, x, keys, train=train)[0][0]  # noqa: E731
        return drawn(x, keys, True), drawn(x[:1], keys[2:3], True), drawn(x, keys, False)

    noisy, alone, calm = logits(np.random.default_rng(1).normal(size=(4, 5, 5, 1)).astype(np.float32))
    assert len({row.tobytes() for row in np.asarray(noisy)}) == 4
    np.testing.assert_allclose(alone, noisy[2:3], rtol=1e-5)
    assert len({row.tobytes() for row in np.asarray(calm)}) == 1


# ---- data ----


def test_few_labels_are_chosen_by_the_seed():
    source = in_memory("some", {"image": np.zeros((40, 2, 2, 1), np.uint8), "label": np.arange(40, dtype=np.int32) % 4})
    chosen = labelled.few(source, 3, seed=1)
    np.testing.assert_array_equal(chosen % 4, np.repeat(np.arange(4), 3))
    assert len(set(chosen)) == 12
    np.testing.assert_array_equal(chosen, labelled.few(source, 3, seed=1))
    assert set(chosen) != set(labelled.few(source, 3, seed=2))
    with pytest.raises(InputError, match="class 0 of some has 10 images, not 11"):
        labelled.few(source, 11, seed=1)
    with pytest.raises(InputError, match="0 images of every class cannot be chosen"):
        labelled.few(source, 0, seed=1)


def test_what_was_trained_on_is_no_test_split(tfds_dir, images):
    assert labelled.held_out("digits", data_dir=tfds_dir).length == 297
    assert labelled.held_out("digits", split="train[:100]", data_dir=tfds_dir).length == 297
    for split in ("test", "all", "test[:10]"):
        assert labelled.held_out("digits", split=split, data_dir=tfds_dir) is None
    assert labelled.held_out(str(images)) is None


def test_unlabelled_images_come_with_labelled_ones_each_equally_often(images):
    source = open_source(str(images))
    chosen = labelled.few(source, 2, seed=0)
    batch = labelled.beside(source, chosen).read(np.arange(200))
    known = np.load(images)
    np.testing.assert_array_equal(batch["image"][..., 0], known["images"])
    np.testing.assert_array_equal(batch["labelled"][..., 0], known["images"][np.tile(chosen, 10)])
    np.testing.assert_array_equal(batch["label"], known["labels"][np.tile(chosen, 10)])


# ---- the experiment ----


def test_it_resumes_bit_for_bit_draws_and_measures(whole, tmp_path, capfd):
    straight, out = whole("semi_supervised"), tmp_path / "run"
    shutil.copytree(straight, out)
    shutil.rmtree(out / "checkpoints" / "4")
    assert experiment("semi_supervised", *ROWS["semi_supervised"].words, "--devices", 1, "--out", out) == 0
    result = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert result == json.loads((straight / "test.json").read_text())
    assert {k: v for k, v in result.items() if "error" not in k} == {
        "labels": 20,
        "rounds": 4,
        "measured_on": "unlabelled",
        "images": 180,
    }
    assert all(0 <= result[name] <= 1 for name in ("error", "plain_error"))
    assert digest(out) == digest(straight)
    assert command("sample", out, "--count", 4) == 0


@pytest.mark.slow
def test_it_learns_the_digits_from_three_labels_a_class(tfds_dir, tmp_path, capfd):
    flags = ["--dataset", "digits", "--data-dir", tfds_dir, "--devices", 1, "--per-class", 3, "--batch", 50]
    rounds = ["--rounds", 150, "--decay", 150, "--ema", 0.9]
    assert experiment("semi_supervised", *flags, *rounds, "--out", tmp_path / "run") == 0
    result = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (result["measured_on"], result["images"], result["labels"]) == ("test", 297, 30)
    assert result["error"] < 0.3
    assert result["plain_error"] < 0.4
    averaged, last = (arrays(tmp_path / "run")[f"{kind}/D/WeightNormDense_0/kernel"] for kind in ("ema", "params"))
    assert not np.array_equal(averaged, last)
