"""The fully connected GAN of tutorials: 100-128-256-512-1024-pixels against pixels-512-256-1.

Layers before BatchNorm have no bias, which it would subtract again (and whose gradient, rounding noise alone, Adam
would blow up to full steps that differ from one number of devices to another). Reading taken: BatchNorm's 0.8 is the
momentum of its running statistics (as in Keras-GAN); PyTorch-GAN passes the same 0.8 where PyTorch expects epsilon.
"""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import BatchNorm, spectral


class Generator(nn.Module):
    """z [B, latent] -> images [B, size, size, channels] in [-1, 1], float32."""

    size: int
    channels: int
    widths: tuple[int, ...] = (128, 256, 512, 1024)
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, z: Array, *, train: bool) -> Array:
        shape = (self.size, self.size, self.channels)
        x = z
        for i, width in enumerate(self.widths):
            x = nn.Dense(width, use_bias=i == 0, dtype=self.dtype)(x)
            if i > 0:
                x = BatchNorm(momentum=0.8, dtype=self.dtype)(x, train=train)
            x = nn.leaky_relu(x, 0.2)
        x = nn.Dense(math.prod(shape), dtype=self.dtype)(x)
        return jnp.tanh(x.astype(jnp.float32)).reshape(-1, *shape)


class Discriminator(nn.Module):
    """Images [B, H, W, C], or points [B, n] -> scores [B], logits of being real, float32."""

    widths: tuple[int, ...] = (512, 256)
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "none"  # or "spectral" (Miyato et al. 2018)

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        x = x.reshape(len(x), -1)
        for width in (*self.widths, 1):
            dense = nn.Dense(width, dtype=self.dtype)
            x = spectral(dense, x, train=train) if self.norm == "spectral" else dense(x)
            x = nn.leaky_relu(x, 0.2) if width > 1 else x
        return x[:, 0].astype(jnp.float32)


class Encoder(nn.Module):
    """Images [B, H, W, C] -> codes [B, latent], unbounded, float32: a plain net of ReLUs."""

    latent: int
    widths: tuple[int, ...] = (500, 500)
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        return Points(self.latent, self.widths, self.dtype)(x.reshape(len(x), -1), train=train)


class Points(nn.Module):
    """z [B, latent] -> points [B, dim], unbounded, float32: a plain net of ReLUs for low dimensions."""

    dim: int
    widths: tuple[int, ...] = (128, 128)
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, z: Array, *, train: bool) -> Array:
        x = z
        for width in self.widths:
            x = nn.relu(nn.Dense(width, kernel_init=nn.initializers.he_normal(), dtype=self.dtype)(x))
        return nn.Dense(self.dim, dtype=self.dtype)(x).astype(jnp.float32)
