"""Transposed convolution with gradients that are fast on every backend.

XLA's CPU backend takes 50 to 100 times too long for the kernel gradient that autodiff derives for
`lax.conv_transpose` (a convolution dilated on both sides). The same numbers are the kernel gradient of the *forward*
strided convolution that this one transposes, and that is fast everywhere. It also multiplies the zeros between an
image's pixels, which `spread` leaves out there.
"""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.linen.dtypes import promote_dtype
from jax import Array, lax

from jaxgen import parallel

_LAYOUT = ("NHWC", "HWIO", "NHWC")
Pair = tuple[int, int]
WIDE = 80  # channels and features from which a kernel's gradient is products of matrices


def spread(x: Array, kernel: Array, strides: Sequence[int], pads: Sequence[Pair]) -> Array:
    """A convolution of images with gaps of `strides` - 1 zeros between their pixels (`lhs_dilation`).

    Of a kernel, an output pixel meets only every stride-th row and column that lies on a pixel: all outputs at the same
    place between pixels are a small convolution without gaps. On CPU, with enough features to fill its vectors, that
    takes 0.4 to 0.95 of the time (benchmarks/NOTES.md); elsewhere the compiler is left to it.

    Args:
      x: [B, H, W, C].
      kernel: [h, w, C, F].
      strides: of height and of width.
      pads: of both, around the image with its gaps.
    """
    outs = [(n - 1) * s + 1 + sum(pad) - k + 1 for n, s, pad, k in zip(x.shape[1:3], strides, pads, kernel.shape)]
    whole = all(out % s == 0 and k >= s for out, s, k in zip(outs, strides, kernel.shape))
    if jax.default_backend() != "cpu" or max(strides) == 1 or not whole or kernel.shape[-1] < 16:
        return lax.conv_general_dilated(x, kernel, (1, 1), pads, lhs_dilation=tuple(strides), dimension_numbers=_LAYOUT)

    def between(row: int, column: int) -> Array:
        """[B, H', W', F]: the outputs of this remainder by the strides."""
        window, around = [], []
        for place, n, s, (low, _), k, out in zip((row, column), x.shape[1:3], strides, pads, kernel.shape, outs):
            first = (low - place) % s  # of the kernel's rows the first that meets a pixel
            before, count = (low - place - first) // s, len(range(first, k, s))
            window.append(slice(first, None, s))
            around.append((before, out // s + count - 1 - n - before))
        return lax.conv_general_dilated(x, kernel[*window], (1, 1), around, dimension_numbers=_LAYOUT)

    rows = [jnp.stack([between(i, j) for j in range(strides[1])], 3) for i in range(strides[0])]
    return jnp.stack(rows, 2).reshape(len(x), *outs, kernel.shape[-1])


def kernel_gradient(x: Array, grad: Array, kernel: Array, strides: Sequence[int], pads: Sequence[Pair]) -> Array:
    """The gradient of a convolution of images by its kernel, linear in the image and in the output's gradient.

    On CPU, from `WIDE` channels and features on, it is a product of matrices for each place of the kernel, which took
    0.2 to 0.8 of the time on the machine where it was measured (benchmarks/NOTES.md). Elsewhere the compiler is left to
    it.

    Args:
      x: [B, H, W, C].
      grad: of the output, [B, H', W', F].
      kernel: [h, w, C, F], of which only the shape matters.
      strides: of height and of width.
      pads: of both.
    """
    h, w, channels, features = kernel.shape
    if jax.default_backend() != "cpu" or min(channels, features) < WIDE or min(map(min, pads)) < 0:

        def plain(k: Array) -> Array:
            return lax.conv_general_dilated(x, k, strides, pads, dimension_numbers=_LAYOUT)

        return jax.vjp(plain, varying(jnp.zeros_like(kernel)))[1](grad)[0]
    if features < channels and max(strides) == 1:  # the other way round, since the first array is copied for each place
        back = [(k - 1 - low, k - 1 - high) for k, (low, high) in zip((h, w), pads)]
        return kernel_gradient(grad, x, kernel.swapaxes(2, 3), strides, back).swapaxes(2, 3)[::-1, ::-1]
    x, (down, across) = jnp.pad(x, ((0, 0), *pads, (0, 0))), strides
    rows, columns = ((n - 1) * s + 1 for n, s in zip(grad.shape[1:3], strides))
    flat = grad.reshape(-1, features)

    def place(i: int, j: int) -> Array:
        return x[:, i : i + rows : down, j : j + columns : across].reshape(-1, channels).T @ flat

    return jnp.stack([jnp.stack([place(i, j) for j in range(w)]) for i in range(h)])


def varying(x: Array) -> Array:
    """The same, varying over the devices that a batch is split over; elsewhere the identity.

    `jax.shard_map` wants all arguments of what has gradients of its own to vary alike, and sums by itself the gradients
    of what is the same everywhere. A zero of the device's own says it in every version of jax, and under pmap; one of
    the other argument's would make a kernel differ by example under `jax.vmap`, and the convolution one of groups.
    """
    if parallel.devices() is None:
        return x
    return x + jnp.where(False, parallel.first(1), 0).astype(x.dtype)


def conv_transpose(x: Array, kernel: Array, strides: tuple[int, int], padding: str | tuple[Pair, Pair]) -> Array:
    """`jax.lax.conv_transpose` in values and in reverse-mode gradients of any order.

    Args:
      x: [B, H, W, C].
      kernel: [h, w, C, F].
      strides: the factors by which height and width grow.
      padding: "SAME" (to H times stride) or "VALID", or pairs for height and width, around the image with its gaps.
        PyTorch's `padding=p, output_padding=q` is (k - 1 - p, k - 1 - p + q), and its kernels are turned over: a 3x3
        kernel of stride 2 with p = q = 1 has ((1, 2), (1, 2)), where "SAME" is ((2, 1), (2, 1)).

    Returns:
      [B, H', W', F].
    """
    return _conv_transpose(varying(x), varying(kernel), strides, padding)


@partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _conv_transpose(x, kernel, strides, padding):
    return spread(x, kernel, strides, _gaps(kernel.shape[:2], strides, padding))


def _forward(x, kernel, strides, padding):
    return _conv_transpose(x, kernel, strides, padding), (x, kernel)


def _backward(strides, padding, residuals, grad):
    x, kernel = residuals
    # conv_transpose is linear in x, and what maps its output back is a strided convolution with the kernel flipped and
    # its channels exchanged; seen from there, x's part is played by that convolution's output gradient.
    flipped = kernel[::-1, ::-1].swapaxes(2, 3)
    pads = _pads(kernel.shape[:2], strides, padding)
    d_x = lax.conv_general_dilated(grad, flipped, strides, pads, dimension_numbers=_LAYOUT)
    d_flipped = kernel_gradient(grad, x, flipped, strides, pads)
    return d_x, d_flipped.swapaxes(2, 3)[::-1, ::-1]


def _gaps(window: Sequence[int], strides: Sequence[int], padding: str | tuple[Pair, Pair]) -> Sequence[Pair]:
    """`lax.conv_transpose`'s padding of the image with its gaps: (before, total - before), to exactly H times s."""
    if not isinstance(padding, str):
        return padding
    pads = []
    for k, s in zip(window, strides):
        if padding == "SAME":
            total = k + s - 2
            before = k - 1 if s > k - 1 else -(-total // 2)
        else:
            total = k + s - 2 + max(k - s, 0)
            before = k - 1
        pads.append((before, total - before))
    return pads


def _pads(window: Sequence[int], strides: Sequence[int], padding: str | tuple[Pair, Pair]) -> list[Pair]:
    """The strided convolution's padding under which `lax.conv_transpose` is its transpose."""
    return [(k - 1 - low, k - 1 - high) for k, (low, high) in zip(window, _gaps(window, strides, padding))]


_conv_transpose.defvjp(_forward, _backward)


class ConvTranspose(nn.Module):
    """`flax.linen.ConvTranspose` for images, with the fast gradient: [B, H, W, C] -> [B, H', W', features]."""

    features: int
    kernel_size: tuple[int, int] = (4, 4)
    strides: tuple[int, int] = (2, 2)
    padding: str | tuple[Pair, Pair] = "SAME"  # as of `conv_transpose`
    use_bias: bool = True
    dtype: jax.typing.DTypeLike | None = None
    kernel_init: Callable = nn.initializers.lecun_normal()

    @nn.compact
    def __call__(self, x: Array) -> Array:
        kernel = self.param("kernel", self.kernel_init, (*self.kernel_size, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros, (self.features,)) if self.use_bias else None
        x, kernel, bias = promote_dtype(x, kernel, bias, dtype=self.dtype)
        y = conv_transpose(x, kernel, self.strides, self.padding)
        return y if bias is None else y + bias.reshape(1, 1, 1, -1)


class PatchConv(nn.Module):
    """`flax.linen.Conv` for images with SAME padding, as one matrix product over the image's patches.

    Its gradients are products too, which XLA's CPU backend runs inside loops as fast as outside of them (those of a
    convolution take 20 to 150 times as long there). That is what climbing an image in a loop of steps needs.
    """

    features: int
    kernel_size: tuple[int, int] = (4, 4)
    strides: tuple[int, int] = (2, 2)
    use_bias: bool = True
    dtype: jax.typing.DTypeLike | None = None
    kernel_init: Callable = nn.initializers.lecun_normal()

    @nn.compact
    def __call__(self, x: Array) -> Array:
        """[B, H, W, C] -> [B, ceil(H / stride), ceil(W / stride), features]."""
        kernel = self.param("kernel", self.kernel_init, (*self.kernel_size, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros, (self.features,)) if self.use_bias else None
        x, kernel, bias = promote_dtype(x, kernel, bias, dtype=self.dtype)
        (height, width), (h, w), (down, across) = x.shape[1:3], self.kernel_size, self.strides
        rows, columns = -(-height // down), -(-width // across)
        x = jnp.pad(x, ((0, 0), _same(height, h, down), _same(width, w, across), (0, 0)))
        last = (rows - 1) * down + 1, (columns - 1) * across + 1
        patches = [x[:, i : i + last[0] : down, j : j + last[1] : across] for i in range(h) for j in range(w)]
        y = jnp.concatenate(patches, -1) @ kernel.reshape(-1, self.features)
        return y if bias is None else y + bias.reshape(1, 1, 1, -1)


def _same(size: int, window: int, stride: int) -> tuple[int, int]:
    """SAME padding: the smaller half comes first."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2
