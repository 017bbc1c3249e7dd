"""Loss-sensitive GAN, Qi 2017 (arXiv:1701.06264): a fake's loss exceeds its real image's by a margin, their distance.

The critic is a loss L(x), small for real images: the opposite of a score. Every function takes floats and returns
[B]; they raise AssertionError at trace time for other ranks, for integers and where shapes differ.
"""

import chex
import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.losses import checks


def critic(real_losses: Array, fake_losses: Array, margins: Array, *, weight: float = 1.0) -> Array:
    """L(x) + weight max(0, margin + L(x) - L(G(z))), to be minimised by the critic.

    Args:
      real_losses: L(x), [B].
      fake_losses: L(G(z)), [B].
      margins: of the pairs, [B]: see `margin`.
      weight: the paper's lambda.
    """
    checks.scores(real_losses, fake_losses, margins)
    return real_losses + weight * jax.nn.relu(margins + real_losses - fake_losses)


def generator(fake_losses: Array) -> Array:
    """L(G(z)), to be minimised by G."""
    checks.scores(fake_losses)
    return fake_losses


def margin(real: Array, fake: Array, *, scale: float = 1.0) -> Array:
    """The margin between x_i and G(z_i): the mean absolute difference of their numbers, times `scale`.

    The paper takes an l1 distance of images or of features. The sum over pixels grows with the image's size; the mean
    differs from it by the number of pixels, which `scale` gives back.

    Args:
      real: images or features, [B, ...], float.
      fake: the same.
      scale: factor.

    Returns:
      Margins [B], without a gradient: the critic does not move images, and G must not be paid for distance.
    """
    chex.assert_type([real, fake], float)
    chex.assert_equal_shape([real, fake])
    distance = jnp.mean(jnp.abs(real - fake), axis=tuple(range(1, real.ndim)))
    return jax.lax.stop_gradient(scale * distance)
