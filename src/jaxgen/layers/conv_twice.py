"""A convolution whose second derivatives are fast on every backend, for critics under a gradient penalty.

The gradient of ||grad f(x)||^2 by a kernel is the kernel gradient of a *transposed* convolution, for which XLA's CPU
backend takes 10 to 20 times too long (see `conv.py`). The same number is a kernel gradient of the convolution itself
with two of its three arrays exchanged, and that is fast everywhere: here each of the convolution and its transpose by
the image has a gradient of its own that is written with the other one.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.lax import ConvDimensionNumbers

from jaxgen.layers.conv import kernel_gradient, spread, varying

Padding = str | tuple[tuple[int, int], ...]
IMAGES = ConvDimensionNumbers((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2))  # NHWC, HWIO, NHWC


def conv(
    x: Array, kernel: Array, window_strides: Sequence[int], padding: str | Sequence, *, dimension_numbers: Any, **others
) -> Array:
    """`lax.conv_general_dilated` in values and in reverse-mode gradients of any order.

    Made for Flax: `nn.Conv(64, (4, 4), (2, 2), conv_general_dilated=layers.conv)`. Convolutions with dilation, groups
    or a precision of their own are left to `lax` as they are.

    Args:
      x: [B, H, W, C].
      kernel: [h, w, C, F].
      window_strides: of the window.
      padding: "SAME", "VALID" or pairs.
      dimension_numbers: as Flax gives them.
      **others: the other arguments of `lax.conv_general_dilated`.
    """
    dilated = any(set(others.get(name) or (1,)) != {1} for name in ("lhs_dilation", "rhs_dilation"))
    if dilated or others.get("feature_group_count", 1) != 1 or others.get("precision") is not None:
        return lax.conv_general_dilated(
            x, kernel, window_strides, padding, dimension_numbers=dimension_numbers, **others
        )
    pads = padding if isinstance(padding, str) else tuple(tuple(pair) for pair in padding)
    dims = lax.conv_dimension_numbers(x.shape, kernel.shape, dimension_numbers)
    return _conv(varying(x), varying(kernel), tuple(window_strides), pads, dims)


def _plain(x: Array, kernel: Array, strides: tuple, pads: Padding, dims: ConvDimensionNumbers) -> Array:
    return lax.conv_general_dilated(x, kernel, strides, pads, dimension_numbers=dims)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _conv(x, kernel, strides, pads, dims):
    return _plain(x, kernel, strides, pads, dims)


def _conv_backward(strides, pads, dims, residuals, grad):
    x, kernel = residuals
    return _transpose(grad, kernel, x.shape, strides, pads, dims), _by_kernel(x, grad, kernel, strides, pads, dims)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4, 5))
def _transpose(grad, kernel, shape, strides, pads, dims):
    """The image's gradient, linear in the output's gradient and in the kernel.

    It is the convolution of the output's gradient, with gaps between its pixels, by the kernel turned over. Autodiff
    says that by the names of the kernel's dimensions instead, for which XLA's CPU backend takes 6 times as long where
    it is inside a loop: this is what descending by z through a D does all the time.
    """
    outputs, inputs, *window = dims.rhs_spec
    turned = jnp.flip(kernel, window).swapaxes(outputs, inputs)
    sides, spaced = [shape[i] for i in dims.lhs_spec[2:]], [grad.shape[i] for i in dims.out_spec[2:]]
    sizes = [kernel.shape[i] for i in window]
    before = [low for low, _ in _pairs(sides, sizes, strides, pads)]
    back = [
        (k - 1 - low, side + low - (s * (n - 1) + 1))  # so that the result has the image's size
        for side, n, k, s, low in zip(sides, spaced, sizes, strides, before)
    ]
    if dims == IMAGES:
        return spread(grad, turned, strides, back)
    ones = (1,) * len(window)
    turned_dims = ConvDimensionNumbers(dims.out_spec, dims.rhs_spec, dims.lhs_spec)
    return lax.conv_general_dilated(grad, turned, ones, back, lhs_dilation=strides, dimension_numbers=turned_dims)


def _pairs(sides: Sequence[int], sizes: Sequence[int], strides: Sequence[int], pads: Padding) -> Sequence:
    return lax.padtype_to_pads(sides, sizes, strides, pads) if isinstance(pads, str) else pads


def _transpose_backward(shape, strides, pads, dims, residuals, grad_grad):
    grad, kernel = residuals  # <grad_grad, transpose(grad)> = <conv(grad_grad), grad>, whose derivatives are these
    return _conv(grad_grad, kernel, strides, pads, dims), _by_kernel(grad_grad, grad, kernel, strides, pads, dims)


def _by_kernel(x, grad, kernel, strides, pads, dims):
    """The kernel's gradient, linear in the image and in the output's gradient."""
    if dims == IMAGES:
        window = kernel.shape[:2]
        return kernel_gradient(x, grad, kernel, strides, _pairs(x.shape[1:3], window, strides, pads))
    _, pull = jax.vjp(lambda k: _plain(x, k, strides, pads, dims), varying(jnp.zeros_like(kernel)))
    return pull(grad)[0]


_conv.defvjp(lambda x, kernel, *static: (_conv(x, kernel, *static), (x, kernel)), _conv_backward)
_transpose.defvjp(lambda g, kernel, *static: (_transpose(g, kernel, *static), (g, kernel)), _transpose_backward)
