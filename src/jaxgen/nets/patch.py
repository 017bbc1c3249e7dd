"""PatchGAN, Isola et al. 2017 (arXiv:1611.07004), section 6.1.2: a D that scores patches, each by itself.

Receptive fields of 70 pixels are C64-C128-C256-C512, of 34 C64-C128-C256, of 16 C64-C128, of 286, which is all of an
image of 256, C64-C128-C256-C512-C512-C512 (and of 142 the same with one less), and one more layer gives the scores; 4x4
kernels with a border of one pixel, stride 2 but for the last two layers, LeakyReLU 0.2, weights from N(0, 0.02). With
the field 70, width 64 and six channels it has the published 2.77 million parameters. CycleGAN's D (Zhu et al. 2017,
arXiv:1703.10593, section 7.2) has instance norm where this has BatchNorm, and biases there.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import BatchNorm, InstanceNorm, spectral
from jaxgen.layers import conv as conv_twice

FIELDS = {16: 1, 34: 2, 70: 3, 142: 4, 286: 5}  # receptive field -> layers of stride 2


def covering(size: int) -> int:
    """The smallest receptive field that has all of an image of `size` pixels in it, for `Discriminator.field`: 286 for
    256 pixels, as the paper's. Its scores have their middles at different places of the image.

    Raises:
      InputError: no field is that large.
    """
    found = [field for field in FIELDS if field >= size]
    if not found:
        raise InputError(f"no PatchGAN here sees all of {size} pixels: the largest field is {max(FIELDS)}")
    return min(found)


class Discriminator(nn.Module):
    """Images [B, H, W, any], one or several of a size, seen together -> scores [B, h, w], float32."""

    width: int = 64  # channels of the largest hidden feature map; each smaller one has twice as many, 8 widths at most
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"  # "instance", "spectral" (Miyato et al. 2018), or "none", which penalties on gradients ask for
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
            instance = self.norm == "instance" and 0 < i <= n
            conv = nn.Conv(
                1 if last else self.width * min(1 << i, 8),
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
            x = InstanceNorm(dtype=self.dtype)(x) if instance else x
            x = x if last else nn.leaky_relu(x, 0.2)
        return x[..., 0].astype(jnp.float32)
