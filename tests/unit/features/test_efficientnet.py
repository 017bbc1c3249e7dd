"""EfficientNet-Lite0: what is known of it without its weights. tests/parity compares the true network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.features import efficientnet, weights


@pytest.fixture(scope="module")
def state():
    """A state dict of the right shapes: no gain, so that every bias is that of its BatchNorm."""
    out = {}

    def add(kernel, norm, *shape):
        out[f"{kernel}.weight"] = np.zeros(shape, np.float32)
        for part, value in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
            out[f"{norm}.{part}"] = np.full(shape[0], value, np.float32)

    add("_conv_stem", "_bn0", 32, 3, 3, 3)
    for i, (kernel, _, expansion, enters, leaves) in enumerate(efficientnet.blocks()):
        home, wide = f"_blocks.{i}.", enters * expansion
        if expansion > 1:
            add(f"{home}_expand_conv", f"{home}_bn0", wide, enters, 1, 1)
        add(f"{home}_depthwise_conv", f"{home}_bn1", wide, 1, kernel, kernel)
        add(f"{home}_project_conv", f"{home}_bn2", leaves, wide, 1, 1)
    add("_conv_head", "_bn1", 1280, 320, 1, 1)
    return out | {"_fc.weight": np.ones((1000, 1280), np.float32), "_fc.bias": np.arange(1000, dtype=np.float32)}


def test_it_has_the_published_parameters(state):
    """4,652,008: TensorFlow's table of the lite models says 4.7 million."""
    assert sum(x.size for name, x in state.items() if "running" not in name) == 4_652_008
    assert len(efficientnet.blocks()) == 16


def test_a_network_of_biases_by_hand(state):
    """All kernels are zero, so the head's BatchNorm alone decides: its shift, cut off at 0 and at 6 by ReLU6."""
    shift = np.linspace(-4, 12, 1280, dtype=np.float32)
    variables = efficientnet.variables(state | {"_bn1.bias": shift}, "x")
    found = jax.jit(efficientnet.network)(variables, jnp.zeros((2, 32, 32, 3)))
    features = np.clip(shift, 0, 6)
    np.testing.assert_allclose(found["features"], np.stack([features] * 2), rtol=1e-6)
    np.testing.assert_allclose(found["logits"][1], features.sum() + np.arange(1000), rtol=1e-5)


def test_bad_input(state, monkeypatch, tmp_path):
    with pytest.raises(InputError, match=r"_blocks\.3\._depthwise_conv\.weight is missing, not \(144, 1, 5, 5\)"):
        efficientnet.variables({k: v for k, v in state.items() if k != "_blocks.3._depthwise_conv.weight"}, "x")
    with pytest.raises(InputError, match="no resizer is called 'area'"):
        efficientnet.load(resizer="area")
    path = tmp_path / "x.pth"
    path.write_bytes(b"other")
    monkeypatch.setattr(weights, "packaged", lambda *_: path)
    with pytest.raises(InputError, match="that of the known weights with 57934424"):
        efficientnet.load()
