"""What a denoising autoencoder's encoder sees of images."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

Corrupt = Callable[[Array, Array], Array]  # images [B, H, W, C] in [-1, 1], keys [B] -> images


def clean(images: Array, keys: Array) -> Array:
    """No corruption."""
    return images


def masking(share: float) -> Corrupt:
    """Each number becomes -1, black, with the probability `share`.

    The paper (Vincent et al. 2008) forces a fixed number of them to 0, black in its [0, 1]; here each falls alone, as
    in the authors' tutorial code.
    """

    def corrupt(images: Array, keys: Array) -> Array:
        falls = jax.vmap(lambda key: jax.random.bernoulli(key, share, images.shape[1:]))(keys)
        return jnp.where(falls, -1.0, images)

    return corrupt


def gaussian(deviation: float) -> Corrupt:
    """Gaussian noise is added, of a standard deviation in the units of [-1, 1] (Vincent et al. 2010, section 3.3)."""

    def corrupt(images: Array, keys: Array) -> Array:
        return images + deviation * jax.vmap(lambda key: jax.random.normal(key, images.shape[1:]))(keys)

    return corrupt
