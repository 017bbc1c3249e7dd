"""Layers against `jax.lax`, Flax's own layers and numpy, on one device and on eight."""

import re
import sys
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from jax import lax
from jax.sharding import PartitionSpec as P

from jaxgen import nets, parallel
from jaxgen.executors import data_mesh
from jaxgen.layers import (
    BatchNorm,
    ConditionalBatchNorm,
    ConvTranspose,
    InstanceNorm,
    PatchConv,
    dropout,
    reflected,
    spectral,
)
from jaxgen.layers.conv import conv_transpose
from jaxgen.nets import mlp
from weights import weights

on_eight = partial(jax.shard_map, mesh=data_mesh())
close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-5)


def trees_close(ours, theirs, tolerance=1e-5):
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=tolerance, atol=tolerance), ours, theirs)


# ---- transposed convolution ----

# (height, width), (kernel), (strides), padding, channels in and out
CASES = [
    ((4, 4), (4, 4), (2, 2), "SAME", 3, 2),  # DCGAN's
    ((7, 5), (4, 4), (2, 2), "SAME", 2, 3),
    ((5, 3), (5, 5), (2, 2), "SAME", 1, 2),  # the kernel that the paper draws
    ((4, 6), (3, 3), (1, 1), "SAME", 2, 2),
    ((3, 4), (2, 2), (3, 3), "SAME", 2, 1),  # gaps that no input reaches
    ((4, 3), (1, 1), (2, 2), "SAME", 2, 2),
    ((3, 5), (4, 2), (1, 3), "SAME", 2, 2),
    ((1, 1), (4, 4), (1, 1), "VALID", 5, 3),  # DCGAN's first layer as others write it
    ((5, 4), (4, 4), (2, 2), "VALID", 2, 3),
    ((3, 3), (2, 2), (3, 3), "VALID", 2, 2),
    ((4, 3), (3, 5), (2, 1), "VALID", 1, 2),
    ((4, 3), (4, 4), (2, 2), "SAME", 3, 16),  # from here on with features enough for `layers.conv.spread`
    ((7, 5), (5, 5), (2, 2), "SAME", 2, 17),
    ((5, 4), (4, 4), (2, 2), "VALID", 2, 16),
    ((4, 2), (7, 3), (3, 2), "SAME", 2, 16),
    ((3, 4), (3, 4), (3, 1), "VALID", 2, 16),
    ((3, 4), (3, 3), (2, 2), ((1, 2), (1, 2)), 2, 3),  # PyTorch's padding, as in CycleGAN
    ((3, 4), (3, 3), (2, 2), ((1, 2), (1, 2)), 2, 16),
]


def some(indices, quick):
    """Cases, of which those that are not quick are left to the slow suite."""
    marks = {i: [] if i in quick else [pytest.mark.slow] for i in indices}
    names = {i: "-".join("x".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in CASES[i]) for i in indices}
    return [pytest.param(CASES[i], id=names[i], marks=marks[i]) for i in indices]


def arguments(case, batch=3, dtype=np.float32):
    size, window, _, _, inputs, outputs = case
    shapes, rng = [(batch, *size, inputs), (*window, inputs, outputs)], np.random.default_rng(0)
    return tuple(rng.normal(size=shape).astype(dtype) for shape in shapes)


def ours(case, x, kernel):
    return conv_transpose(x, kernel, case[2], case[3])


def native(case, x, kernel):
    return lax.conv_transpose(x, kernel, case[2], case[3], dimension_numbers=("NHWC", "HWIO", "NHWC"))


def bent(f, case, x, kernel):
    """A scalar whose gradient depends on every output."""
    return jnp.sum(jnp.sin(f(case, x, kernel)))


def values_and_gradients(f, case, x, kernel):
    return f(case, x, kernel), jax.grad(partial(bent, f, case), (0, 1))(x, kernel)


def are_those_of_lax(case):
    both = jax.jit(lambda *a: [values_and_gradients(f, case, *a) for f in (ours, native)])
    trees_close(*both(*arguments(case)), 3e-5)  # sums of hundreds of terms, in an order that a machine chooses


@pytest.mark.parametrize("case", some(range(18), [0, 4, 6, 9, 12, 13, 16, 17]))
def test_conv_transpose_is_that_of_lax(case):
    are_those_of_lax(case)


@pytest.mark.parametrize("case", some(range(18), [0, 9, 16]))
def test_kernel_gradients_that_are_products_of_matrices_are_those_of_lax(case, monkeypatch):
    monkeypatch.setattr(sys.modules["jaxgen.layers.conv"], "WIDE", 1)  # features from which they are
    are_those_of_lax(case)


@pytest.mark.parametrize("features", [2, 16])
def test_a_3x3_kernel_of_stride_2_lies_where_pytorch_has_it(features):
    """By the definition: each pixel adds its kernel to the output, which begins one row and column into that of the
    first pixel (padding 1) and has one more row and column at its end (output padding 1)."""
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(3, 3, 5, features))
    whole = np.zeros((2, 2 * 3 + 2, 2 * 4 + 2, features))
    for row in range(3):
        for column in range(4):
            there = np.einsum("bc,hwcf->bhwf", x[:, row, column], kernel)
            whole[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3] += there
    turned = np.float32(kernel[::-1, ::-1])
    found = jax.jit(lambda x, k: conv_transpose(x, k, (2, 2), ((1, 2), (1, 2))))(np.float32(x), turned)
    close(found, whole[:, 1 : 1 + 6, 1 : 1 + 8])


def test_no_zeros_between_pixels_are_multiplied():
    """On CPU: `test_conv_transpose_is_that_of_lax` says that the convolutions without gaps are right."""
    gaps = [CASES[0], CASES[11]]
    compiled = [jax.jit(partial(ours, case)).lower(*arguments(case)).as_text() for case in gaps]
    assert ["lhs_dilate = [2, 2]" in text for text in compiled] == [True, False]


@pytest.mark.parametrize("case", some((0, 4, 6, 8), [6]))
def test_conv_transpose_layer_is_that_of_flax(case):
    x, _ = arguments(case)
    settings = {"features": case[5], "kernel_size": case[1], "strides": case[2], "padding": case[3]}
    ours, flax = ConvTranspose(**settings), nn.ConvTranspose(**settings)
    variables = weights(ours.init, x, spread=0.5)
    assert jax.eval_shape(ours.init, jax.random.key(1), x) == jax.eval_shape(flax.init, jax.random.key(1), x)

    def gradients(layer, variables, x):
        return jax.value_and_grad(lambda v, x: jnp.sum(jnp.sin(layer.apply(v, x))), (0, 1))(variables, x)

    trees_close(*jax.jit(lambda *a: [gradients(layer, *a) for layer in (ours, flax)])(variables, x))


def test_conv_transpose_layer_without_bias_and_in_bfloat16():
    x, _ = arguments(CASES[0])
    layer = ConvTranspose(2, use_bias=False, dtype=jnp.bfloat16)
    variables = weights(layer.init, x)
    assert jax.tree.map(lambda a: (a.shape, a.dtype), variables) == {"params": {"kernel": ((4, 4, 3, 2), jnp.float32)}}
    exact = nn.ConvTranspose(2, (4, 4), (2, 2), use_bias=False)
    y, exact = jax.jit(lambda v: (layer.apply(v, x), exact.apply(v, x)))(variables)
    assert (y.shape, y.dtype) == ((3, 8, 8, 2), jnp.bfloat16)
    np.testing.assert_allclose(np.asarray(y, np.float32), exact, atol=0.03)


@pytest.mark.parametrize("case", some((0, 4, 8), [0]))
def test_conv_transpose_in_bfloat16(case):
    given = arguments(case), arguments(case, dtype=jnp.bfloat16)
    exact, rough = jax.jit(lambda *a: [values_and_gradients(f, case, *x) for f, x in zip((native, ours), a)])(*given)
    assert {leaf.dtype for leaf in jax.tree.leaves(rough)} == {jnp.dtype(jnp.bfloat16)}
    for r, e in zip(jax.tree.leaves(rough), jax.tree.leaves(exact)):
        assert np.linalg.norm(np.asarray(r, np.float32) - e) < 0.05 * np.linalg.norm(e)


def steepness(f, case, wrt, x, kernel):
    """A gradient's squared norm, as in a gradient penalty."""
    return jnp.sum(jax.grad(partial(bent, f, case), wrt)(x, kernel) ** 2)


@pytest.mark.parametrize("case", some((1, 3, 4, 8, 9), [1, 9]))
def test_conv_transpose_has_the_second_derivatives_of_lax(case):
    def all_four(f, *a):
        return [jax.grad(partial(steepness, f, case, wrt), (0, 1))(*a) for wrt in (0, 1)]

    ours_, native_ = jax.jit(lambda *a: [all_four(f, *a) for f in (ours, native)])(*arguments(case, 2))
    for o, n in zip(jax.tree.leaves(ours_), jax.tree.leaves(native_)):
        assert np.abs(o - n).max() < 1e-5 * np.abs(n).max()


def test_conv_transpose_over_seeds_is_a_loop_over_seeds():
    case = CASES[1]
    x, kernel = arguments(case)
    kernels = np.stack([kernel, 2 * kernel])

    @jax.jit
    def both(x, kernels):
        mapped = jax.vmap(partial(values_and_gradients, ours, case), (None, 0))(x, kernels)
        return mapped, *(values_and_gradients(native, case, x, k) for k in kernels)

    mapped, *looped = both(x, kernels)
    trees_close(mapped, jax.tree.map(lambda *a: np.stack(a), *looped))


@pytest.mark.parametrize("case", some((0, 9), [0]))
def test_conv_transpose_on_eight_devices_is_that_of_one(case):
    x, kernel = arguments(case, 16)
    gradient = jax.grad(partial(bent, ours, case), (0, 1))
    d_x, d_kernel = jax.jit(jax.grad(partial(bent, native, case), (0, 1)))(x, kernel)

    @jax.jit
    @partial(on_eight, in_specs=(P(parallel.AXIS), P()), out_specs=(P(parallel.AXIS), P(), P()))
    def split(x, kernel):
        frozen = gradient(x, kernel)  # the same everywhere, so jax sums its gradient, as it does for its own functions
        own = gradient(x, parallel.local(kernel))
        return frozen[0], frozen[1], 8 * parallel.mean(own[1])

    trees_close(split(x, kernel), (d_x, d_kernel, d_kernel), 2e-5)


def fastest(f, *a, runs=15):
    jax.block_until_ready(f(*a))
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        jax.block_until_ready(f(*a))
        times.append(time.perf_counter() - start)
    return min(times)


def test_the_kernel_gradient_multiplies_no_zeros_between_pixels():
    """As the one that autodiff derives from lax does, which takes XLA's CPU backend 50 to 100 times as long."""
    programs = [jax.jit(jax.grad(partial(bent, f, CASES[0]), 1)).lower(*arguments(CASES[0])) for f in (ours, native)]
    with_gaps = r"dim_numbers = \[f, 0, 1, b\].* lhs_dilate = \[2, 2\]"
    assert [bool(re.search(with_gaps, program.as_text())) for program in programs] == [False, True]


@pytest.mark.slow
def test_the_kernel_gradient_is_about_as_fast_as_a_plain_convolutions():
    x, grad = jnp.ones((64, 8, 8, 128)), jnp.ones((64, 16, 16, 64))
    kernel = jnp.ones((4, 4, 128, 64))

    @jax.jit
    def fast(x, kernel, grad):
        return jax.vjp(lambda k: conv_transpose(x, k, (2, 2), "SAME"), kernel)[1](grad)

    @jax.jit
    def plain(x, kernel, grad):  # 16x16x64 -> 8x8x128
        layout = ("NHWC", "HWIO", "NHWC")
        strided = partial(lax.conv_general_dilated, window_strides=(2, 2), padding="SAME", dimension_numbers=layout)
        return jax.vjp(partial(strided, grad), kernel.swapaxes(2, 3))[1](x)

    # The gradient that autodiff derives from lax takes 50 to 100 times as long. A busy machine may slow one of the two
    # down for a while, but not three times in a row.
    assert any(fastest(fast, x, kernel, grad) < 5 * fastest(plain, x, kernel, grad) for _ in range(3))


@pytest.mark.parametrize(
    ("size", "window", "strides"),
    [
        pytest.param((8, 8), (4, 4), (2, 2), marks=pytest.mark.slow),
        pytest.param((7, 5), (4, 4), (2, 2), marks=pytest.mark.slow),
        ((5, 6), (3, 5), (1, 3)),
        ((4, 4), (1, 1), (2, 2)),
    ],
)
def test_patch_conv_is_flaxs_convolution(size, window, strides):
    x = np.float32(np.random.default_rng(0).normal(size=(3, *size, 2)))
    ours, flax = PatchConv(5, window, strides), nn.Conv(5, window, strides)
    variables = weights(flax.init, x, spread=0.1)
    assert jax.eval_shape(ours.init, jax.random.key(1), x) == jax.eval_shape(flax.init, jax.random.key(1), x)

    def gradients(layer, variables, x):
        return jax.value_and_grad(lambda v, x: jnp.sum(jnp.sin(layer.apply(v, x))), (0, 1))(variables, x)

    trees_close(*jax.jit(lambda *a: [gradients(layer, *a) for layer in (ours, flax)])(variables, x))


# ---- batch normalisation ----


def shifted(batch=16):
    """Images whose channels differ in scale (one is so flat that epsilon matters) and whose examples differ in mean, so
    that a device's own statistics are not the batch's."""
    x = np.random.default_rng(0).normal(size=(batch, 3, 3, 4)) + np.linspace(-2, 2, batch)[:, None, None, None]
    return np.float32(x * [1.0, 3.0, 0.3, 2e-3] + [0.0, 1, -2, 0])


@pytest.fixture(scope="module")
def norm():
    layer = BatchNorm(momentum=0.8, epsilon=1e-5)
    variables = weights(layer.init, shifted(), train=False)
    variables["params"]["BatchNorm_0"] = {"bias": np.arange(4, dtype=np.float32), "scale": np.float32([1, 0.9, 1.1, 1])}
    return layer, variables


def applied(layer, variables, x, train):
    return jax.jit(lambda v: layer.apply(v, x, train=train, mutable=["batch_stats"]))(variables)


def normalised(x, mean, var, variables):
    params = jax.tree.map(np.asarray, variables["params"]["BatchNorm_0"])
    return (x - mean) / np.sqrt(var + 1e-5) * params["scale"] + params["bias"]


def test_batch_norm_is_the_papers_formula(norm):
    layer, variables = norm
    x = np.asarray(shifted(), np.float64)
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    y, changed = applied(layer, variables, shifted(), True)
    close(y, normalised(x, mean, var, variables))
    stats = changed["batch_stats"]["BatchNorm_0"]
    close(stats["mean"], 0.8 * 0 + 0.2 * mean)
    close(stats["var"], 0.8 * 1 + 0.2 * var)


def test_batch_norm_uses_the_running_statistics_when_not_training(norm):
    layer, variables = norm
    stats = {"mean": np.float32([1, 2, 3, 4]), "var": np.float32([0.5, 1, 2, 4])}
    variables = {**variables, "batch_stats": {"BatchNorm_0": stats}}
    y, changed = applied(layer, variables, shifted(), False)
    close(y, normalised(np.asarray(shifted()), stats["mean"], stats["var"], variables))
    jax.tree.map(np.testing.assert_array_equal, changed["batch_stats"], variables["batch_stats"])


def test_batch_norm_on_eight_devices_is_that_of_one(norm):
    layer, variables = norm
    x, stats = shifted(), variables["batch_stats"]
    slopes = np.float32(np.random.default_rng(2).normal(size=x.shape))

    def loss(params, x, slopes):
        y, changed = layer.apply({"params": params, "batch_stats": stats}, x, train=True, mutable=["batch_stats"])
        return jnp.sum(slopes * jnp.sin(y)), (y, changed["batch_stats"])

    @jax.jit
    @partial(on_eight, in_specs=(P(), P(parallel.AXIS), P(parallel.AXIS)), out_specs=(P(), P(parallel.AXIS), P()))
    def split(params, x, slopes):
        (d_params, d_x), (y, stats) = jax.grad(loss, (0, 1), has_aux=True)(parallel.local(params), x, slopes)
        return parallel.mean(d_params), (d_x, y), parallel.mean(stats)

    d_params, (d_x, y), stats_8 = jax.device_get(split(variables["params"], x, slopes))
    alone = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(variables["params"], x, slopes)
    (d_params_1, d_x_1), (y_1, stats_1) = jax.device_get(alone)
    trees_close((y, stats_8), (y_1, stats_1))
    trees_close(jax.tree.map(lambda g: 8 * g, d_params), d_params_1, 2e-5)
    scale = np.abs(d_x_1).max((0, 1, 2), keepdims=True)  # the flat channel's gradients are large
    close(d_x / scale, d_x_1 / scale)


def test_conditional_batch_norm_begins_as_none_and_has_a_gain_of_one_more():
    layer, rng = ConditionalBatchNorm(epsilon=1e-5), np.random.default_rng(0)
    x, told = np.float32(rng.normal(2, 3, (6, 5, 5, 4))), np.float32(rng.normal(size=(6, 3)))
    begun = jax.jit(lambda: layer.init(jax.random.key(0), x, told, train=False))()
    gain, shift = np.float32(rng.normal(size=(2, 3, 4)))
    moved = {**begun, "params": {"gain": {"kernel": gain}, "shift": {"kernel": shift}}}
    assert jax.tree.map(np.shape, begun["params"]) == jax.tree.map(np.shape, moved["params"])
    with_params = jax.jit(lambda v: layer.apply(v, x, told, train=True, mutable=["batch_stats"])[0])
    normal = (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-5)
    close(with_params(begun), normal)
    close(with_params(moved), normal * (1 + (told @ gain)[:, None, None]) + (told @ shift)[:, None, None])


def test_batch_norm_in_bfloat16_keeps_float32_statistics():
    layer = BatchNorm(dtype=jnp.bfloat16)
    x = np.random.default_rng(0).uniform(size=(4096, 2)).astype(jnp.bfloat16)
    variables = weights(layer.init, x, train=False)
    y, changed = applied(layer, variables, x, True)
    assert y.dtype == jnp.bfloat16
    assert {leaf.dtype for leaf in jax.tree.leaves((variables, changed))} == {jnp.dtype("float32")}
    exact = np.asarray(x, np.float64)  # a sum of 4,096 values in bfloat16 would be off by several percent
    stats = changed["batch_stats"]["BatchNorm_0"]
    close(stats["mean"], 0.1 * exact.mean(0))
    close(stats["var"], 0.9 + 0.1 * exact.var(0))


def test_batch_norm_starts_with_the_scales_of_radford():
    init = jax.jit(lambda key: BatchNorm().init(key, jnp.zeros((1, 4096)), train=False))
    variables = jax.device_get(init(jax.random.key(0)))
    params, stats = (variables[kind]["BatchNorm_0"] for kind in ("params", "batch_stats"))
    np.testing.assert_allclose((params["scale"].mean(), params["scale"].std()), (1, 0.02), rtol=0.05)
    for leaf, value in ((params["bias"], 0), (stats["mean"], 0), (stats["var"], 1)):
        np.testing.assert_array_equal(leaf, np.full(4096, value))


# ---- instance normalisation, borders ----


@pytest.mark.parametrize("affine", [False, True])
def test_instance_norm_is_its_formula(affine):
    layer, rng = InstanceNorm(affine=affine), np.random.default_rng(0)
    x = np.float32(rng.normal(2, 3, (2, 4, 3, 5)))
    begun = jax.jit(lambda: layer.init(jax.random.key(0), x))()
    gain, shift = np.float32(rng.normal(size=(2, 5))) if affine else (1, 0)
    moved = {"params": {"scale": gain, "bias": shift}} if affine else {}
    assert jax.tree.map(np.shape, begun) == jax.tree.map(np.shape, moved)
    wanted = np.empty_like(x)
    for b in range(2):
        for c in range(5):
            one = np.float64(x[b, :, :, c])
            wanted[b, :, :, c] = (one - one.mean()) / np.sqrt(one.var() + 1e-5)
    apply = jax.jit(layer.apply)
    close(apply(begun, x), wanted)
    close(apply(moved, x), wanted * gain + shift)
    low = apply(moved, x.astype(jnp.bfloat16))
    assert low.dtype == jnp.bfloat16
    np.testing.assert_allclose(np.float32(low), wanted * gain + shift, atol=0.1)


def test_a_reflected_border_is_as_far_outside_as_inside():
    x = np.float32(np.random.default_rng(0).normal(size=(2, 4, 5, 3)))
    found = jax.jit(lambda x: reflected(x, 3))(x)
    rows, columns = ([abs(i) if i < n else 2 * (n - 1) - i for i in range(-3, n + 3)] for n in (4, 5))
    np.testing.assert_array_equal(found, x[:, rows][:, :, columns])
    with pytest.raises(ValueError, match="3x5 have no border of 3 pixels"):
        reflected(x[:, :3], 3)


# ---- spectral normalisation ----


@pytest.mark.parametrize("layer", [lambda: nn.Dense(6, use_bias=False), lambda: nn.Conv(6, (3, 3), use_bias=False)])
def test_spectral_norm_divides_by_the_largest_singular_value(layer):
    class Normed(nn.Module):
        @nn.compact
        def __call__(self, x, *, train):
            return spectral(layer(), x, train=train)

    x = np.float32(np.random.default_rng(1).normal(size=(2, 5, 5, 4)))
    normed = nets.net(Normed())
    params, stats = weights(normed.init, x, spread=0.3)
    (kernel,) = jax.tree.leaves(params)

    @jax.jit
    def outputs(params, stats):
        first, stats = normed.apply(params, stats, x, train=True)
        stats = jax.lax.fori_loop(0, 99, lambda _, stats: normed.apply(params, stats, x, train=True)[1], stats)
        out, _ = normed.apply(params, stats, x, train=False)
        return first, out, layer().apply({"params": {"kernel": kernel}}, x)

    first, out, plain = outputs(params, stats)
    largest = np.linalg.svd(np.asarray(kernel, np.float64).reshape(-1, 6), compute_uv=False)[0]
    np.testing.assert_allclose(out, plain / largest, rtol=1e-4, atol=1e-5)
    assert not np.allclose(first, out, rtol=1e-4)  # one step of the power iteration is not there yet


def test_the_names_of_a_spectral_norms_variables_are_no_levels_of_a_tree():
    init = nets.net(mlp.Discriminator((4,), norm="spectral")).init
    _, stats = jax.eval_shape(init, jax.random.key(0), jnp.ones((2, 3)))
    assert stats
    assert "/" not in "".join(str(k.key) for path, _ in jax.tree.leaves_with_path(stats) for k in path)


@pytest.mark.parametrize(("rate", "share"), [(0.0, 0.0), (0.5, 0.5), (0.1, 26 / 256)])
def test_dropout_drops_its_share_and_keeps_means(rate, share):
    keys, x = jax.random.split(jax.random.key(0), 3), np.full((3, 100, 99), 2, np.float32)
    out, fewer = jax.device_get(jax.jit(lambda keys: (dropout(x, keys, rate), dropout(x[1:], keys[1:], rate)))(keys))
    np.testing.assert_allclose(np.unique(out[out != 0]), [2 / (1 - share)], rtol=1e-6)
    assert abs((out == 0).mean() - share) <= 4 * np.sqrt(share * (1 - share) / x.size)
    if rate:
        zeros = out == 0
        assert abs((zeros[0] & zeros[1]).mean() - share**2) < 4 * np.sqrt(share**2 / zeros[0].size)  # by another key
        assert abs((zeros[:, 1:] & zeros[:, :-1]).mean() - share**2) < 4 * np.sqrt(share**2 / zeros.size)
    np.testing.assert_array_equal(fewer, out[1:])


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_dropout_rate_is_a_share(rate):
    with pytest.raises(ValueError, match="dropout rate"):
        dropout(np.ones((1, 4)), jax.random.split(jax.random.key(0), 1), rate)
