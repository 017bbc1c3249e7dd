"""PatchGAN, Isola et al. 2017 (arXiv:1611.07004), section 6.1.2: a D that scores patches, each by itself.

Receptive fields of 70 pixels are C64-C128-C256-C512, of 34 C64-C128-C256, of 16 C64-C128, and one more layer gives the
scores; 4x4 kernels with a border of one pixel, stride 2 but for the last two layers, LeakyReLU 0.2, weights from
N(0, 0.02). With the field 70, width 64 and six channels it has the published 2.77 million parameters.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import BatchNorm, spectral
from jaxgen.layers import conv as conv_twice

FIELDS = {16: 1, 34: 2, 70: 3}  # receptive field -> layers of stride 2


class Discriminator(nn.Module):
    """Images [B, H, W, any], one or several of a size, seen together -> scores [B, h, w], float32."""

    width: int = 64  # channels of the largest hidden feature map; each smaller one has twice as many
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"  # or "spectral" (Miyato et al. 2018), or "none", which a penalty on single gradients asks for
    field: int = 70  # side in pixels of what a score sees

    @nn.compact
    def __call__(self, *images: Array, train: bool) -> Array:
        """
        Raises:
          InputError: there is no such field, or an image is too small for it.
        """
        if self.field not in FIELDS:
            raise InputError(
                f"PatchGANs have receptive fields of {', '.join(map(str, FIELDS))} pixels, not {self.field}"
            )
        n, x = FIELDS[self.field], jnp.concatenate(images, -1)
        if min(x.shape[1:3]) >> n < 3:
            raise InputError(
                f"images of {x.shape[1]}x{x.shape[2]} are too small for scores of {self.field} pixels each"
            )
        weights = nn.initializers.he_normal() if self.norm == "none" else nn.initializers.normal(0.02)
        for i in range(n + 2):
            batch, last = self.norm == "batch" and 0 < i <= n, i == n + 1
            conv = nn.Conv(
                1 if last else self.width << i,
                (4, 4),
                (2, 2) if i < n else (1, 1),
                padding=((1, 1), (1, 1)),
                use_bias=not batch,
                kernel_init=weights,
                dtype=self.dtype,
                conv_general_dilated=conv_twice,  # fast under a gradient penalty too
            )
            x = spectral(conv, x, train=train) if self.norm == "spectral" else conv(x)
            x = BatchNorm(dtype=self.dtype)(x, train=train) if batch else x
            x = x if last else nn.leaky_relu(x, 0.2)
        return x[..., 0].astype(jnp.float32)
