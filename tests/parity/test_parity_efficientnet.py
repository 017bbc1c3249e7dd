"""EfficientNet-Lite0 with its true weights against PyTorch's layers, put together from the paper's table."""

import jax
import numpy as np
import pytest
from PIL import Image

from jaxgen.features import efficientnet, weights

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")
F = torch.nn.functional
# The kernels and strides of the sixteen blocks, as in TensorFlow's efficientnet_lite_builder.
KERNELS = [3, 3, 3, 5, 5, 3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 3]
STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]


def same(x, kernel, stride):
    """TensorFlow's padding: out = ceil(in / stride), the odd pixel at the end."""
    side = x.shape[-1]
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return F.pad(x, [total // 2, total - total // 2] * 2)


def reference(state, x):
    def layer(x, conv, norm, kernel=1, stride=1, groups=1):
        x = F.conv2d(same(x, kernel, stride), state[f"{conv}.weight"], stride=stride, groups=groups)
        mean, variance, scale, shift = (state[f"{norm}.{s}"] for s in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, mean, variance, scale, shift, eps=1e-3)

    x = F.relu6(layer(x, "_conv_stem", "_bn0", 3, 2))
    for i, (kernel, stride) in enumerate(zip(KERNELS, STRIDES)):
        y, home = x, f"_blocks.{i}."
        if f"{home}_expand_conv.weight" in state:
            y = F.relu6(layer(y, f"{home}_expand_conv", f"{home}_bn0"))
        y = F.relu6(layer(y, f"{home}_depthwise_conv", f"{home}_bn1", kernel, stride, y.shape[1]))
        y = layer(y, f"{home}_project_conv", f"{home}_bn2")
        x = x + y if x.shape == y.shape else y
    features = F.relu6(layer(x, "_conv_head", "_bn1")).mean((2, 3))
    return features, F.linear(features, state["_fc.weight"], state["_fc.bias"])


def test_efficientnet_is_pytorchs():
    ours = efficientnet.load()
    state = torch.load(weights.packaged(efficientnet.PACKAGE, efficientnet.FILE), weights_only=True)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)  # of 224, so that nothing is resized
    images[1] = np.linspace(0, 255, 224, dtype=np.uint8)[:, None, None]
    images[2] //= 8
    found = jax.jit(ours.apply)(ours.variables, images)
    with torch.no_grad():
        expected = reference(state, (torch.tensor(images).permute(0, 3, 1, 2).float() - 127) / 128)
    for name, other in zip(("features", "logits"), expected):
        assert other.std() > 0.1
        np.testing.assert_allclose(found[name], other.numpy(), atol=1e-4)


def test_it_sees_birds_in_pictures_of_birds(shared):
    """At least four of five; of guesses, one of seventeen would be a bird."""
    birds = {*range(7, 25), *range(80, 101), *range(127, 147)}  # of ImageNet's classes
    files = sorted((shared / "birds" / "images").rglob("*.jpg"))[::25]
    assert len(files) > 10
    opened = [Image.open(file).convert("RGB").resize((320, 300)) for file in files]
    ours = efficientnet.load()
    found = jax.jit(ours.apply)(ours.variables, np.stack([np.asarray(image) for image in opened]))["logits"].argmax(1)
    assert np.mean([int(k) in birds for k in found]) > 0.8
