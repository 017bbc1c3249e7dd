"""DCGAN's nets, told a sentence by its vector: Reed et al. 2016 (arXiv:1605.05396), section 4 and figure 2.

Both nets bring the sentence's vector to 128 numbers by a dense layer with a LeakyReLU. G has them beside z; D has them
at every place of its last feature map, where a convolution of 1x1 joins the two. The authors' code has residual blocks
beside DCGAN's layers, which the paper does not mention and which are left out here.

With `augmented`, G's numbers are drawn: the conditioning augmentation of StackGAN (Zhang et al. 2017, arXiv:1612.03242,
section 3.2). A Gaussian's mean and deviation follow from the sentence, and the last numbers of z are its noise.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import BatchNorm, spectral
from jaxgen.nets import dcgan


class Told(nn.Module):
    """Vectors of sentences [B, n] -> `length` numbers [B, length]; where noise [B, length] is given, drawn with it, and
    the mean and log-variance that they are drawn by, [B, length] each, else None.

    The authors' code of StackGAN has a LeakyReLU on mean and log-deviation too, as here; the paper has a dense layer.
    """

    length: int
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, sentences: Array, noise: Array | None = None) -> tuple[Array, tuple[Array, Array] | None]:
        count = self.length if noise is None else 2 * self.length
        x = nn.leaky_relu(nn.Dense(count, dtype=self.dtype)(sentences), 0.2).astype(jnp.float32)
        if noise is None:
            return x, None
        mean, log_deviation = jnp.split(x, 2, -1)
        return mean + jnp.exp(log_deviation) * noise, (mean, 2 * log_deviation)


class Generator(nn.Module):
    """z [B, latent] and vectors of sentences [B, n] -> images [B, size, size, channels] in [-1, 1], float32; with
    `moments` also the mean and the log-variance of what was drawn by, [B, told] each."""

    size: int
    channels: int
    width: int = 64  # and dtype, norm as of `dcgan.Generator`
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"
    told: int = 128  # numbers that a sentence is brought to
    augmented: bool = False  # whether these are drawn: then the last `told` numbers of z are noise for them
    moments: bool = False

    @nn.compact
    def __call__(self, z: Array, sentences: Array, *, train: bool) -> Array | tuple[Array, Array, Array]:
        z, noise = (z[:, : -self.told], z[:, -self.told :]) if self.augmented else (z, None)
        told, drawn_by = Told(self.told, self.dtype)(sentences, noise)
        G = dcgan.Generator(self.size, self.channels, self.width, self.dtype, self.norm)
        images = G(jnp.concatenate([z, told], -1), train=train)
        return (images, *drawn_by) if self.moments and drawn_by else images


class Discriminator(nn.Module):
    """Images [B, size, size, channels] and vectors of sentences [B, n] -> scores [B], float32."""

    width: int = 64  # and dtype, norm as of `dcgan.Discriminator`
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"
    told: int = 128  # numbers that a sentence is brought to

    @nn.compact
    def __call__(self, x: Array, sentences: Array, *, train: bool) -> Array:
        seen = dcgan.trunk(self.width, self.dtype, self.norm)(x, train=train)
        told, _ = Told(self.told, self.dtype)(sentences)
        everywhere = jnp.broadcast_to(told[:, None, None], (*seen.shape[:3], self.told)).astype(seen.dtype)
        batch = self.norm == "batch"
        join = nn.Dense(seen.shape[-1], use_bias=not batch, kernel_init=dcgan.init(self.norm), dtype=self.dtype)
        x = _linear(join, jnp.concatenate([seen, everywhere], -1), self.norm, train)
        x = nn.leaky_relu(BatchNorm(dtype=self.dtype)(x, train=train) if batch else x, 0.2)
        last = nn.Dense(1, kernel_init=dcgan.init(self.norm), dtype=self.dtype)
        return _linear(last, x.reshape(len(x), -1), self.norm, train)[:, 0].astype(jnp.float32)


def _linear(layer: nn.Module, x: Array, norm: str, train: bool) -> Array:
    return spectral(layer, x, train=train) if norm == "spectral" else layer(x)
