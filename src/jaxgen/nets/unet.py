"""The U-Net of pix2pix, Isola et al. 2017 (arXiv:1611.07004), section 6.1.1: an image drawn from an image.

Encoder C64-C128-C256-C512-C512-...: 4x4 convolutions of stride 2 until one pixel is left, LeakyReLU 0.2. Decoder: the
same in a mirror with transposed convolutions, ReLU, and dropout of one half in its first three layers, the only noise
that there is; each layer also sees the encoder's features of its size. At 256 pixels, width 64 and three channels it
has the published 54.41 million parameters. Weights are from N(0, 0.02), those that scale from N(1, 0.02).

Readings taken: what is skipped are the activated features, after LeakyReLU (in the authors' PyTorch code the activation
is in place; the published weights expect that); no BatchNorm on the first layer nor on the one pixel in the middle,
where a batch of one would lose everything; dropout in the first three layers as in the paper and the Torch code (the
PyTorch code: in the second to the fourth). Layers before BatchNorm have no bias, nor have the first and the middle one.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import BatchNorm, ConvTranspose, dropout
from jaxgen.layers import conv as conv_twice

_weights = nn.initializers.normal(0.02)


def stages(size: int) -> int:
    """Halvings of an image down to one pixel.

    Raises:
      InputError: the net does not take images of this size.
    """
    if size < 16 or size & (size - 1):
        raise InputError(f"a U-Net takes images of 16, 32, 64, ... pixels a side, not {size}: --size resizes the data")
    return int(math.log2(size))


class Generator(nn.Module):
    """Images [B, size, size, any] -> images [B, size, size, channels] in [-1, 1], float32.

    With a `depth` its sides are any multiples of 2^depth: as the paper says, it can be applied to larger images than
    those that it was trained on.
    """

    channels: int
    width: int = 64  # channels of the largest hidden feature map; each smaller one has twice as many, 8 widths at most
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32
    depth: int | None = None  # halvings; None is down to one pixel

    @nn.compact
    def __call__(self, x: Array, keys: Array | None = None, *, train: bool) -> Array:
        """`keys` [B] are for the dropout, in training and, as the paper has it, in drawing too; None is without.

        Raises:
          InputError: it does not take such sides.
        """
        n = self.depth or stages(x.shape[1])
        if any(side % 2**n for side in x.shape[1:3]):
            raise InputError(f"a U-Net of {n} halvings takes multiples of {2**n} pixels, not {x.shape[2]}x{x.shape[1]}")
        widths = [self.width * min(2**i, 8) for i in range(n)]
        norm = partial(BatchNorm, dtype=self.dtype)
        skips = []
        for i, width in enumerate(widths):
            x = nn.Conv(
                width,
                (4, 4),
                (2, 2),
                use_bias=False,
                kernel_init=_weights,
                dtype=self.dtype,
                conv_general_dilated=conv_twice,
            )(x)
            x = norm()(x, train=train) if 0 < i < n - 1 else x
            x = nn.leaky_relu(x, 0.2)
            skips.append(x)
        for i in reversed(range(n)):
            x = nn.relu(x if i == n - 1 else jnp.concatenate([x, skips[i]], -1))
            features, last = (widths[i - 1], False) if i else (self.channels, True)
            x = ConvTranspose(features, use_bias=last, kernel_init=_weights, dtype=self.dtype)(x)
            if not last:
                x = norm()(x, train=train)
                if i >= n - 3 and keys is not None:
                    x = dropout(x, jax.vmap(lambda key, i=i: jax.random.fold_in(key, i))(keys), 0.5)
        return jnp.tanh(x.astype(jnp.float32))
