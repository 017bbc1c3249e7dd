"""DCGAN's nets, told a class: conditional GANs, Mirza & Osindero 2014 (arXiv:1411.1784), section 3.2.

G sees the class beside z, as a one-hot code or as a trained embedding. D sees it as planes beside the image's channels,
one a class, or by projection (Miyato & Koyama 2018, arXiv:1802.05637, eq. 3): an inner product of the image's features
with a vector of the class is added to the score.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import spectral
from jaxgen.nets import dcgan


class Generator(nn.Module):
    """z [B, latent] and labels [B], integers from 0 -> images [B, size, size, channels] in [-1, 1], float32."""

    classes: int
    size: int
    channels: int
    width: int = 64  # and the others as of `dcgan.Generator`
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"
    embedding: int = 0  # length of a class's trained vector; 0 is its one-hot code

    @nn.compact
    def __call__(self, z: Array, label: Array, *, train: bool) -> Array:
        if self.embedding:
            told = nn.Embed(self.classes, self.embedding, embedding_init=nn.initializers.normal(1.0))(label)
        else:
            told = jax.nn.one_hot(label, self.classes)
        G = dcgan.Generator(self.size, self.channels, self.width, self.dtype, self.norm)
        return G(jnp.concatenate([z, told], -1), train=train)


class Discriminator(nn.Module):
    """Images [B, size, size, channels] and labels [B] -> scores [B], float32."""

    classes: int
    width: int = 64  # and the others as of `dcgan.Discriminator`
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"
    how: str = "planes"  # or "projection"

    @nn.compact
    def __call__(self, x: Array, label: Array, *, train: bool) -> Array:
        told = jax.nn.one_hot(label, self.classes)
        if self.how == "planes":
            planes = jnp.broadcast_to(told[:, None, None], (*x.shape[:3], self.classes))
            return dcgan.Discriminator(self.width, self.dtype, self.norm)(jnp.concatenate([x, planes], -1), train=train)
        scores, seen = dcgan.Discriminator(self.width, self.dtype, self.norm, features=True)(x, train=train)
        vectors = nn.Dense(seen.shape[-1], use_bias=False)  # a one-hot code's product is its class's vector
        of_class = spectral(vectors, told, train=train) if self.norm == "spectral" else vectors(told)
        return scores + jnp.sum(of_class * jnp.sum(seen, (1, 2)), -1)
