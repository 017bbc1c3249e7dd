"""The decoder of PixelVAE (Gulrajani et al. 2016, arXiv:1611.05013, section 3.1): p(x | z) of pixels that see those
before.

z is upsampled to feature maps of the image's size, and a PixelCNN of few layers sees them everywhere: the code is left
to model what lies further apart than the PixelCNN sees. The paper concatenates the maps with the image, before the
first layer; here a 1x1 convolution of them enters each gated layer, as in gated PixelCNN (van den Oord et al. 2016,
arXiv:1606.05328, equation 5), so that masks are those of the image alone. The encoders are those of `nets.vae`.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.nets import vae
from jaxgen.nets.pixelcnn import GatedPixelCNN


class Decoder(nn.Module):
    """z [B, latent], images [B, size, size, C] in [-1, 1] -> parameters [B, size, size, out] of each pixel's
    distribution, float32, which see z and the pixels before. Without layers they see z alone: a VAE's decoder."""

    size: int
    out: int
    layers: int = 2  # of the PixelCNN
    filters: int = 32  # p of the PixelCNN, and feature maps that z is upsampled to
    width: int = 32  # channels of the largest hidden feature map in upsampling; units of two dense layers
    convolutional: bool = True  # upsampling, for the sizes of DCGAN; else dense, for any size
    first: int = 7  # side of the PixelCNN's first convolution
    head: int = 32
    groups: int = 1
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    def setup(self) -> None:
        size, maps, width = self.size, self.filters, self.width
        self.upsample = (
            vae.ConvDecoder(size, maps, width, dtype=self.dtype, raw=True)
            if self.convolutional
            else vae.Decoder(size, maps, (width, width), dtype=self.dtype, raw=True)
        )
        self.pixels = pixels(self)

    def __call__(self, z: Array, images: Array, *, train: bool) -> Array:
        return self.pixels(images, self.places(z), train=train)

    def places(self, z: Array) -> Array:
        """What z says of each pixel's place: [B, size, size, filters]."""
        return nn.relu(self.upsample(z, train=False)[0])


class _Apart(nn.Module):
    """Pixels that see no others: images, features [B, H, W, F] -> parameters [B, H, W, out]."""

    out: int
    dtype: jax.typing.DTypeLike

    @nn.compact
    def __call__(self, images: Array, places: Array, *, train: bool) -> Array:
        return nn.Dense(self.out, dtype=self.dtype)(places).astype(jnp.float32)


def pixels(net: Decoder) -> nn.Module:
    """The decoder's own net of pixels, an autoregressive net given features of each place."""
    if not net.layers:
        return _Apart(net.out, net.dtype)
    return GatedPixelCNN(
        net.out, net.filters, net.layers, net.first, head=net.head, groups=net.groups, dtype=net.dtype, located=True
    )
