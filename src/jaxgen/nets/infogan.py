"""The nets of InfoGAN for MNIST, Chen et al. 2016 (arXiv:1606.03657), table 1 of appendix C.1, for any size that
divides by 4: two convolutions and a dense layer each, D and Q one body.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import BatchNorm, ConvTranspose, spectral
from jaxgen.layers import conv as conv_twice
from jaxgen.nets.conditional import code as one_hot

_weights = nn.initializers.normal(0.02)


def _quarter(size: int) -> int:
    """Raises InputError for a size that does not divide by 4."""
    if size % 4:
        raise InputError(f"InfoGAN's nets make images whose side divides by 4, not {size}: --size resizes the data")
    return size // 4


class Generator(nn.Module):
    """z [B, latent] and classes [B], integers from 0, or their weights [B, codes] -> images
    [B, size, size, channels] in [-1, 1], float32."""

    codes: int
    size: int
    channels: int
    width: int = 64  # channels of the largest hidden feature map; the dense layer has 16 times as many units
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    @nn.compact
    def __call__(self, z: Array, code: Array, *, train: bool) -> Array:
        def active(x: Array) -> Array:
            return nn.relu(BatchNorm(dtype=self.dtype)(x, train=train))

        side = _quarter(self.size)
        x = jnp.concatenate([z, one_hot(code, self.codes)], -1)
        for features in (16 * self.width, side * side * 2 * self.width):
            x = active(nn.Dense(features, use_bias=False, kernel_init=_weights, dtype=self.dtype)(x))
        x = x.reshape(len(z), side, side, 2 * self.width)
        x = active(ConvTranspose(self.width, (4, 4), use_bias=False, kernel_init=_weights, dtype=self.dtype)(x))
        x = ConvTranspose(self.channels, (4, 4), use_bias=True, kernel_init=_weights, dtype=self.dtype)(x)
        return jnp.tanh(x.astype(jnp.float32))


class Discriminator(nn.Module):
    """Images [B, size, size, channels] -> scores [B]; and of Q logits of classes [B, codes] and means of numbers
    [B, continuous], float32."""

    codes: int
    continuous: int
    width: int = 64
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"  # or "spectral", or "none", as of `dcgan.Discriminator`; Q's own layer has BatchNorm always

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> tuple[Array, tuple[Array, Array]]:
        weights = nn.initializers.he_normal() if self.norm == "none" else _weights

        def active(layer: nn.Module, x: Array, norm: str) -> Array:
            x = spectral(layer, x, train=train) if norm == "spectral" else layer(x)
            x = BatchNorm(dtype=self.dtype)(x, train=train) if norm == "batch" else x
            return nn.leaky_relu(x, 0.1)

        def dense(features: int, norm: str = "none") -> nn.Dense:
            return nn.Dense(features, use_bias=norm != "batch", kernel_init=weights, dtype=self.dtype)

        _quarter(x.shape[1])
        for i in range(2):
            norm = "none" if i == 0 and self.norm == "batch" else self.norm
            layer = nn.Conv(
                self.width << i, (4, 4), (2, 2), use_bias=norm != "batch", kernel_init=weights, dtype=self.dtype,
                conv_general_dilated=conv_twice,
            )  # fmt: skip
            x = active(layer, x, norm)
        x = active(dense(16 * self.width, self.norm), x.reshape(len(x), -1), self.norm)
        last = dense(1)
        scores = spectral(last, x, train=train) if self.norm == "spectral" else last(x)
        said = active(dense(2 * self.width, "batch"), x, "batch")
        codes, means = dense(self.codes)(said), dense(self.continuous)(said)
        return scores[:, 0].astype(jnp.float32), (codes.astype(jnp.float32), means.astype(jnp.float32))
