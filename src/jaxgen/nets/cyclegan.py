"""The ResNet generator of CycleGAN, Zhu et al. 2017 (arXiv:1703.10593), section 7.2, after Johnson et al. 2016
(arXiv:1603.08155): an image drawn from an image of the same size.

c7s1-64, d128, d256, six or nine blocks R256, u128, u64, c7s1-3 of the paper: six blocks are for images of 128 pixels,
nine for 256. With nine, width 64 and three channels it has the published 11.38 million parameters. Instance norm
without gains and shifts and ReLU after every convolution but the last, weights from N(0, 0.02).

Readings taken, those of the authors' PyTorch code, which the published weights expect: borders are reflected before the
7x7 kernels and inside of blocks, and are zeros where the image is halved; u is a transposed convolution with padding 1
and output padding 1; nothing follows a block's sum. Its convolutions have biases, though instance norm takes them away
again: they have no gradient but rounding noise.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import ConvTranspose, InstanceNorm, reflected
from jaxgen.layers import conv as conv_twice

_weights = nn.initializers.normal(0.02)
LEAST = 8  # pixels: of a quarter of them a block's border can be reflected


def fits(height: int, width: int) -> None:
    """
    Raises:
      InputError: the net does not take images of this size.
    """
    if height % 4 or width % 4 or min(height, width) < LEAST:
        near = [max(LEAST, 4 * round(side / 4)) for side in (height, width)]
        raise InputError(
            f"a ResNet generator halves images twice: it takes sides that 4 divides, from {LEAST} pixels on, not "
            f"{height}x{width}; the nearest is {near[0]}x{near[1]}"
        )


class Generator(nn.Module):
    """Images [B, H, W, any] -> images [B, H, W, channels] in [-1, 1], float32; H and W are multiples of 4."""

    channels: int
    width: int = 64  # channels of the largest hidden feature map; the blocks have four times as many
    blocks: int = 9
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        fits(*x.shape[1:3])
        norm = InstanceNorm(dtype=self.dtype)

        def conv(x: Array, features: int, side: int, stride: int = 1) -> Array:
            """A border of zeros where the image is halved, else a reflected one."""
            layer = nn.Conv(
                features,
                (side, side),
                (stride, stride),
                padding="VALID" if stride == 1 else ((1, 1), (1, 1)),
                kernel_init=_weights,
                dtype=self.dtype,
                conv_general_dilated=conv_twice,
            )
            return layer(reflected(x, side // 2) if stride == 1 else x)

        x = nn.relu(norm(conv(x, self.width, 7)))
        for more in (2, 4):
            x = nn.relu(norm(conv(x, more * self.width, 3, 2)))
        for _ in range(self.blocks):
            y = nn.relu(norm(conv(x, 4 * self.width, 3)))
            x = x + norm(conv(y, 4 * self.width, 3))
        for fewer in (2, 1):
            up = ConvTranspose(
                fewer * self.width, (3, 3), padding=((1, 2), (1, 2)), kernel_init=_weights, dtype=self.dtype
            )
            x = nn.relu(norm(up(x)))
        return jnp.tanh(conv(x, self.channels, 7).astype(jnp.float32))
