"""The original game of Goodfellow et al. 2014 (arXiv:1406.2661), with D(x) = sigmoid(score).

Every function takes float scores [B] and returns losses [B]; they raise AssertionError at trace time for other ranks,
for integers and where real and fake differ in shape.
"""

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.losses import checks


def discriminator(real_scores: Array, fake_scores: Array, *, smooth: float = 0.0) -> Array:
    """-log D(x) - log(1 - D(G(z))), to be minimised by D: eq. 1.

    Public code disagrees on the factor: this is the sum of both terms (as in the paper), CycleGAN's and PyTorch-GAN's
    is half of it.

    Args:
      real_scores: of real images, [B].
      fake_scores: of fakes, [B].
      smooth: one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4): real images have the
        target 1 - smooth, in [0, 1), and fakes keep 0. The best D is then (1 - smooth) p / (p + q). Off by default;
        0.1 in the paper, 0.25 unasked in TF-GAN.
    """
    checks.scores(real_scores, fake_scores)
    # (1 - s) softplus(-r) + s softplus(r), and softplus(r) = softplus(-r) + r
    return jax.nn.softplus(-real_scores) + smooth * real_scores + jax.nn.softplus(fake_scores)


def minimax(fake_scores: Array) -> Array:
    """log(1 - D(G(z))), to be minimised by G: eq. 1. Its gradient vanishes where D is sure that G's images are fake.

    Bounded above by 0; no constant is added (TF-GAN's carries -0.3133).
    """
    checks.scores(fake_scores)
    return -jax.nn.softplus(fake_scores)


def non_saturating(fake_scores: Array) -> Array:
    """-log D(G(z)), to be minimised by G: section 3. The same fixed point as `minimax` with a gradient that lives.

    Exact in the logit; mimicry's -log(sigmoid + 1e-8) stops at 18.4 with no gradient.
    """
    checks.scores(fake_scores)
    return jax.nn.softplus(-fake_scores)


def maximum_likelihood(fake_scores: Array) -> Array:
    """-exp(sigmoid^-1(D(G(z)))) = -exp(score), to be minimised by G: Goodfellow 2016 (arXiv:1701.00160), section 3.2.4.

    With the best D, exp(score) is p_data/p_G, and the expected gradient is that of KL(p_data || p_G): maximum
    likelihood. The tutorial writes 1/2 before every cost of the game; as `discriminator` is the sum without it, so is
    this. Nearly all of the gradient comes from the few fakes that D takes for real; scores above 88 overflow float32
    to -inf, and clipping them would be another cost.
    """
    checks.scores(fake_scores)
    return -jnp.exp(fake_scores)
