"""The generator of StackGAN's second stage, Zhang et al. 2017 (arXiv:1612.03242), section 3.4.

It sees a small image of the first stage, halves it twice, joins the sentence at every place, and after residual blocks
doubles it until it is as large as asked: kernels of 3x3 after doubling, as in the authors' code. The paper brings 64
pixels to 256, with four blocks.
"""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import BatchNorm, doubled_conv
from jaxgen.nets.dcgan import init
from jaxgen.nets.text import Told


class Generator(nn.Module):
    """Noise [B, told], vectors of sentences [B, n] and small images [B, h, h, C] -> images [B, size, size, channels] in
    [-1, 1], float32; with `moments` also the mean and the log-variance of what was drawn by, [B, told] each.

    Raises:
      InputError: the image is not 1, 2, 4, ... times as large as the small one.
    """

    size: int
    channels: int
    width: int = 32  # channels of the largest feature map of those that were halved
    blocks: int = 2
    dtype: jax.typing.DTypeLike = jnp.float32
    told: int = 128
    moments: bool = False

    @nn.compact
    def __call__(self, z: Array, sentences: Array, small: Array, *, train: bool) -> Array | tuple[Array, Array, Array]:
        side = small.shape[1]
        doublings = math.log2(self.size / (side / 4))
        if side % 4 or doublings < 2 or doublings % 1:
            raise InputError(
                f"images of {self.size} pixels are not made of those of {side}: 1, 2, 4, ... times as large"
            )
        told, drawn_by = Told(self.told, self.dtype)(sentences, z)

        def layer(x: Array, features: int, **how: object) -> Array:
            kernel = how.pop("kernel", (3, 3))
            conv = nn.Conv(features, kernel, use_bias=False, kernel_init=init("batch"), dtype=self.dtype, **how)  # type: ignore[arg-type]
            return BatchNorm(dtype=self.dtype)(conv(x), train=train)

        x = nn.relu(nn.Conv(self.width, (3, 3), kernel_init=init("batch"), dtype=self.dtype)(small))
        for features in (2 * self.width, 4 * self.width):
            x = nn.relu(layer(x, features, kernel=(4, 4), strides=(2, 2)))
        everywhere = jnp.broadcast_to(told[:, None, None], (*x.shape[:3], self.told)).astype(x.dtype)
        x = nn.relu(layer(jnp.concatenate([x, everywhere], -1), 4 * self.width))
        for _ in range(self.blocks):
            x = nn.relu(x + layer(nn.relu(layer(x, 4 * self.width)), 4 * self.width))
        for i in range(int(doublings)):
            features = max(self.width >> max(i - 1, 0), 4) if i else 2 * self.width
            x = nn.relu(layer(x, features, conv_general_dilated=doubled_conv))
        x = nn.Conv(self.channels, (3, 3), kernel_init=init("batch"), dtype=self.dtype)(x)
        images = jnp.tanh(x.astype(jnp.float32))
        return (images, *drawn_by) if self.moments and drawn_by else images
