"""Encoders and decoders of variational and plain autoencoders.

An encoder gives a diagonal Gaussian: mean [B, latent] and log-variance [B, latent]. A decoder draws images in [-1, 1],
so that it can be sampled from as any generator, and with `raw` gives what a likelihood asks for instead: the location
[B, H, W, C] (logits for "bernoulli") and the log-scale [B, H, W, C], which is zero for "bernoulli" and else one trained
number for each channel (Kingma et al. 2016; Rybkin et al. 2021, arXiv:2006.13202, call the Gaussian sigma-VAE).

The dense nets are those of Kingma & Welling 2014 and Burda et al. 2016 (two layers of 200 tanh units by the latter's
code, one of 500 in the former); ReLU here. The convolutional ones are DCGAN's without BatchNorm, whose noise from the
other images of a batch would be in the bound; with `hidden`, a dense layer of so many units stands between code and
feature maps in both, as in Salimans, Kingma & Welling 2015 (arXiv:1410.6460).
"""

import math

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import ConvTranspose
from jaxgen.nets import dcgan

LIKELIHOODS = ("bernoulli", "gaussian", "logistic")


class Encoder(nn.Module):
    """Images [B, H, W, C] in [-1, 1] -> mean and log-variance, [B, latent] each, float32."""

    latent: int
    widths: tuple[int, ...] = (500, 500)
    dtype: jax.typing.DTypeLike = jnp.float32  # of the computation; parameters are float32

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> tuple[Array, Array]:
        x = _hidden(x.reshape(len(x), -1), self.widths, self.dtype)
        out = nn.Dense(2 * self.latent, dtype=self.dtype)(x).astype(jnp.float32)
        return out[:, : self.latent], out[:, self.latent :]


class ConvEncoder(nn.Module):
    """Images [B, size, size, C] in [-1, 1] -> mean and log-variance, [B, latent] each, float32."""

    latent: int
    width: int = 32  # channels of the largest feature map; each smaller one has twice as many
    dtype: jax.typing.DTypeLike = jnp.float32
    hidden: int = 0  # units of a dense layer before the last one; 0 is none

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> tuple[Array, Array]:
        out = dcgan.Encoder(self.hidden or 2 * self.latent, self.width, self.dtype, "none")(x, train=train)
        if self.hidden:
            out = nn.Dense(2 * self.latent, dtype=self.dtype)(nn.relu(out)).astype(jnp.float32)
        return out[:, : self.latent], out[:, self.latent :]


class Decoder(nn.Module):
    """z [B, latent] -> images [B, size, size, channels] in [-1, 1], float32, or with `raw` location and log-scale."""

    size: int
    channels: int
    widths: tuple[int, ...] = (500, 500)
    likelihood: str = "bernoulli"
    dtype: jax.typing.DTypeLike = jnp.float32
    raw: bool = False

    @nn.compact
    def __call__(self, z: Array, *, train: bool) -> Array | tuple[Array, Array]:
        shape = (self.size, self.size, self.channels)
        x = nn.Dense(math.prod(shape), dtype=self.dtype)(_hidden(z, self.widths, self.dtype))
        return _Output(self.likelihood, self.raw)(x.astype(jnp.float32).reshape(-1, *shape))


class ConvDecoder(nn.Module):
    """The same, convolutional, for the sizes of DCGAN."""

    size: int
    channels: int
    width: int = 32  # channels of the largest hidden feature map; each smaller one has twice as many
    likelihood: str = "bernoulli"
    dtype: jax.typing.DTypeLike = jnp.float32
    raw: bool = False
    hidden: int = 0  # units of a dense layer before the first feature map; 0 is none

    @nn.compact
    def __call__(self, z: Array, *, train: bool) -> Array | tuple[Array, Array]:
        n = dcgan.stages(self.size)
        side, weights = self.size >> n, nn.initializers.he_normal()
        widths = [self.width << i for i in reversed(range(n))]
        x = _hidden(z, (self.hidden,) if self.hidden else (), self.dtype)
        x = nn.Dense(side * side * widths[0], kernel_init=weights, dtype=self.dtype)(x)
        x = x.reshape(-1, side, side, widths[0])
        for features in (*widths[1:], self.channels):
            x = ConvTranspose(features, (4, 4), kernel_init=weights, dtype=self.dtype)(nn.relu(x))
        return _Output(self.likelihood, self.raw)(x.astype(jnp.float32))


class _Output(nn.Module):
    """What the last layer gives -> images, or what a likelihood asks for."""

    likelihood: str
    raw: bool

    @nn.compact
    def __call__(self, x: Array) -> Array | tuple[Array, Array]:
        if self.likelihood not in LIKELIHOODS:
            raise ValueError(f"a decoder's likelihood is one of {', '.join(LIKELIHOODS)}, not {self.likelihood!r}")
        if self.likelihood == "bernoulli":
            return (x, jnp.zeros_like(x)) if self.raw else 2 * nn.sigmoid(x) - 1
        start = nn.initializers.constant(-1.0)
        scale = self.param("log_scale", start, (x.shape[-1],))
        return (x, jnp.broadcast_to(scale, x.shape)) if self.raw else jnp.clip(x, -1.0, 1.0)


def _hidden(x: Array, widths: tuple[int, ...], dtype: jax.typing.DTypeLike) -> Array:
    for width in widths:
        x = nn.relu(nn.Dense(width, kernel_init=nn.initializers.he_normal(), dtype=dtype)(x))
    return x
