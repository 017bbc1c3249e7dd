"""Layers against `jax.lax`, Flax's own layers and numpy, on one device and on eight."""

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
from jaxgen.layers import BatchNorm, ConvTranspose, PatchConv, dropout, spectral
from jaxgen.layers.conv import conv_transpose
from jaxgen.nets import mlp

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
]
cases = pytest.mark.parametrize(
    "case", CASES, ids=lambda c: "-".join("x".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in c)
)


def arguments(case, batch=3, dtype=jnp.float32):
    size, window, _, _, inputs, outputs = case
    k_x, k_k = jax.random.split(jax.random.key(0))
    shapes = [(k_x, (batch, *size, inputs)), (k_k, (*window, inputs, outputs))]
    return tuple(jax.random.normal(key, shape).astype(dtype) for key, shape in shapes)


def ours(case, x, kernel):
    return conv_transpose(x, kernel, case[2], case[3])


def native(case, x, kernel):
    return lax.conv_transpose(x, kernel, case[2], case[3], dimension_numbers=("NHWC", "HWIO", "NHWC"))


def bent(f, case, x, kernel):
    """A scalar whose gradient depends on every output."""
    return jnp.sum(jnp.sin(f(case, x, kernel)))


def values_and_gradients(f, case, x, kernel):
    return f(case, x, kernel), jax.grad(partial(bent, f, case), (0, 1))(x, kernel)


@pytest.mark.parametrize("wide", [1, 128])  # features from which a kernel's gradient is products of matrices
@cases
def test_conv_transpose_is_that_of_lax(case, wide, monkeypatch):
    monkeypatch.setattr(sys.modules["jaxgen.layers.conv"], "WIDE", wide)
    both = jax.jit(lambda *a: [values_and_gradients(f, case, *a) for f in (ours, native)])
    trees_close(*both(*arguments(case)))


def test_no_zeros_between_pixels_are_multiplied():
    """On CPU: `test_conv_transpose_is_that_of_lax` says that the convolutions without gaps are right."""
    gaps = [CASES[0], CASES[11]]
    compiled = [jax.jit(partial(ours, case)).lower(*arguments(case)).as_text() for case in gaps]
    assert ["lhs_dilate = [2, 2]" in text for text in compiled] == [True, False]


@pytest.mark.parametrize("case", [CASES[i] for i in (0, 4, 6, 8)], ids=str)
def test_conv_transpose_layer_is_that_of_flax(case):
    x, _ = arguments(case)
    settings = {"features": case[5], "kernel_size": case[1], "strides": case[2], "padding": case[3]}
    ours, flax = ConvTranspose(**settings), nn.ConvTranspose(**settings)
    shapes = jax.eval_shape(ours.init, jax.random.key(1), x)
    assert shapes == jax.eval_shape(flax.init, jax.random.key(1), x)
    variables = jax.tree.map(lambda s: jnp.sin(jnp.arange(1.0, s.size + 1)).reshape(s.shape), shapes)

    def gradients(layer, variables, x):
        return jax.value_and_grad(lambda v, x: jnp.sum(jnp.sin(layer.apply(v, x))), (0, 1))(variables, x)

    trees_close(*jax.jit(lambda *a: [gradients(layer, *a) for layer in (ours, flax)])(variables, x))


def test_conv_transpose_layer_without_bias_and_in_bfloat16():
    x, _ = arguments(CASES[0])
    layer = ConvTranspose(2, use_bias=False, dtype=jnp.bfloat16)
    variables = layer.init(jax.random.key(0), x)
    assert jax.tree.map(lambda a: (a.shape, a.dtype), variables) == {"params": {"kernel": ((4, 4, 3, 2), jnp.float32)}}
    y = layer.apply(variables, x)
    assert (y.shape, y.dtype) == ((3, 8, 8, 2), jnp.bfloat16)
    exact = nn.ConvTranspose(2, (4, 4), (2, 2), use_bias=False).apply(variables, x)
    np.testing.assert_allclose(np.asarray(y, np.float32), exact, atol=0.03)


@pytest.mark.parametrize("case", [CASES[0], CASES[4], CASES[8]], ids=["same", "gaps", "valid"])
def test_conv_transpose_in_bfloat16(case):
    exact = jax.jit(partial(values_and_gradients, native, case))(*arguments(case))
    rough = jax.jit(partial(values_and_gradients, ours, case))(*arguments(case, dtype=jnp.bfloat16))
    assert {leaf.dtype for leaf in jax.tree.leaves(rough)} == {jnp.dtype(jnp.bfloat16)}
    for r, e in zip(jax.tree.leaves(rough), jax.tree.leaves(exact)):
        assert np.linalg.norm(np.asarray(r, np.float32) - e) < 0.05 * np.linalg.norm(e)


def steepness(f, case, wrt, x, kernel):
    """A gradient's squared norm, as in a gradient penalty."""
    return jnp.sum(jax.grad(partial(bent, f, case), wrt)(x, kernel) ** 2)


@pytest.mark.parametrize("case", [CASES[i] for i in (1, 3, 4, 8, 9)], ids=str)
def test_conv_transpose_has_the_second_derivatives_of_lax(case):
    def all_four(f, *a):
        return [jax.grad(partial(steepness, f, case, wrt), (0, 1))(*a) for wrt in (0, 1)]

    ours_, native_ = jax.jit(lambda *a: [all_four(f, *a) for f in (ours, native)])(*arguments(case, 2))
    for o, n in zip(jax.tree.leaves(ours_), jax.tree.leaves(native_)):
        assert np.abs(o - n).max() < 1e-5 * np.abs(n).max()


def test_conv_transpose_over_seeds_is_a_loop_over_seeds():
    case = CASES[1]
    x, kernel = arguments(case)
    kernels = jnp.stack([kernel, 2 * kernel])
    mapped = jax.jit(jax.vmap(partial(values_and_gradients, ours, case), (None, 0)))(x, kernels)
    looped = [values_and_gradients(native, case, x, k) for k in kernels]
    trees_close(mapped, jax.tree.map(lambda *a: jnp.stack(a), *looped))


@pytest.mark.parametrize("case", [CASES[0], CASES[9]], ids=["same", "valid"])
def test_conv_transpose_on_eight_devices_is_that_of_one(case):
    x, kernel = arguments(case, 16)
    gradient = jax.grad(partial(bent, ours, case), (0, 1))
    d_x, d_kernel = jax.grad(partial(bent, native, case), (0, 1))(x, kernel)

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
    [((8, 8), (4, 4), (2, 2)), ((7, 5), (4, 4), (2, 2)), ((5, 6), (3, 5), (1, 3)), ((4, 4), (1, 1), (2, 2))],
)
def test_patch_conv_is_flaxs_convolution(size, window, strides):
    x = jax.random.normal(jax.random.key(0), (3, *size, 2))
    ours, flax = PatchConv(5, window, strides), nn.Conv(5, window, strides)
    variables = jax.tree.map(lambda a: a + 0.1, flax.init(jax.random.key(1), x))
    assert jax.tree.structure(ours.init(jax.random.key(1), x)) == jax.tree.structure(variables)

    def gradients(layer, variables, x):
        return jax.value_and_grad(lambda v, x: jnp.sum(jnp.sin(layer.apply(v, x))), (0, 1))(variables, x)

    trees_close(*jax.jit(lambda *a: [gradients(layer, *a) for layer in (ours, flax)])(variables, x))


# ---- batch normalisation ----


def shifted(batch=16):
    """Images whose channels differ in scale (one is so flat that epsilon matters) and whose examples differ in mean, so
    that a device's own statistics are not the batch's."""
    x = jax.random.normal(jax.random.key(0), (batch, 3, 3, 4)) + jnp.linspace(-2, 2, batch)[:, None, None, None]
    return x * jnp.array([1.0, 3.0, 0.3, 2e-3]).reshape(1, 1, 1, -1) + jnp.array([0.0, 1, -2, 0]).reshape(1, 1, 1, -1)


@pytest.fixture(scope="module")
def norm():
    layer = BatchNorm(momentum=0.8, epsilon=1e-5)
    variables = layer.init(jax.random.key(1), shifted(), train=False)
    variables["params"]["BatchNorm_0"]["bias"] += jnp.arange(4.0)
    return layer, variables


def normalised(x, mean, var, variables):
    params = jax.tree.map(np.asarray, variables["params"]["BatchNorm_0"])
    return (x - mean) / np.sqrt(var + 1e-5) * params["scale"] + params["bias"]


def test_batch_norm_is_the_papers_formula(norm):
    layer, variables = norm
    x = np.asarray(shifted(), np.float64)
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    y, changed = layer.apply(variables, shifted(), train=True, mutable=["batch_stats"])
    close(y, normalised(x, mean, var, variables))
    stats = changed["batch_stats"]["BatchNorm_0"]
    close(stats["mean"], 0.8 * 0 + 0.2 * mean)
    close(stats["var"], 0.8 * 1 + 0.2 * var)


def test_batch_norm_uses_the_running_statistics_when_not_training(norm):
    layer, variables = norm
    stats = {"mean": np.float32([1, 2, 3, 4]), "var": np.float32([0.5, 1, 2, 4])}
    variables = {**variables, "batch_stats": {"BatchNorm_0": stats}}
    y, changed = layer.apply(variables, shifted(), train=False, mutable=["batch_stats"])
    close(y, normalised(np.asarray(shifted()), stats["mean"], stats["var"], variables))
    jax.tree.map(np.testing.assert_array_equal, changed["batch_stats"], variables["batch_stats"])


def test_batch_norm_on_eight_devices_is_that_of_one(norm):
    layer, variables = norm
    x, stats = shifted(), variables["batch_stats"]
    weights = jax.random.normal(jax.random.key(2), x.shape)

    def loss(params, x, weights):
        y, changed = layer.apply({"params": params, "batch_stats": stats}, x, train=True, mutable=["batch_stats"])
        return jnp.sum(weights * jnp.sin(y)), (y, changed["batch_stats"])

    @jax.jit
    @partial(on_eight, in_specs=(P(), P(parallel.AXIS), P(parallel.AXIS)), out_specs=(P(), P(parallel.AXIS), P()))
    def split(params, x, weights):
        (d_params, d_x), (y, stats) = jax.grad(loss, (0, 1), has_aux=True)(parallel.local(params), x, weights)
        return parallel.mean(d_params), (d_x, y), parallel.mean(stats)

    d_params, (d_x, y), stats_8 = split(variables["params"], x, weights)
    (d_params_1, d_x_1), (y_1, stats_1) = jax.grad(loss, (0, 1), has_aux=True)(variables["params"], x, weights)
    trees_close((y, stats_8), (y_1, stats_1))
    trees_close(jax.tree.map(lambda g: 8 * g, d_params), d_params_1, 2e-5)
    scale = jnp.abs(d_x_1).max((0, 1, 2), keepdims=True)  # the flat channel's gradients are large
    close(d_x / scale, d_x_1 / scale)


def test_batch_norm_in_bfloat16_keeps_float32_statistics():
    layer = BatchNorm(dtype=jnp.bfloat16)
    x = jax.random.uniform(jax.random.key(0), (4096, 2), jnp.bfloat16)
    variables = layer.init(jax.random.key(1), x, train=False)
    y, changed = layer.apply(variables, x, train=True, mutable=["batch_stats"])
    assert y.dtype == jnp.bfloat16
    assert {leaf.dtype for leaf in jax.tree.leaves((variables, changed))} == {jnp.dtype("float32")}
    exact = np.asarray(x, np.float64)  # a sum of 4,096 values in bfloat16 would be off by several percent
    stats = changed["batch_stats"]["BatchNorm_0"]
    close(stats["mean"], 0.1 * exact.mean(0))
    close(stats["var"], 0.9 + 0.1 * exact.var(0))


def test_batch_norm_starts_with_the_scales_of_radford():
    variables = BatchNorm().init(jax.random.key(0), jnp.zeros((1, 4096)), train=False)
    params, stats = (variables[kind]["BatchNorm_0"] for kind in ("params", "batch_stats"))
    np.testing.assert_allclose((params["scale"].mean(), params["scale"].std()), (1, 0.02), rtol=0.05)
    for leaf, value in ((params["bias"], 0), (stats["mean"], 0), (stats["var"], 1)):
        np.testing.assert_array_equal(leaf, np.full(4096, value))


# ---- spectral normalisation ----


@pytest.mark.parametrize("layer", [lambda: nn.Dense(6, use_bias=False), lambda: nn.Conv(6, (3, 3), use_bias=False)])
def test_spectral_norm_divides_by_the_largest_singular_value(layer):
    class Normed(nn.Module):
        @nn.compact
        def __call__(self, x, *, train):
            return spectral(layer(), x, train=train)

    x = jax.random.normal(jax.random.key(1), (2, 5, 5, 4))
    normed = nets.net(Normed())
    params, stats = normed.init(jax.random.key(0), x)
    first, _ = normed.apply(params, stats, x, train=True)
    for _ in range(100):
        _, stats = normed.apply(params, stats, x, train=True)
    out, _ = normed.apply(params, stats, x, train=False)
    (kernel,) = jax.tree.leaves(params)
    largest = np.linalg.svd(np.asarray(kernel, np.float64).reshape(-1, 6), compute_uv=False)[0]
    plain = layer().apply({"params": {"kernel": kernel}}, x)
    np.testing.assert_allclose(out, plain / largest, rtol=1e-4, atol=1e-5)
    assert not np.allclose(first, out, rtol=1e-4)  # one step of the power iteration is not there yet


def test_the_names_of_a_spectral_norms_variables_are_no_levels_of_a_tree():
    _, stats = nets.net(mlp.Discriminator((4,), norm="spectral")).init(jax.random.key(0), jnp.ones((2, 3)))
    assert "/" not in "".join(str(k.key) for path, _ in jax.tree.leaves_with_path(stats) for k in path)


@pytest.mark.parametrize(("rate", "share"), [(0.0, 0.0), (0.5, 0.5), (0.1, 26 / 256)])
def test_dropout_drops_its_share_and_keeps_means(rate, share):
    keys = jax.random.split(jax.random.key(0), 3)
    x = jnp.full((3, 100, 99), 2.0)
    out = np.asarray(dropout(x, keys, rate))
    np.testing.assert_allclose(np.unique(out[out != 0]), [2 / (1 - share)], rtol=1e-6)
    assert abs((out == 0).mean() - share) <= 4 * np.sqrt(share * (1 - share) / x.size)
    if rate:
        zeros = out == 0
        assert abs((zeros[0] & zeros[1]).mean() - share**2) < 4 * np.sqrt(share**2 / zeros[0].size)  # by another key
        assert abs((zeros[:, 1:] & zeros[:, :-1]).mean() - share**2) < 4 * np.sqrt(share**2 / zeros.size)
    np.testing.assert_array_equal(dropout(x[1:], keys[1:], rate), out[1:])


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_dropout_rate_is_a_share(rate):
    with pytest.raises(ValueError, match="dropout rate"):
        dropout(jnp.ones((1, 4)), jax.random.split(jax.random.key(0), 1), rate)
