"""Inception-v3 as FID uses it: the network of TensorFlow's `inception-2015-12-05` graph with its weights of 2015.

It is not the Inception-v3 of the classification packages: average pools count no padding, the last block takes a
maximum where the paper has an average, and there are 1,008 classes. Weights come as PyTorch's state dict of
pytorch-fid and torch-fidelity (both publish the same file).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
from jax import Array

from jaxgen.errors import InputError
from jaxgen.features import resize, weights
from jaxgen.features.features import Features
from jaxgen.features.ops import conv, fold, max_pool, points

NAME = "inception-v3-fid"
FILE = "pt_inception-2015-12-05-6726825d.pth"
DIGEST = "6726825d"  # the first digits of the file's SHA-256, as its name says
VARIABLE = "JAXGEN_INCEPTION"
SIDE = 299
EPSILON = 1e-3  # of BatchNorm

# name: channels in, channels out, kernel's height and width
STEM = {
    "Conv2d_1a_3x3": (3, 32, 3, 3),
    "Conv2d_2a_3x3": (32, 32, 3, 3),
    "Conv2d_2b_3x3": (32, 64, 3, 3),
    "Conv2d_3b_1x1": (64, 80, 1, 1),
    "Conv2d_4a_3x3": (80, 192, 3, 3),
}


def load(path: Path | str | None = None, *, resizer: str = "tf1-bilinear", other: str | None = None) -> Features:
    """ "features": the 2,048 means of the last block, before the classifier. "logits": 1,008 products with the
    classifier's weights, without its bias, as the original Inception score and torch-fidelity's "logits_unbiased".

    Args:
      path: of the weights; by default what the environment variable JAXGEN_INCEPTION says.
      resizer: a name in `resize.RESIZERS`: "tf1-bilinear" is the original's, "pil-bicubic" that of clean-fid.
      other: a name for other weights of the same network. They are then not checked, and scores take this name.

    Raises:
      InputError: there is no file, it has not the hash of the published weights and no other name, or it holds
        another network.
    """
    given = path or os.environ.get(VARIABLE)
    if not given:
        raise InputError(f"Inception-v3 needs its weights: set {VARIABLE} to the path of {FILE}")
    digest = weights.digest(given)
    if other is None and not digest.startswith(DIGEST):
        raise InputError(
            f"{given}: its SHA-256 begins with {digest[:8]}, that of {FILE} with {DIGEST}; name other weights"
        )
    if other == NAME:
        raise InputError(f"{NAME} is the name of the published weights; give others another name")
    resizing = resize.named(resizer)

    def apply(variables: Any, images: Array) -> dict[str, Array]:
        return network(variables, (resizing(images, SIDE) - 128) / 128)

    return Features(other or NAME, digest, 3, f"{resizer} {SIDE}", variables(weights.read_torch(given), given), apply)


def variables(state: Any, path: Path | str) -> dict[str, Any]:
    """A state dict as {name: {"kernel", "bias"}}, BatchNorm folded into the convolutions, and the classifier's matrix.

    Raises:
      InputError: a tensor is missing or has another shape; `path` is named.
    """
    out: dict[str, Any] = {}
    for name, (enters, leaves, height, width) in convolutions().items():
        kernel = weights.array(state, path, f"{name}.conv.weight", shape=(leaves, enters, height, width))
        norm = [
            weights.array(state, path, f"{name}.bn.{part}", shape=(leaves,))
            for part in ("weight", "bias", "running_mean", "running_var")
        ]
        home, _, leaf = name.rpartition(".")
        (out.setdefault(home, {}) if home else out)[leaf] = fold(kernel, norm, EPSILON)
    return {**out, "fc": weights.array(state, path, "fc.weight", shape=(1008, 2048)).T.copy()}


def network(v: Mapping[str, Any], x: Array) -> dict[str, Array]:
    """Images [B, 299, 299, 3] in [-1, 1] -> features [B, 2048] and logits [B, 1008]."""
    x = conv(v["Conv2d_1a_3x3"], x, 2, "VALID")
    x = conv(v["Conv2d_2a_3x3"], x, 1, "VALID")
    x = max_pool(conv(v["Conv2d_2b_3x3"], x))
    x = conv(v["Conv2d_3b_1x1"], x)
    x = max_pool(conv(v["Conv2d_4a_3x3"], x, 1, "VALID"))
    for name, block in BLOCKS.items():
        x = block(v[name], x)
    features = jnp.mean(x, (1, 2))
    return {"features": features, "logits": jnp.matmul(features, v["fc"], precision="highest")}


def _a(v: Mapping[str, Any], x: Array) -> Array:
    one, five, three, pool = points(v, ("branch1x1", "branch5x5_1", "branch3x3dbl_1"), x, pooled="branch_pool")
    three = conv(v["branch3x3dbl_3"], conv(v["branch3x3dbl_2"], three))
    return jnp.concatenate([one, conv(v["branch5x5_2"], five), three, pool], -1)


def _b(v: Mapping[str, Any], x: Array) -> Array:
    three = conv(v["branch3x3dbl_2"], conv(v["branch3x3dbl_1"], x))
    three = conv(v["branch3x3dbl_3"], three, 2, "VALID")
    return jnp.concatenate([conv(v["branch3x3"], x, 2, "VALID"), three, max_pool(x)], -1)


def _c(v: Mapping[str, Any], x: Array) -> Array:
    one, seven, twice, pool = points(v, ("branch1x1", "branch7x7_1", "branch7x7dbl_1"), x, pooled="branch_pool")
    seven = conv(v["branch7x7_3"], conv(v["branch7x7_2"], seven))
    for i in range(2, 6):
        twice = conv(v[f"branch7x7dbl_{i}"], twice)
    return jnp.concatenate([one, seven, twice, pool], -1)


def _d(v: Mapping[str, Any], x: Array) -> Array:
    three, seven = points(v, ("branch3x3_1", "branch7x7x3_1"), x)
    seven = conv(v["branch7x7x3_3"], conv(v["branch7x7x3_2"], seven))
    seven = conv(v["branch7x7x3_4"], seven, 2, "VALID")
    return jnp.concatenate([conv(v["branch3x3_2"], three, 2, "VALID"), seven, max_pool(x)], -1)


def _e(v: Mapping[str, Any], x: Array, *, maximum: bool) -> Array:
    """The last two blocks. In TensorFlow's graph the very last pools by the maximum."""
    names = ("branch1x1", "branch3x3_1", "branch3x3dbl_1")
    if maximum:
        one, three, twice = points(v, names, x)
        pool = conv(v["branch_pool"], max_pool(x, 1, "SAME"))
    else:
        one, three, twice, pool = points(v, names, x, pooled="branch_pool")
    twice = conv(v["branch3x3dbl_2"], twice)
    halves = [conv(v[f"branch3x3_2{half}"], three) for half in "ab"]
    halves += [conv(v[f"branch3x3dbl_3{half}"], twice) for half in "ab"]
    return jnp.concatenate([one, *halves, pool], -1)


def _e_average(v: Mapping[str, Any], x: Array) -> Array:
    return _e(v, x, maximum=False)


def _e_maximum(v: Mapping[str, Any], x: Array) -> Array:
    return _e(v, x, maximum=True)


BLOCKS = {
    "Mixed_5b": _a,
    "Mixed_5c": _a,
    "Mixed_5d": _a,
    "Mixed_6a": _b,
    "Mixed_6b": _c,
    "Mixed_6c": _c,
    "Mixed_6d": _c,
    "Mixed_6e": _c,
    "Mixed_7a": _d,
    "Mixed_7b": _e_average,
    "Mixed_7c": _e_maximum,
}


def convolutions() -> dict[str, tuple[int, int, int, int]]:
    """Every convolution's name in the state dict: channels in, channels out, kernel's height and width."""
    found = dict(STEM)

    def add(block: str, *rows: tuple[str, int, int, int, int]) -> None:
        found.update({f"{block}.{name}": shape for name, *shape in rows})  # type: ignore[misc]

    for block, n, pool in (("Mixed_5b", 192, 32), ("Mixed_5c", 256, 64), ("Mixed_5d", 288, 64)):
        add(
            block,
            ("branch1x1", n, 64, 1, 1),
            ("branch5x5_1", n, 48, 1, 1),
            ("branch5x5_2", 48, 64, 5, 5),
            ("branch3x3dbl_1", n, 64, 1, 1),
            ("branch3x3dbl_2", 64, 96, 3, 3),
            ("branch3x3dbl_3", 96, 96, 3, 3),
            ("branch_pool", n, pool, 1, 1),
        )
    add(
        "Mixed_6a",
        ("branch3x3", 288, 384, 3, 3),
        ("branch3x3dbl_1", 288, 64, 1, 1),
        ("branch3x3dbl_2", 64, 96, 3, 3),
        ("branch3x3dbl_3", 96, 96, 3, 3),
    )
    for block, c in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
        add(
            block,
            ("branch1x1", 768, 192, 1, 1),
            ("branch7x7_1", 768, c, 1, 1),
            ("branch7x7_2", c, c, 1, 7),
            ("branch7x7_3", c, 192, 7, 1),
            ("branch7x7dbl_1", 768, c, 1, 1),
            ("branch7x7dbl_2", c, c, 7, 1),
            ("branch7x7dbl_3", c, c, 1, 7),
            ("branch7x7dbl_4", c, c, 7, 1),
            ("branch7x7dbl_5", c, 192, 1, 7),
            ("branch_pool", 768, 192, 1, 1),
        )
    add(
        "Mixed_7a",
        ("branch3x3_1", 768, 192, 1, 1),
        ("branch3x3_2", 192, 320, 3, 3),
        ("branch7x7x3_1", 768, 192, 1, 1),
        ("branch7x7x3_2", 192, 192, 1, 7),
        ("branch7x7x3_3", 192, 192, 7, 1),
        ("branch7x7x3_4", 192, 192, 3, 3),
    )
    for block, n in (("Mixed_7b", 1280), ("Mixed_7c", 2048)):
        add(
            block,
            ("branch1x1", n, 320, 1, 1),
            ("branch3x3_1", n, 384, 1, 1),
            ("branch3x3_2a", 384, 384, 1, 3),
            ("branch3x3_2b", 384, 384, 3, 1),
            ("branch3x3dbl_1", n, 448, 1, 1),
            ("branch3x3dbl_2", 448, 384, 3, 3),
            ("branch3x3dbl_3a", 384, 384, 1, 3),
            ("branch3x3dbl_3b", 384, 384, 3, 1),
            ("branch_pool", n, 192, 1, 1),
        )
    return found
