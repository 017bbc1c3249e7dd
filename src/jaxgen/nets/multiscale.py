"""Multi-scale PixelRNN (van den Oord et al. 2016, arXiv:1601.06759, section 3.6), with gated PixelCNNs as its nets.

A net models the smallest image, every factor^(scales - 1)-th pixel of every so many-th row. Conditional ones then make
images `factor` times as large of it: in each layer the small image, upsampled to features at every pixel, is added by
an unmasked 1x1 convolution (section 3.6; arXiv:1606.05328, equation 5, is the same for gated layers).

The paper subsamples without saying which pixels, and lets the large image be "generated as usual". Here the small
image's pixels are those at the top left of squares of factor x factor, and are not drawn again: the large image has
them. So p(image) = p(small) p(other pixels | small) is a likelihood of the whole image, its probabilities sum to 1, and
the nets are one: the parameters of a pixel come from the net of the smallest scale that has it.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.nets.pixelcnn import GatedPixelCNN


class MultiScale(nn.Module):
    """Images [B, H, W, C] in [-1, 1] -> parameters [B, H, W, out]: of a pixel of the smallest scale they see the pixels
    before it at that scale; of another, all of the scales below and those before it at its own.

    The order is that of scales, and the raster's only within one: draw with `sampling.ancestral.cached`. H and W need
    not divide by the factor.
    """

    out: int
    width: int = 32
    layers: int = 8
    scales: int = 2
    factor: int = 2  # between a scale and the next
    first: int = 7
    kernel: int = 3
    head: int = 32
    groups: int = 1
    classes: int = 0
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.nowrap
    def step(self, scale: int) -> int:
        """Pixels of the image from one to the next of a scale; scale 0 is the smallest."""
        return self.factor ** (self.scales - 1 - scale)

    @nn.nowrap
    def net(self, scale: int) -> GatedPixelCNN:
        """The net of a scale; its parameters are those named `scale{scale}`."""
        return GatedPixelCNN(
            self.out, self.width, self.layers, self.first, self.kernel, self.head, self.groups, self.classes,
            self.factor if scale else 1, self.dtype, name=f"scale{scale}",
        )  # fmt: skip

    @nn.compact
    def __call__(self, x: Array, label: Array | None = None, *, train: bool = False) -> Array:
        told = self.net(0)(x[:, :: self.step(0), :: self.step(0)], label)
        for scale in range(1, self.scales):
            step = self.step(scale)
            own = self.net(scale)(x[:, ::step, ::step], label)
            told = own.at[:, :: self.factor, :: self.factor].set(told)
        return told
