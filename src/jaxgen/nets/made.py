"""MADE, Germain et al. 2015 (arXiv:1502.03509): a dense autoencoder masked into an autoregressive net.

Pixels come in raster order, and where they have several steps the channels of one in their own; the first has degree 1.
A hidden unit of degree k sees inputs up to degree k, and an output those below its own (eqs. 12 and 13), beside direct
connections from the inputs (section 4.1). Without hidden layers this is the fully visible belief net whose conditionals
are logistic regressions: Frey 1998, "Graphical models for machine learning and digital communication".

The paper draws the hidden units' degrees at random; here they are spread evenly and in order, so that a unit is known
as soon as the pixels up to its degree are, which sampling makes use of (`sampling.cached_made`). The order of the
pixels and the masks stay the same: the paper's training on several orders and masks (sections 4.2 and 4.3) is absent.
"""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jax import Array


def degrees(most: int, width: int) -> np.ndarray:
    """Degrees of a hidden layer's units, from 1 to `most` - 1 and never falling, [width]."""
    return 1 + np.arange(width) * (most - 1) // width


def masks(most: int, alike: int, widths: tuple[int, ...], each: int) -> list[np.ndarray]:
    """What each layer sees, bool [from, to]: the hidden layers', the output's from the last of them, and that of the
    direct connections. Degrees go from 1 to `most`; `alike` inputs and `each` outputs share one."""
    order = np.arange(1, most + 1)
    inputs, outputs = np.repeat(order, alike), np.repeat(order, each)
    layers = [inputs, *(degrees(most, width) for width in widths)]
    hidden = [below[:, None] <= above for below, above in pairwise(layers)]
    return [*hidden, layers[-1][:, None] < outputs, inputs[:, None] < outputs]


class _Masked(nn.Module):
    """A dense layer [B, from] -> [B, to] whose kernel is multiplied by a mask [from, to]."""

    bias: bool = True
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array, mask: np.ndarray) -> Array:
        kernel = self.param("kernel", nn.initializers.lecun_normal(), mask.shape)
        y = x.astype(self.dtype) @ (kernel * mask).astype(self.dtype)
        if self.bias:
            y = y + self.param("bias", nn.initializers.zeros, mask.shape[1:])[None].astype(self.dtype)
        return y


class MADE(nn.Module):
    """Images [B, H, W, C] in [-1, 1] -> parameters [B, H, W, out] of each pixel's distribution, float32.

    With one step, all of a pixel's numbers see the pixels before it. With C of them they are shared out among its
    channels, and a channel's also see the channels before: as `pixels.Pixels.steps` says of a family.

    Raises:
      ValueError: the steps are neither 1 nor C, or do not divide `out`.
    """

    out: int = 1
    widths: tuple[int, ...] = (500, 500)  # units of the hidden layers; none for a fully visible belief net
    steps: int = 1
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    def masks(self, shape: tuple[int, ...]) -> list[np.ndarray]:
        """`masks` for images of a shape H, W, C."""
        height, width, channels = shape
        if self.steps not in (1, channels) or self.out % self.steps:
            raise ValueError(f"{self.out} numbers for a pixel of {channels} channels cannot come in {self.steps} steps")
        return masks(height * width * self.steps, channels // self.steps, self.widths, self.out // self.steps)

    @nn.compact
    def __call__(self, images: Array, *, train: bool = False) -> Array:
        *hidden, last, direct = self.masks(images.shape[1:])
        x = images.reshape(len(images), -1)
        y = _Masked(dtype=self.dtype, name="direct")(x, direct)
        if self.widths:
            h = x
            for i, mask in enumerate(hidden):
                h = nn.relu(_Masked(dtype=self.dtype, name=f"hidden_{i}")(h, mask))
            y = y + _Masked(bias=False, dtype=self.dtype, name="out")(h, last)
        return y.astype(jnp.float32).reshape(*images.shape[:-1], self.out)
