"""Inception-v3: what of it can be known without its weights or PyTorch. tests/parity compares the whole network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.features import inception, ops, resize, weights

RANDOM = np.random.default_rng(0)


def random(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def by_hand(kernel, x, pad=0, stride=1):
    """The correlation's definition: PyTorch's kernel [out, in, h, w] on x [B, H, W, in], in float64."""
    x = np.pad(x.astype(np.float64), ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], (1, 2))[:, ::stride, ::stride]
    return np.einsum("bhwcij,ocij->bhwo", windows, kernel)


@pytest.mark.parametrize(("stride", "padding", "pad"), [(1, "SAME", 1), (2, "VALID", 0)])
def test_batchnorm_is_folded_exactly(stride, padding, pad):
    kernel, x = random(5, 4, 3, 3), random(2, 9, 9, 4)
    scale, shift, mean, variance = random(5), random(5), random(5), np.exp(random(5))
    expected = (by_hand(kernel, x, pad, stride) - mean) / np.sqrt(variance + 1e-3) * scale + shift
    folded = ops.fold(kernel, (scale, shift, mean, variance), 1e-3)
    np.testing.assert_allclose(ops.linear(folded, x, stride, padding), expected, atol=1e-5)
    np.testing.assert_allclose(ops.conv(folded, x, stride, padding), np.maximum(expected, 0), atol=1e-5)


def test_the_average_pool_counts_no_padding():
    x = random(2, 5, 7, 3)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    np.testing.assert_allclose(ops.average_pool(x), np.nanmean(windows, (-1, -2)), atol=1e-6)
    np.testing.assert_allclose(ops.average_pool(np.full((1, 4, 4, 1), 3.0, np.float32)), 3, rtol=1e-6)


def test_products_of_one_input_and_the_pool_behind_them():
    """The pool stands before its convolution in the network's definition, and behind it here."""
    x = random(2, 6, 6, 4)
    v = {name: {"kernel": random(1, 1, 4, n), "bias": random(n)} for name, n in (("a", 3), ("b", 2), ("pool", 5))}

    def alone(name, x):
        return np.maximum(x @ v[name]["kernel"][0, 0] + v[name]["bias"], 0)

    a, b, pool = ops.points(v, ("a", "b"), x, pooled="pool")
    np.testing.assert_allclose(a, alone("a", x), atol=1e-5)
    np.testing.assert_allclose(b, alone("b", x), atol=1e-5)
    np.testing.assert_allclose(pool, alone("pool", np.asarray(ops.average_pool(x))), atol=1e-5)


def test_a_batch_split_over_devices_stays_split():
    """No device needs another's images, so the compiled program holds no communication."""
    mesh = jax.sharding.Mesh(np.array(jax.devices()), ("batch",))
    split = jax.NamedSharding(mesh, jax.P("batch"))
    x = random(16, 12, 12, 3)
    v = {name: {"kernel": random(1, 1, 3, 4), "bias": random(4)} for name in "ab"}
    three = {"kernel": random(3, 3, 4, 5), "bias": random(5)}

    def apply(x):
        a, b = ops.points(v, ("a",), resize.pil_bicubic(resize.tf1_bilinear(x, 9), 7), pooled="b")
        return ops.max_pool(ops.conv(three, a)), b

    compiled = jax.jit(apply).lower(jax.device_put(x, split)).compile()
    assert not any(word in compiled.as_text() for word in ("all-gather", "all-reduce", "all-to-all", "permute-start"))
    for found, expected in zip(compiled(jax.device_put(x, split)), apply(x)):
        assert found.sharding.is_equivalent_to(split, 4)
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.fixture(scope="module")
def state():
    """A state dict of the whole network; only shapes and the classifier are looked at."""
    out = {}
    for name, (enters, leaves, height, width) in inception.convolutions().items():
        out[f"{name}.conv.weight"] = np.zeros((leaves, enters, height, width), np.float32)
        out |= {f"{name}.bn.{part}": np.zeros(leaves, np.float32) for part in ("weight", "bias", "running_mean")}
        out[f"{name}.bn.running_var"] = np.ones(leaves, np.float32)
    return out | {"fc.weight": random(1008, 2048), "fc.bias": random(1008)}


def test_it_is_inception_v3(state):
    """23.9 million parameters: torchvision's 27,161,264 less its auxiliary classifier's 3,326,696 and with 1,008
    classes for 1,000 (8 x 2049 more)."""
    learned = [x.size for name, x in state.items() if "running" not in name]
    assert sum(learned) == 27_161_264 - 3_326_696 + 8 * 2049


@pytest.mark.parametrize("size", [(32, 32), (40, 64), (299, 299)])
def test_shapes_for_any_size_of_image(state, size):
    variables = inception.variables(state, "x")

    def apply(images):
        return inception.network(variables, resize.tf1_bilinear(images, 299))

    found = jax.eval_shape(apply, jax.ShapeDtypeStruct((2, *size, 3), jnp.uint8))
    assert {name: (x.shape, x.dtype) for name, x in found.items()} == {
        "features": ((2, 2048), jnp.float32),
        "logits": ((2, 1008), jnp.float32),
    }


def test_other_networks_are_refused(state):
    with pytest.raises(InputError, match=r"x: .*Mixed_7c\.branch_pool\.conv\.weight is missing"):
        inception.variables({k: v for k, v in state.items() if k != "Mixed_7c.branch_pool.conv.weight"}, "x")
    with pytest.raises(InputError, match=r"fc\.weight is \(1000, 2048\), not \(1008, 2048\)"):
        inception.variables(state | {"fc.weight": np.zeros((1000, 2048), np.float32)}, "x")


def test_the_name_of_fid_is_only_for_its_weights(state, tmp_path, monkeypatch):
    path = tmp_path / inception.FILE
    path.write_bytes(b"not the published ones")
    with pytest.raises(InputError, match=r"SHA-256 begins with [0-9a-f]{8}, that of .* with 6726825d"):
        inception.load(path)
    with pytest.raises(InputError, match="give others another name"):
        inception.load(path, other="inception-v3-fid")
    monkeypatch.setattr(weights, "read_torch", lambda path: state)  # the true file is 91 MB
    given = inception.load(path, other="inception-v3-mine", resizer="pil-bicubic")
    assert given[:4] == ("inception-v3-mine", weights.digest(path), 3, "pil-bicubic 299")
    monkeypatch.setattr(weights, "digest", lambda path: "6726825d" + "0" * 56)
    monkeypatch.setenv("JAXGEN_INCEPTION", str(path))
    assert inception.load().name == "inception-v3-fid"
    assert inception.load().resize == "tf1-bilinear 299"


def test_weights_must_be_given(monkeypatch, tmp_path):
    monkeypatch.delenv("JAXGEN_INCEPTION", raising=False)
    with pytest.raises(InputError, match="set JAXGEN_INCEPTION"):
        inception.load()
    with pytest.raises(InputError, match="No such file"):
        inception.load(tmp_path / "x.pth")
