"""A discriminator that Langevin's chains can climb: smooth, without normalisation, with slopes that are fast."""

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.layers import PatchConv


class Discriminator(nn.Module):
    """Images [B, H, W, C] -> scores [B], negative energies, float32.

    No published net: strided 4x4 convolutions as DCGAN's D has them, SiLU as Nijkamp et al. 2019 advise for chains
    (a smooth D has no kinks to sit in), no BatchNorm, which would make an image's score depend on others.
    """

    widths: tuple[int, ...] = (16, 32, 64)
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        for width in self.widths:
            x = nn.silu(PatchConv(width, dtype=self.dtype)(x))
        x = nn.silu(nn.Dense(2 * self.widths[-1], dtype=self.dtype)(x.reshape(len(x), -1)))
        return nn.Dense(1, dtype=self.dtype)(x)[:, 0].astype(jnp.float32)
