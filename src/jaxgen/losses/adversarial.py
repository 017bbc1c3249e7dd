"""The original game of Goodfellow et al. 2014 (arXiv:1406.2661), with D(x) = sigmoid(score).

Every function takes float scores [B] and returns losses [B]; they raise AssertionError at trace time for other ranks,
for integers and where real and fake differ in shape.
"""

import chex
import jax
from jax import Array


def discriminator(real_scores: Array, fake_scores: Array) -> Array:
    """-log D(x) - log(1 - D(G(z))), to be minimised by D: eq. 1.

    Public code disagrees on the factor: this is the sum of both terms (as in the paper), CycleGAN's and PyTorch-GAN's
    is half of it.
    """
    _check(real_scores, fake_scores)
    return jax.nn.softplus(-real_scores) + jax.nn.softplus(fake_scores)


def minimax(fake_scores: Array) -> Array:
    """log(1 - D(G(z))), to be minimised by G: eq. 1. Its gradient vanishes where D is sure that G's images are fake.

    Bounded above by 0; no constant is added (TF-GAN's carries -0.3133).
    """
    _check(fake_scores)
    return -jax.nn.softplus(fake_scores)


def non_saturating(fake_scores: Array) -> Array:
    """-log D(G(z)), to be minimised by G: section 3. The same fixed point as `minimax` with a gradient that lives.

    Exact in the logit; mimicry's -log(sigmoid + 1e-8) stops at 18.4 with no gradient.
    """
    _check(fake_scores)
    return jax.nn.softplus(-fake_scores)


def _check(*scores: Array) -> None:
    chex.assert_rank(scores, 1)
    chex.assert_type(scores, float)
    chex.assert_equal_shape(scores)
