"""Masked convolutions, van den Oord et al. 2016 (arXiv:1601.06759, section 3.4): a pixel sees those before it.

Kernels hold the rows above and a pixel's own, and no rows below: those would be masked as a whole. Where the channels
of a pixel have an order, an image's are its groups, and features are divided into as many groups, one after the other:
the paper's h features of R, G and B. At the pixel itself a group sees the groups before it (mask A) or also its own
(mask B); at all pixels before, it sees every group.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array, lax


def mask(kernel: tuple[int, ...], kind: str, groups: int = 1, parts: int = 1) -> np.ndarray:
    """What a kernel [rows, columns, in, out] may see, 1 or 0, of the same shape.

    Args:
      kernel: its shape; the last row is the pixel's own, and the pixel is in its middle.
      kind: "A" or "B".
      groups: in which the channels have an order; 1 is none.
      parts: the output is this many blocks of features that are divided into groups each.
    """
    _, columns, ins, outs = kernel
    seen = np.ones(kernel, np.float32)
    seen[-1, columns // 2 + 1 :] = 0
    before = _group(ins, groups)[:, None]
    own = np.tile(_group(outs // parts, groups), parts)[None]
    seen[-1, columns // 2] = before < own if kind == "A" else before <= own
    return seen


def _group(features: int, groups: int) -> np.ndarray:
    return np.arange(features) * groups // features


class MaskedConv(nn.Module):
    """[B, H, W, C] -> [B, H, W, features], padded with zeros."""

    features: int
    size: tuple[int, int] = (1, 1)  # rows, the last one of which is the pixel's own, and columns
    kind: str = "B"  # "A", "B", "all" of these, or "above": all, and the last row is the one above the pixel's own
    groups: int = 1
    parts: int = 1
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array) -> Array:
        rows, columns = self.size
        shape = (rows, columns, x.shape[-1], self.features)
        masked = self.kind in ("A", "B")
        seen = mask(shape, self.kind, self.groups, self.parts) if masked else np.ones(shape, np.float32)
        inputs = np.maximum(seen.sum((0, 1, 2)), 1)  # LeCun's scale, by what is seen

        def start(key: Array, shape: tuple[int, ...], dtype: jax.typing.DTypeLike) -> Array:
            return jax.random.normal(key, shape, dtype) / jnp.sqrt(inputs).reshape(1, 1, 1, -1)

        kernel = self.param("kernel", start, shape, jnp.float32) * seen
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        if not self.is_initializing():
            self.sow("masked", "kernel", kernel)  # for sampling, which applies it to rows and pixels
        above = (rows, -1) if self.kind == "above" else (rows - 1, 0)
        x, kernel = x.astype(self.dtype), kernel.astype(self.dtype)
        if self.size == (1, 1) and self.kind != "above":  # XLA's CPU backend takes a third of a convolution's time
            out = x @ kernel[0, 0]
        else:
            pads, layout = (above, (columns // 2, columns // 2)), ("NHWC", "HWIO", "NHWC")
            out = lax.conv_general_dilated(x, kernel, (1, 1), pads, dimension_numbers=layout)
        return out + bias.astype(self.dtype).reshape(1, 1, 1, -1)
