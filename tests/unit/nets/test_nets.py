"""Every net: shapes and ranges, parameters counted by hand, purity, dtypes, and descriptions as data.

A new net is a new row of `NETS`; a test fails while one is missing.
"""

import contextlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import NamedTuple

import chex
import flax.errors
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from jaxgen import nets
from jaxgen.abilities import codec
from jaxgen.errors import InputError
from jaxgen.nets import (
    attgan,
    captions,
    classifier,
    conditional,
    cyclegan,
    dcgan,
    energy,
    gaussians,
    gawwn,
    infogan,
    keypoints,
    made,
    mlp,
    multiscale,
    patch,
    pixelcnn,
    pixelcnnpp,
    pixelrnn,
    pixelvae,
    resnet,
    segmenter,
    semi_supervised,
    srresnet,
    stackgan,
    text,
    unet,
    vae,
)


class Row(NamedTuple):
    make: Callable[..., nn.Module]  # dtype -> module
    takes: tuple[int, ...]  # shape of one input
    gives: tuple[int, ...]  # shape of one output
    images: bool = False  # that lie in [-1, 1]
    mixes: bool = False  # whether an example's output depends on the others' always


NETS = {
    **{f"dcgan-G-{n}": Row(lambda n=n, **d: dcgan.Generator(n, 3, 4, **d), (7,), (n, n, 3), True) for n in dcgan.SIZES},
    **{f"dcgan-D-{n}": Row(lambda **d: dcgan.Discriminator(4, **d), (n, n, 1), ()) for n in dcgan.SIZES},
    **{f"dcgan-E-{n}": Row(lambda **d: dcgan.Encoder(5, 4, **d), (n, n, 1), (5,)) for n in dcgan.SIZES},
    "mlp-G": Row(lambda **d: mlp.Generator(6, 3, (8, 16), **d), (7,), (6, 6, 3), True),
    "mlp-D": Row(lambda **d: mlp.Discriminator((16, 8), **d), (6, 5, 3), ()),
    "semi-supervised-G": Row(lambda **d: semi_supervised.Generator(6, 1, (8, 8), **d), (7,), (6, 6, 1), True),
    "energy-D": Row(lambda **d: energy.Discriminator((4, 8), **d), (7, 7, 2), ()),
    "classifier": Row(lambda **d: classifier.Classifier(5, 4, **d), (9, 9, 2), (5,)),
    "vae-decoder": Row(lambda **d: vae.Decoder(6, 3, (8, 16), **d), (7,), (6, 6, 3), True),
    "vae-conv-decoder": Row(lambda **d: vae.ConvDecoder(16, 3, 4, **d), (7,), (16, 16, 3), True),
    "vae-conv-decoder-hidden": Row(lambda **d: vae.ConvDecoder(16, 3, 4, hidden=9, **d), (7,), (16, 16, 3), True),
    "made": Row(lambda **d: made.MADE(3, (12, 9), **d), (3, 4, 1), (3, 4, 3)),
    "mlp-encoder": Row(lambda **d: mlp.Encoder(5, (16, 8), **d), (3, 4, 2), (5,)),
    "pixelcnn": Row(lambda **d: pixelcnn.PixelCNN(6, 4, 2, 6, groups=3, **d), (5, 6, 3), (5, 6, 6)),
    "gated-pixelcnn": Row(lambda **d: pixelcnn.GatedPixelCNN(6, 4, 3, groups=3, **d), (5, 6, 3), (5, 6, 6)),
    "multi-scale": Row(lambda **d: multiscale.MultiScale(6, 4, 1, groups=3, **d), (5, 6, 3), (5, 6, 6)),
    "row-lstm": Row(lambda **d: pixelrnn.RowLSTM(6, 3, 2, 6, groups=3, **d), (5, 6, 3), (5, 6, 6)),
    "diagonal-bilstm": Row(lambda **d: pixelrnn.DiagonalBiLSTM(6, 3, 2, 6, groups=3, **d), (5, 6, 3), (5, 6, 6)),
    "mlp-points": Row(lambda **d: mlp.Points(2, (16, 8), **d), (3,), (2,)),
    "dcgan-G-plain": Row(lambda **d: dcgan.Generator(16, 3, 4, **d, norm="none"), (7,), (16, 16, 3), True),
    "dcgan-D-plain": Row(lambda **d: dcgan.Discriminator(4, **d, norm="none"), (16, 16, 1), ()),
    "dcgan-D-discrimination": Row(
        lambda **d: dcgan.Discriminator(4, **d, minibatch="discrimination"), (16, 16, 1), (), mixes=True
    ),
    "dcgan-D-deviation": Row(
        lambda **d: dcgan.Discriminator(4, **d, minibatch="deviation"), (16, 16, 1), (), mixes=True
    ),
    "dcgan-D-spectral": Row(lambda **d: dcgan.Discriminator(4, **d, norm="spectral"), (16, 16, 1), ()),
    "resnet-G": Row(lambda **d: resnet.Generator(16, 3, 4, **d), (7,), (16, 16, 3), True),
    "cyclegan-G": Row(lambda **d: cyclegan.Generator(3, 4, 1, **d), (12, 12, 2), (12, 12, 3), True),
    "resnet-D-spectral": Row(lambda **d: resnet.Discriminator(4, **d), (16, 16, 1), ()),
    "resnet-D-plain": Row(lambda **d: resnet.Discriminator(4, **d, norm="none"), (28, 28, 1), ()),
    "srresnet-G": Row(lambda **d: srresnet.Generator(3, 4, 4, 1, **d), (5, 6, 2), (20, 24, 3)),
    "srresnet-D": Row(lambda **d: srresnet.Discriminator(4, **d), (18, 16, 2), ()),
    "segmenter": Row(lambda **d: segmenter.Segmenter(5, 4, 2, **d), (9, 10, 2), (9, 10, 5)),
    "mlp-D-spectral": Row(lambda **d: mlp.Discriminator((16, 8), **d, norm="spectral"), (6, 5, 3), ()),
}
ONE_OF_EACH = {n: row for n, row in NETS.items() if n.rpartition("-")[2] not in ("16", "32", "64") or n == "dcgan-E-16"}
each = pytest.mark.parametrize("row", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
BATCH = 4


def key(seed=0):
    """XLA's own generator: an init compiles several times faster than with jax's default."""
    return jax.random.key(seed, impl="rbg")


def drawn(rng, path, leaf):
    """Parameters and statistics as training might leave them: none is 0 or 1, outputs are of order 1."""
    if path[-1].key == "kernel":
        return rng.normal(scale=np.prod(leaf.shape[:-1]) ** -0.5, size=leaf.shape).astype(leaf.dtype)
    return rng.uniform(*((-0.3, 0.3) if path[-1].key in ("bias", "mean") else (0.5, 1.5)), leaf.shape).astype(
        leaf.dtype
    )


@cache
def started(row, **dtype):
    """A net, an input, and its init: the traced program and the shapes."""
    net, x = nets.net(row.make(**dtype)), np.float32(np.random.default_rng(1).normal(size=(BATCH, *row.takes)))
    return net, x, *jax.make_jaxpr(net.init, return_shape=True)(key(), x)


@cache
def ready(row, **dtype):
    """Parameters and stats for a net, and an input."""
    _, x, _, shapes = started(row, **dtype)
    rng = np.random.default_rng(0)
    return *jax.tree.map_with_path(lambda path, leaf: drawn(rng, path, leaf), shapes), x


@cache
def both(row, **dtype):
    """A net that trains (True) and that does not (False), in one program."""
    net = started(row, **dtype)[0]
    return jax.jit(lambda *a: {train: net.apply(*a, train=train) for train in (True, False)})


@cache
def applied(row, **dtype):
    """What `ready` gives, applied once."""
    return both(row, **dtype)(*ready(row, **dtype))


def same(a, b):
    """Whether two trees are bitwise equal."""
    return jax.tree.structure(a) == jax.tree.structure(b) and jax.tree.all(jax.tree.map(np.array_equal, a, b))


def reached(traced):
    """For each argument, an array, whether each number that a traced program gives depends on it."""
    for given in traced.invars:
        known = {given}
        for step in traced.eqns:
            if known & {v for v in step.invars if not hasattr(v, "val")}:  # which a constant has
                known |= set(step.outvars)
        yield [out in known for out in traced.outvars if not hasattr(out, "val")]


def count(net, *shapes):
    params, _ = jax.eval_shape(net.init, key(), *(jnp.zeros(shape) for shape in shapes))
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def test_every_public_net_is_in_the_table():
    modules = [import_module(f"jaxgen.nets.{m.name}") for m in pkgutil.iter_modules(nets.__path__)]
    found = [(m, c) for m in modules for c in vars(m).values() if isinstance(c, type) and issubclass(c, nn.Module)]
    public = {c for m, c in found if c.__module__ == m.__name__ and not c.__name__.startswith("_")}
    public -= {semi_supervised.Discriminator}  # takes keys, gives features too: tests/test_semi_supervised.py
    public -= {vae.Encoder, vae.ConvEncoder}  # give mean and log-variance: tests/test_vae.py
    public -= {pixelvae.Decoder}  # takes codes and images: tests/test_pixelvae.py
    public -= {conditional.Generator, conditional.Discriminator, conditional.Auxiliary}  # take labels: as the next
    public -= {captions.Encoder, text.Told, text.Generator, text.Discriminator, stackgan.Generator}  # test_text.py
    public -= {infogan.Generator, infogan.Discriminator}  # of codes: test_conditional.py
    public -= {gawwn.Block, gawwn.Generator, gawwn.Discriminator}  # of sentences and places: test_gawwn.py
    public -= {keypoints.Generator, keypoints.Discriminator, gaussians.Gaussians}  # test_gawwn.py, test_bagan.py
    public -= {unet.Generator, patch.Discriminator}  # of pairs: test_translation.py
    public -= {attgan.Generator, attgan.Discriminator}  # of images and attributes: test_attgan.py
    public -= {pixelcnnpp.PixelCNNPlusPlus}  # drops out by keys: tests/test_pixelcnnpp.py
    assert public == {type(row.make()) for row in NETS.values()}


@pytest.mark.parametrize("row", NETS.values(), ids=NETS)
def test_shapes_and_dtypes(row):
    params, stats, x = ready(row)
    for out, changed in both(row).eval_shape(params, stats, x).values():
        assert (out.shape, out.dtype) == ((BATCH, *row.gives), jnp.float32)
        chex.assert_trees_all_equal_shapes_and_dtypes(changed, stats)


@each
def test_outputs_are_finite_differ_and_images_fill_their_range(row):
    for out, _ in applied(row).values():
        assert np.isfinite(out).all()
        assert len({example.tobytes() for example in np.asarray(out)}) == BATCH
    if row.images:
        params, stats, x = ready(row)
        large = np.asarray(both(row)(jax.tree.map(lambda p: 10 * p, params), stats, x)[True][0])
        assert (large.min(), large.max()) == (-1, 1)


# ---- parameters ----


def test_mlp_parameters_are_those_counted_by_hand():
    dense = sum((a + 1) * b for a, b in pairwise([100, 128, 256, 512, 1024, 784]))
    norms = 2 * (256 + 512 + 1024)  # none after the first layer
    idle = 256 + 512 + 1024  # biases that a normalisation would subtract again
    assert dense + norms == 1_510_032  # PyTorch-GAN's, which has them
    assert count(nets.net(mlp.Generator(28, 1)), (1, 100)) == dense + norms - idle
    assert count(nets.net(mlp.Discriminator()), (1, 28, 28, 1)) == 785 * 512 + 513 * 256 + 257 == 533_505


def test_dcgan_parameters_are_those_of_the_pytorch_tutorial_but_for_biases():
    """PyTorch's DCGAN for 64x64x3 (nz = 100, ngf = ndf = 64, no biases) has 3,576,704 and 2,765,568 parameters."""
    G = nets.net(dcgan.Generator(64, 3, width=64))
    D = nets.net(dcgan.Discriminator(width=64))
    assert count(G, (1, 100)) == 3_576_704 + 3  # our bias of the image
    assert count(D, (1, 64, 64, 3)) == 2_765_568 + 64 + 1  # our biases of the first layer and of the score
    E = nets.net(dcgan.Encoder(100, width=64))
    assert count(E, (1, 64, 64, 3)) == count(D, (1, 64, 64, 3)) + (100 - 1) * (4 * 4 * 512 + 1)


def test_dcgan_normalises_all_but_gs_output_and_ds_input():
    x, z = jnp.zeros((1, 32, 32, 3)), jnp.zeros((1, 9))
    g, g_stats = jax.eval_shape(nets.net(dcgan.Generator(32, 3, width=8)).init, key(), z)
    d, d_stats = jax.eval_shape(nets.net(dcgan.Discriminator(width=8)).init, key(), x)
    g_widths, d_widths = ([leaf.size for leaf in jax.tree.leaves(stats)] for stats in (g_stats, d_stats))
    assert g_widths == [32, 32, 16, 16, 8, 8]  # mean and variance of each feature map, but not of the image
    assert d_widths == [16, 16, 32, 32]  # of each but the first, which has 8
    biased = {name for name, layer in {**g, **d["_Trunk_0"]}.items() if "bias" in layer and "BatchNorm" not in name}
    assert biased == {"ConvTranspose_2", "Conv_0"}  # a bias before a normalisation would be idle


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (dcgan.Generator(16, 3, width=64), (1, 100)),
        pytest.param(dcgan.Discriminator(width=64), (1, 16, 16, 3), marks=pytest.mark.slow),  # E's but for the last
        (dcgan.Encoder(100, width=64), (1, 16, 16, 3)),
    ],
    ids=["G", "D", "E"],
)
def test_dcgan_starts_with_the_papers_weights(module, shape):
    params, stats = jax.device_get(jax.jit(nets.net(module).init)(jax.random.key(0), np.zeros(shape, np.float32)))
    kinds = {"kernel": [], "scale": [], "bias": []}
    for path, leaf in jax.tree.leaves_with_path(params):
        kinds[path[-1].key].append(np.asarray(leaf))
    assert len(kinds["kernel"]) == 3
    for kernel in kinds["kernel"]:
        assert abs(kernel.mean()) < 4 * 0.02 / kernel.size**0.5
        np.testing.assert_allclose(kernel.std(), 0.02, rtol=0.05)
    scales = np.concatenate(kinds["scale"])
    np.testing.assert_allclose((scales.mean(), scales.std()), (1, 0.02), rtol=0.15)
    assert all((bias == 0).all() for bias in kinds["bias"])
    for path, leaf in jax.tree.leaves_with_path(stats):
        assert (leaf == (1 if path[-1].key == "var" else 0)).all()


@pytest.mark.parametrize("size", [0, -28, 8, 24, 30, 56, 128])
def test_sizes_that_dcgan_does_not_make_are_refused(size):
    image = jnp.zeros((1, max(size, 0), max(size, 0), 1))
    nets_and_inputs = [(dcgan.Generator(size, 1), jnp.zeros((1, 8))), (dcgan.Discriminator(), image)]
    for module, x in [*nets_and_inputs, (dcgan.Encoder(3), image)][: 3 if size > 0 else 1]:
        with pytest.raises(InputError) as refused:
            jax.eval_shape(nets.net(module).init, key(), x)
        assert str(refused.value).startswith(f"DCGAN nets make images of 16, 28, 32, 64 pixels a side, not {size}")


# ---- the networks, written out a second time in numpy, in float64 ----


def normalise(x, p, s):
    """Batch normalisation by the running statistics."""
    p, s = (jax.tree.map(np.asarray, tree["BatchNorm_0"]) for tree in (p, s))
    return (x - s["mean"]) / np.sqrt(s["var"] + 1e-5) * p["scale"] + p["bias"]


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def plain(tree):
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), tree)


def convolve(x, kernel, *, transposed=False):
    """4x4, stride 2, with the padding of 1 that the authors' Torch code has."""
    if (
        transposed
    ):  # every input pixel stamps the kernel, flipped as lax has it, onto the output; the rim of 1 is cut off
        b, h, w, _ = x.shape
        y = np.zeros((b, 2 * h + 2, 2 * w + 2, kernel.shape[3]))
        for i, j in np.ndindex(h, w):
            y[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4] += np.einsum("bc,hwcf->bhwf", x[:, i, j], kernel[::-1, ::-1])
        return y[:, 1:-1, 1:-1]
    x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (4, 4), axis=(1, 2))[:, ::2, ::2]
    return np.einsum("bijchw,hwcf->bijf", windows, kernel)


def dcgan_generator(p, s, z):
    x = (z @ p["Dense_0"]["kernel"]).reshape(len(z), 7, 7, -1)
    x = convolve(
        np.maximum(normalise(x, p["BatchNorm_0"], s["BatchNorm_0"]), 0), p["ConvTranspose_0"]["kernel"], transposed=True
    )
    x = convolve(
        np.maximum(normalise(x, p["BatchNorm_1"], s["BatchNorm_1"]), 0), p["ConvTranspose_1"]["kernel"], transposed=True
    )
    return np.tanh(x + p["ConvTranspose_1"]["bias"])


def dcgan_discriminator(p, s, x):
    trunk, stats = p["_Trunk_0"], s["_Trunk_0"]
    x = leaky(convolve(x, trunk["Conv_0"]["kernel"]) + trunk["Conv_0"]["bias"])
    x = leaky(normalise(convolve(x, trunk["Conv_1"]["kernel"]), trunk["BatchNorm_0"], stats["BatchNorm_0"]))
    return (x.reshape(len(x), -1) @ p["Dense_0"]["kernel"] + p["Dense_0"]["bias"])[:, 0]


def mlp_generator(p, s, z):
    x = leaky(z @ p["Dense_0"]["kernel"] + p["Dense_0"]["bias"])
    x = leaky(normalise(x @ p["Dense_1"]["kernel"], p["BatchNorm_0"], s["BatchNorm_0"]))
    return np.tanh(x @ p["Dense_2"]["kernel"] + p["Dense_2"]["bias"]).reshape(-1, 6, 6, 3)


def mlp_discriminator(p, s, x):
    x = leaky(x.reshape(len(x), -1) @ p["Dense_0"]["kernel"] + p["Dense_0"]["bias"])
    x = leaky(x @ p["Dense_1"]["kernel"] + p["Dense_1"]["bias"])
    return (x @ p["Dense_2"]["kernel"] + p["Dense_2"]["bias"])[:, 0]


WRITTEN_OUT = {
    "dcgan-G-28": dcgan_generator,
    "dcgan-D-28": dcgan_discriminator,
    "mlp-G": mlp_generator,
    "mlp-D": mlp_discriminator,
}


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_a_net_is_what_its_paper_draws(name):
    params, stats, x = ready(NETS[name])
    expected = WRITTEN_OUT[name](plain(params), plain(stats).get("batch_stats"), np.asarray(x, np.float64))
    np.testing.assert_allclose(applied(NETS[name])[False][0], expected, rtol=1e-4, atol=1e-5)


# ---- purity and dtypes ----


@each
def test_init_and_apply_are_pure(row):
    by_key, by_data = reached(started(row)[2].jaxpr)
    assert not any(by_data)  # no net's init depends on data
    assert any(by_key)
    given = ready(row)
    before = jax.tree.map(np.array, given)
    assert same(both(row)(*given), applied(row))
    assert same(before, given)


@each
def test_only_training_changes_stats_and_only_it_uses_the_batchs(row):
    params, stats, x = ready(row)
    (still, kept), (moving, moved) = applied(row)[False], applied(row)[True]
    assert same(kept, stats)
    assert jax.tree.structure(moved) == jax.tree.structure(stats)
    assert not any(jax.tree.leaves(jax.tree.map(np.array_equal, moved, stats)))
    assert set(stats) <= {"batch_stats"}
    if stats:
        drifted = jax.tree.map(lambda s: 2 * s + 1, stats)
        other = both(row)(params, drifted, x)
        assert not np.array_equal(still, other[False][0])
        # BatchNorm forgets what it has seen when it trains; spectral norms go on from their vectors always.
        spectral = any("SpectralNorm" in jax.tree_util.keystr(path) for path, _ in jax.tree.leaves_with_path(stats))
        assert np.array_equal(still, moving) == spectral
        assert np.array_equal(moving, other[True][0]) != spectral


@pytest.mark.parametrize(("name", "keeps"), [("dcgan-G-28", 0.9), ("dcgan-D-28", 0.9), ("mlp-G", 0.8)])
def test_running_statistics_keep_the_share_that_the_net_says(name, keeps):
    params, stats, x = ready(NETS[name])
    shifted = jax.tree.map(lambda s: s + 1, stats)
    moved, further = applied(NETS[name])[True][1], both(NETS[name])(params, shifted, x)[True][1]
    for a, b in zip(jax.tree.leaves(moved), jax.tree.leaves(further)):
        np.testing.assert_allclose(b - a, np.full(a.shape, keeps), rtol=1e-5)


@each
def test_no_example_sees_another_when_not_training(row):
    params, stats, x = ready(row)
    alone, _ = applied(row)[False]
    first = (np.arange(BATCH) == 0).reshape(-1, *[1] * (x.ndim - 1))
    others = np.where(first, x, 1 - x)  # a shift alone an instance norm would take away again
    beside, _ = both(row)(params, stats, others)[False]
    if row.mixes:
        alike, _ = both(row)(params, stats, np.broadcast_to(x[:1], x.shape))[False]
        assert not np.allclose(alike[0], alone[0], rtol=1e-3)
    else:
        np.testing.assert_allclose(beside[0], alone[0], rtol=1e-5, atol=1e-6)
    assert not np.allclose(beside[1], alone[1], rtol=1e-3, atol=1e-3)


@each
def test_bfloat16_is_of_the_computation_only(row):
    net, _, _, same_params = started(row, dtype=jnp.bfloat16)
    assert started(row)[3] == same_params
    exact = both(row).trace(*ready(row)).jaxpr
    rough = jax.jit(lambda *a: net.apply(*a, train=True)).trace(*ready(row)).jaxpr
    kept = jax.tree.leaves(same_params)
    assert {leaf.dtype for leaf in (*kept, *rough.out_avals)} == {jnp.dtype("float32")}
    assert "bf16" not in str(exact)
    products = re.findall(r":(\w+)\[[^=]* = (?:conv_general_dilated|dot_general)\[", str(rough))
    assert "bf16" in products


QUICK = "dcgan-G-28", "pixelcnn"


@pytest.mark.parametrize(
    "row", [pytest.param(r, id=n, marks=[] if n in QUICK else pytest.mark.slow) for n, r in ONE_OF_EACH.items()]
)
def test_in_bfloat16_it_computes_nearly_the_same(row):
    (exact_out, exact_stats), (out, stats) = applied(row)[True], applied(row, dtype=jnp.bfloat16)[True]
    assert not np.array_equal(exact_out, out)
    for e, r in zip(jax.tree.leaves((exact_out, exact_stats)), jax.tree.leaves((out, stats))):
        assert np.linalg.norm(e - r) < 0.05 * np.linalg.norm(e)


class Doubled(nn.Module):
    """A module without parameters."""

    @nn.compact
    def __call__(self, x, *, train):
        return 2 * x


class Counted(nn.Module):
    """A module with a collection that is not `batch_stats`, and that it changes even where it must not."""

    @nn.compact
    def __call__(self, x, *, train):
        calls = self.variable("calls", "count", np.zeros, ())
        calls.value += not self.is_initializing()
        return x * self.param("scale", lambda key: np.ones(3))


def test_a_net_may_have_no_parameters_and_any_collection():
    net, x = nets.net(Doubled()), np.ones(3)
    assert net.init(key(), x) == ({}, {})
    assert net.apply({}, {}, x, train=True)[0].tolist() == [2, 2, 2]
    net = nets.net(Counted())
    params, stats = net.init(key(), x)
    assert params.keys() == {"scale"}
    for calls in (1, 2):
        _, stats = net.apply(params, stats, x, train=True)
        assert stats == {"calls": {"count": calls}}
    with pytest.raises(flax.errors.ModifyScopeVariableError):
        net.apply(params, stats, x, train=False)


# ---- nets as data ----


@each
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, "bfloat16"], ids=str)
def test_a_description_survives_json(row, dtype):
    module = row.make(dtype=dtype)
    text = json.dumps(codec.describe_net(module))
    built = codec.build_net(json.loads(text))
    assert type(built) is type(module)
    assert json.dumps(codec.describe_net(built)) == text
    assert jnp.dtype(built.dtype) == jnp.dtype(dtype)
    assert built == row.make(dtype=jnp.dtype(dtype))  # in all settings, so it computes the same


def test_a_built_net_computes_what_the_described_one_did():
    row = NETS["mlp-D"]
    built = nets.net(codec.build_net(json.loads(json.dumps(codec.describe_net(row.make())))))
    assert same(jax.jit(lambda *a: built.apply(*a, train=True))(*ready(row)), applied(row)[True])


G = {"net": "dcgan.Generator", "size": 28, "channels": 1}
HOSTILE = [
    {"net": "os.system"},
    {"net": "os.system", "command": "echo ran"},
    {"net": "this.s"},  # importing it prints
    {"net": "antigravity.webbrowser"},
    {"net": "..os.system"},
    {"net": ".os"},
    {"net": "..errors.InputError"},
    {"net": "../../evil.Net"},
    {"net": ".."},
    {"net": "."},
    {"net": ""},
    {"net": "dcgan"},
    {"net": "dcgan."},
    {"net": "dcgan.Generator\0", "size": 28, "channels": 1},
    {"net": "linen.net"},
    {"net": "linen.Net"},
    {"net": "linen.nn.Dense", "features": 3},
    {"net": "linen.importlib"},
    {"net": "dcgan.ConvTranspose", "features": 3},  # Flax's and our layers are not nets
    {"net": "dcgan.BatchNorm"},
    {"net": "dcgan.stages"},
    {"net": "dcgan._Trunk", "width": 4, "dtype": "float32"},
    {"net": "dcgan.__class__"},
    {"net": "dcgan.__loader__"},
    {"net": "dcgan.Generator.__init__"},
    {"net": "__init__.dcgan"},
    {"net": None},
    {"net": ["dcgan", "Generator"]},
    {"net": {"net": "dcgan.Generator"}},
    {},
    {"size": 28, "channels": 1},
    {"net": "dcgan.Generator"},
    {"net": "dcgan.Generator", "size": 28},
    {**G, "colour": "red"},
    {**G, "name": "x"},
    {**G, "parent": None},
    {**G, "__class__": "x"},
    {**G, 3: 4},
    {**G, "size": "28"},
    {**G, "width": 4.5},
    {**G, "channels": None},
    {**G, "dtype": "evil"},
    {**G, "dtype": ["float32"]},
    {"net": "mlp.Generator", "size": 28, "channels": 1, "widths": "128"},
    {"net": "mlp.Generator", "size": 28, "channels": 1, "widths": [128, "256"]},
    None,
    "dcgan.Generator",
    ["dcgan.Generator"],
    7,
]


@pytest.mark.parametrize("description", HOSTILE, ids=str)
def test_hostile_and_broken_descriptions_are_refused_in_one_line(description):
    with pytest.raises(InputError, match=r"^no net in jaxgen\.nets fits the description") as refused:
        codec.build_net(description)
    assert "\n" not in str(refused.value)


def test_hostile_descriptions_import_nothing_and_call_nothing_of_the_systems():
    seen, before = set(), set(sys.modules)

    def hook(frame, event, called):
        if event == "c_call":
            seen.add(f"{called.__module__}.{called.__qualname__}")

    outer = sys.getprofile()
    sys.setprofile(hook)
    try:
        for description in HOSTILE:
            with contextlib.suppress(InputError):
                codec.build_net(description)
    finally:
        sys.setprofile(outer)
    assert "builtins.isinstance" in seen  # so calls are seen
    assert not {name for name in seen if name.startswith(("posix.", "_posixsubprocess.", "_socket."))} - {
        "posix.stat",  # importlib looks for a file of that name in jaxgen/nets
        "posix.listdir",
        "posix.fspath",
    }
    assert not seen & {"builtins.exec", "builtins.eval", "builtins.compile"}
    assert "this" not in before
    assert set(sys.modules) == before


@pytest.mark.slow
def test_hostile_descriptions_import_nothing_and_run_nothing():
    """In a fresh interpreter whose audit hook sees what is executed."""
    program = """
import json, sys
import jaxgen.nets
from jaxgen.errors import InputError
from jaxgen.abilities import codec
READS = {"os.listdir", "os.scandir"}  # importlib looks for a file of that name in jaxgen/nets
seen, before = [], set(sys.modules)
def hook(event, args):
    if event.startswith(("os.", "subprocess.", "webbrowser.", "exec", "compile", "socket.")) and event not in READS:
        seen.append(event)
descriptions = json.loads(sys.argv[1])
sys.addaudithook(hook)
for description in descriptions:
    try:
        codec.build_net(description)
    except InputError:
        pass
print(json.dumps([seen, sorted(set(sys.modules) - before)]))
"""
    given = json.dumps([d for d in HOSTILE if d != {**G, 3: 4}])
    done = subprocess.run([sys.executable, "-c", program, given], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], []]
