"""Layers of frozen networks, for NHWC float32 on any device.

Products are of full float32 precision everywhere: where a device would round to fewer bits, scores would depend on it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

HIGHEST = lax.Precision.HIGHEST


def fold(kernel: np.ndarray, norm: Sequence[np.ndarray], epsilon: float) -> dict[str, np.ndarray]:
    """PyTorch's kernel [out, in, h, w] and the BatchNorm behind it as one convolution, made in float64.

    Args:
      kernel: of the convolution, which has no bias.
      norm: scale, shift, running mean and running variance, each [out].
      epsilon: what BatchNorm adds to the variance.

    Returns:
      {"kernel": float32 [h, w, in, out], "bias": float32 [out]}.
    """
    scale, shift, mean, variance = norm
    gain = scale.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    folded = kernel.transpose(2, 3, 1, 0) * gain
    return {"kernel": folded.astype(np.float32), "bias": (shift - mean * gain).astype(np.float32)}


def linear(v: Mapping[str, Any], x: Array, stride: int = 1, padding: Any = "SAME", groups: int = 1) -> Array:
    """A convolution with bias. One of 1x1 is a plain matrix product, which XLA's CPU does 3 % faster than as one."""
    bias = v["bias"].reshape(1, 1, 1, -1)
    if v["kernel"].shape[:2] == (1, 1) and (stride, groups) == (1, 1):
        y = jnp.matmul(x.reshape(-1, x.shape[-1]), v["kernel"][0, 0], precision=HIGHEST)
        return y.reshape(*x.shape[:3], -1) + bias
    dimensions = ("NHWC", "HWIO", "NHWC")
    y = lax.conv_general_dilated(
        x, v["kernel"], (stride, stride), padding, None, None, dimensions, groups, precision=HIGHEST
    )
    return y + bias


def conv(v: Mapping[str, Any], x: Array, stride: int = 1, padding: Any = "SAME") -> Array:
    """A convolution with bias, and ReLU."""
    return jax.nn.relu(linear(v, x, stride, padding))


def points(v: Mapping[str, Any], names: Sequence[str], x: Array, pooled: str | None = None) -> list[Array]:
    """Several 1x1 convolutions of the same input, each with ReLU, as one product.

    `pooled` is one more, which stands behind an average pool. The two are linear and a mean of biases is the bias, so
    the pool can follow, where it has fewer channels.
    """
    every = [v[name] for name in (*names, *([pooled] if pooled else []))]
    kernel = jnp.concatenate([one["kernel"] for one in every], -1)
    bias = jnp.concatenate([one["bias"] for one in every])
    y = linear({"kernel": kernel, "bias": bias}, x)
    parts = jnp.split(y, np.cumsum([one["kernel"].shape[-1] for one in every])[:-1], -1)
    if pooled:
        parts[-1] = average_pool(parts[-1])
    return [jax.nn.relu(part) for part in parts]


def average_pool(x: Array) -> Array:
    """The mean of each 3x3 neighbourhood, of its pixels inside the image only, as TensorFlow's."""
    total = lax.reduce_window(x, 0.0, lax.add, (1, 3, 3, 1), (1, 1, 1, 1), "SAME")
    ones = [np.convolve(np.ones(n), np.ones(3), "same") for n in x.shape[1:3]]
    return total * jnp.asarray(1 / np.outer(*ones), jnp.float32)[None, :, :, None]


def max_pool(x: Array, stride: int = 2, padding: str = "VALID", window: int = 3) -> Array:
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, window, window, 1), (1, stride, stride, 1), padding)
