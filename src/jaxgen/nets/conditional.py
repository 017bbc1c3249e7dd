"""DCGAN's nets, told a class: conditional GANs, Mirza & Osindero 2014 (arXiv:1411.1784), section 3.2.

G is told the class beside z, or by the gains and shifts of its BatchNorm (`layers.ConditionalBatchNorm`), as a one-hot
code or as a trained embedding. D is told it as planes beside the image's channels, one a class, or by projection
(Miyato & Koyama 2018, arXiv:1802.05637, eq. 3): an inner product of the image's features with a vector of the class is
added to the score. The features are those that the last layer sees: of the paper's ResNets they are summed over places,
of DCGAN's D they are not. Summed (`pooled`), its few layers learn classes slowly. An auxiliary classifier (Odena et al.
2017, arXiv:1610.09585) is not told the class, and says it.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import spectral
from jaxgen.nets import dcgan


def code(label: Array, classes: int) -> Array:
    """Integers [B] -> one-hot codes [B, classes]. Weights of classes [B, classes], such as halves of two, stay."""
    return jax.nn.one_hot(label, classes) if label.ndim == 1 else label


class Generator(nn.Module):
    """z [B, latent] and labels [B], integers from 0, or weights of classes [B, classes] -> images
    [B, size, size, channels] in [-1, 1], float32."""

    classes: int
    size: int
    channels: int
    width: int = 64  # and the others as of `dcgan.Generator`
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"
    embedding: int = 0  # length of a class's trained vector; 0 is its one-hot code
    how: str = "input"  # or "norm"

    @nn.compact
    def __call__(self, z: Array, label: Array, *, train: bool) -> Array:
        if self.embedding:
            vectors = nn.Embed(self.classes, self.embedding, embedding_init=nn.initializers.normal(1.0))
            told = vectors(label) if label.ndim == 1 else label @ vectors.embedding
        else:
            told = code(label, self.classes)
        G = dcgan.Generator(self.size, self.channels, self.width, self.dtype, self.norm)
        if self.how == "norm":
            return G(z, told, train=train)
        return G(jnp.concatenate([z, told], -1), train=train)


class Discriminator(nn.Module):
    """Images [B, size, size, channels] and labels [B] -> scores [B], float32."""

    classes: int
    width: int = 64  # and the others as of `dcgan.Discriminator`
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"
    how: str = "planes"  # or "projection"
    pooled: bool = True  # whether features are summed over places before a projection

    @nn.compact
    def __call__(self, x: Array, label: Array, *, train: bool) -> Array:
        told = code(label, self.classes)
        if self.how == "planes":
            planes = jnp.broadcast_to(told[:, None, None], (*x.shape[:3], self.classes))
            return dcgan.Discriminator(self.width, self.dtype, self.norm)(jnp.concatenate([x, planes], -1), train=train)
        scores, seen = dcgan.Discriminator(self.width, self.dtype, self.norm, features=True)(x, train=train)
        seen = jnp.sum(seen, (1, 2)) if self.pooled else seen.reshape(len(seen), -1)
        weights = dcgan.init(self.norm)  # small ones, or classes would outweigh images from the start
        vectors = nn.Dense(seen.shape[-1], use_bias=False, kernel_init=weights)  # of a one-hot code its class's vector
        of_class = spectral(vectors, told, train=train) if self.norm == "spectral" else vectors(told)
        return scores + jnp.sum(of_class * seen, -1)


class Auxiliary(nn.Module):
    """A D that says the class: images [B, size, size, channels] -> scores [B] and logits of classes [B, classes],
    float32. Fields as of `Discriminator`."""

    classes: int
    width: int = 64
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> tuple[Array, Array]:
        scores, seen = dcgan.Discriminator(self.width, self.dtype, self.norm, features=True)(x, train=train)
        seen, last = seen.reshape(len(seen), -1), nn.Dense(self.classes, kernel_init=dcgan.init(self.norm))
        return scores, spectral(last, seen, train=train) if self.norm == "spectral" else last(seen)
