"""How far an image is from what is known of another: the data term of searches for a latent code.

Images are float [B, H, W, C], weights [B, H, W, 1]; losses are [B]. All raise AssertionError at trace time for other
ranks, for integers and for sizes that do not fit.
"""

import chex
import jax.numpy as jnp
from jax import Array, lax


def contextual(images: Array, target: Array, weight: Array) -> Array:
    """sum |weight (images - target)| over pixels and channels: Yeh et al. 2016 (arXiv:1607.07539v1), where the weight
    is the mask of known pixels, and v3 of 2017 (CVPR), where it is `importance` of it.

    A sum as in the paper, so that the weight of what stands beside it means the same; it grows with the image.
    """
    _checked(images, target, weight)
    return jnp.sum(jnp.abs(weight * (images - target)), axis=(1, 2, 3))


def contextual_squared(images: Array, target: Array, weight: Array) -> Array:
    """sum weight (images - target)^2: the data term of iGAN (Zhu et al. 2016, arXiv:1609.03552, eq. 5)."""
    _checked(images, target, weight)
    return jnp.sum(weight * jnp.square(images - target), axis=(1, 2, 3))


def importance(known: Array, *, window: int = 7) -> Array:
    """The weight of each known pixel: the share of pixels around it that are missing, and 0 for missing ones.

    Yeh et al. 2017, section 3.2: W_i = sum over j in N(i) of (1 - M_j) / |N(i)| where M_i = 1. Known pixels far from
    every missing one weigh nothing. At the image's border N(i) is what of the window lies in it; the authors' code
    mirrors the image there.

    Args:
      known: [B, H, W, 1], 1 for known pixels and 0 for missing ones.
      window: side of N(i), odd.

    Returns:
      [B, H, W, 1] in [0, 1].
    """
    chex.assert_rank(known, 4)
    chex.assert_type(known, float)
    sides = (1, window, window, 1)

    def sums(x: Array) -> Array:
        return lax.reduce_window(x, 0.0, lax.add, sides, (1, 1, 1, 1), "SAME")

    return known * sums(1 - known) / sums(jnp.ones_like(known))


def _checked(images: Array, target: Array, weight: Array) -> None:
    chex.assert_rank((images, target, weight), 4)
    chex.assert_type((images, target, weight), float)
    chex.assert_equal_shape((images, target))
    chex.assert_shape(weight, (*images.shape[:3], 1))
