"""BAGAN: its losses by formula, its Gaussians beside NumPy's, and that it begins as an autoencoder and goes on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax

from jaxgen import recipes
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError
from jaxgen.game import Net, Turn
from jaxgen.losses import adversarial
from jaxgen.measure import gaussians
from jaxgen.model.applied import Applied
from jaxgen.nets import net
from jaxgen.nets.gaussians import Gaussians
from jaxgen.recipes.adversary import NON_SATURATING
from rows import ROWS
from running import arrays, command, digest, experiment

BATCH = {"image": np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32), "label": np.arange(6) % 3}


def plain(function, params):
    return Net(lambda key, *xs: (params, {}), lambda p, s, *xs, train: (function(p, *xs), s))


def played(player, adversary):
    """An objective's loss, and its parts: G copies codes, the class k's code is k and a tenth of noise."""
    w = np.random.default_rng(1).normal(size=(2, 4)).astype(np.float32)
    G, E = plain(lambda p, z: z + p["b"], {"b": jnp.zeros((1, 2))}), plain(lambda p, x: x, {})
    P = plain(lambda p, z, label: jnp.stack([label, label], 1) + 0.1 * z, {})
    D = plain(lambda p, x: x @ p["w"], {"w": jnp.asarray(w)})
    tx = None
    game = recipes.bagan(G, E, P, D, adversary, latent=2, classes=3, G_tx=tx, D_tx=tx, prepare=lambda b, k: b)
    params, stats = jax.jit(game.init)(jax.random.key(0), BATCH)
    turn = Turn(jax.random.split(jax.random.key(1), 6), jnp.zeros((), jnp.int32))
    loss, aux = jax.jit(game.players[player].objective)(params, stats, BATCH, turn)
    codes = np.asarray(jax.jit(lambda k: recipes_codes(k))(turn.keys))
    return float(loss), {n: float(x) for n, x in aux.metrics.items()}, codes, BATCH["image"] @ w, codes @ w


def recipes_codes(keys):
    """The fakes of the game above, by the same keys."""
    k_z, k_class = jax.vmap(lambda key: jax.random.split(key, 2), out_axes=1)(keys)
    wished = jax.vmap(lambda key: jax.random.randint(key, (), 0, 3))(k_class)
    z = jax.vmap(lambda key: jax.random.normal(key, (2,)))(k_z)
    return jnp.stack([wished, wished], 1) + 0.1 * z


def test_one_softmax_by_hand():
    loss, told, codes, real, made = played("D", None)
    classes = -log_softmax(real, 1)[np.arange(6), 1 + BATCH["label"]].mean()
    fakes = -log_softmax(made, 1)[:, 0].mean()
    assert loss == pytest.approx(0.75 * classes + 0.25 * fakes, rel=1e-5)
    assert told["accuracy_real"] == pytest.approx((real.argmax(1) > 0).mean())
    assert told["accuracy_fake"] == pytest.approx((made.argmax(1) == 0).mean())
    assert told["accuracy_class"] == pytest.approx((real[:, 1:].argmax(1) == BATCH["label"]).mean())
    loss, _, codes, _, made = played("G", None)
    wished = codes.mean(1).round().astype(int)
    assert loss == pytest.approx(-log_softmax(made, 1)[np.arange(6), 1 + wished].mean(), rel=1e-5)


def test_two_heads_by_hand():
    loss, told, codes, real, made = played("D", NON_SATURATING)
    wished = codes.mean(1).round().astype(int)
    classes = -log_softmax(real[:, 1:], 1)[np.arange(6), BATCH["label"]].mean()
    classes -= log_softmax(made[:, 1:], 1)[np.arange(6), wished].mean()
    score = float(adversarial.discriminator(jnp.asarray(real[:, 0]), jnp.asarray(made[:, 0])).mean())
    assert told["classes"] == pytest.approx(classes, rel=1e-5)
    assert loss == pytest.approx(score + classes, rel=1e-5)
    loss, _, _, _, made = played("G", NON_SATURATING)
    classes = -log_softmax(made[:, 1:], 1)[np.arange(6), wished].mean()
    assert loss == pytest.approx(np.logaddexp(0, -made[:, 0]).mean() + classes, rel=1e-5)


def test_gaussians_of_classes_are_numpys():
    draws = np.random.default_rng(0)
    codes = draws.normal(size=(1203, 4)) @ draws.normal(size=(4, 4)) + draws.normal(size=4)
    labels = np.array([0] * 1200 + [1] * 2 + [2], np.int32)
    source = in_memory("some", {"image": codes.reshape(-1, 2, 2, 1).astype(np.float32), "label": labels})
    encode = Applied(Net(lambda key, x: ({}, {}), lambda p, s, x, train: (x.reshape(len(x), -1), s)), {}, {})
    told = gaussians.of_classes(source, encode)["gaussians"]
    for k in range(2):  # of the second class there are two images: its covariance has one direction
        np.testing.assert_allclose(told["mean"][k], codes[labels == k].mean(0), rtol=1e-5, atol=1e-6)
        covariance = told["root"][k] @ told["root"][k].T
        np.testing.assert_allclose(covariance, np.cov(codes[labels == k].T), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(told["root"][2], 0, atol=1e-6)
    P = net(Gaussians(3, 4))
    z, label = draws.normal(size=(5000, 4)).astype(np.float32), np.zeros(5000, np.int32)
    told = jax.tree.map(jnp.float32, {"gaussians": told})
    drawn, _ = jax.jit(lambda stats: P.apply({}, stats, z, label, train=False))(told)
    np.testing.assert_allclose(np.cov(np.asarray(drawn).T), np.cov(codes[:1200].T), rtol=0.15, atol=0.15)
    first = jax.jit(lambda: P.apply(*P.init(jax.random.key(0), z, label), z, label, train=False)[0])
    np.testing.assert_allclose(first(), z, atol=1e-6)


def test_a_class_without_images_has_no_gaussian():
    source = in_memory("some", {"image": np.zeros((2, 1, 1, 1), np.uint8), "label": np.array([0, 2], np.int32)})
    encode = Applied(Net(lambda key, x: ({}, {}), lambda p, s, x, train: (x.reshape(len(x), -1), s)), {}, {})
    with pytest.raises(InputError, match="no image of the class 1"):
        gaussians.of_classes(source, encode)


def test_it_begins_as_an_autoencoder_goes_on_exactly_and_draws_a_class(tmp_path, capfd):
    row, other = ROWS["bagan"], ["--width", 4, "--latent", 4, "--nets", "conv"]
    ae, out = tmp_path / "ae", tmp_path / "run"
    assert experiment("autoencoder", *ROWS["autoencoder"].words[:2], *row.words[2:12], *other, "--decay", 4,
                      "--cut", 0, 0.5, "--out", ae) == 0  # fmt: skip
    words = [*row.words, "--cut", 0, 0.5, "--begin-with", ae, "--devices", 1]
    assert experiment("bagan", *words, "--rounds", 2, "--out", out) == 0
    begun, after = arrays(ae), arrays(out)
    for name in ("E/_Trunk_0/Conv_0/kernel", "E/Dense_0/kernel"):
        np.testing.assert_array_equal(after[f"params/{name}"], begun[f"params/{name}"])
    near = np.abs(after["params/D/_Trunk_0/Conv_0/kernel"] - begun["params/E/_Trunk_0/Conv_0/kernel"]).max()
    assert 0 < near < 0.01
    assert np.abs(after["stats/P/gaussians/mean"]).max() > 0
    assert experiment("bagan", *words, "--out", out) == 0
    assert experiment("bagan", *words, "--out", tmp_path / "straight") == 0
    assert digest(out) == digest(tmp_path / "straight")
    np.testing.assert_array_equal(arrays(out)["stats/P/gaussians/root"], after["stats/P/gaussians/root"])
    assert command("sample", out, "--label", 3, "--count", 2, "--out", tmp_path / "a.npz") == 0
    assert np.load(tmp_path / "a.npz")["images"].shape == (2, 16, 16, 1)
    capfd.readouterr()
    assert experiment("bagan", *row.words, "--objective", "hinge", "--out", tmp_path / "x") == 2
    assert "--objective hinge is for --heads two: one softmax has a loss of its own" in capfd.readouterr().err
    assert experiment("bagan", *words, "--begin-nets", "D/x=E/x", "--out", tmp_path / "y") == 2
    assert "--begin-nets: there is no D/x here" in capfd.readouterr().err
