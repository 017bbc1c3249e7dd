"""Relativistic losses: is a real image more real than a fake? Jolicoeur-Martineau 2018 (arXiv:1807.00734).

`average_*` compare a score with the mean score of the other kind (RaSGAN); the mean is that of the global batch.
`pairing_*` compare real_i with fake_i (RpGAN; R3GAN, Huang et al. 2024, arXiv:2501.05441, eq. 2). Every function takes
float scores [B] of real images and of fakes, G's too, and returns losses [B]; they raise AssertionError at trace time
for other ranks, for integers and where the two differ in shape.
"""

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.losses import checks


def average_discriminator(real_scores: Array, fake_scores: Array) -> Array:
    """-log s(D(x) - E D(G(z))) - log(1 - s(D(G(z)) - E D(x))), s the sigmoid, to be minimised by D: RaSGAN.

    The sum of both terms, as in the paper; some public code takes half of it.
    """
    checks.scores(real_scores, fake_scores)
    return jax.nn.softplus(_mean(fake_scores) - real_scores) + jax.nn.softplus(fake_scores - _mean(real_scores))


def average_generator(real_scores: Array, fake_scores: Array) -> Array:
    """The same with real and fake exchanged, to be minimised by G.

    Both terms, as in the paper and TF-GAN; PyTorch-GAN's G has the fakes' term only.
    """
    return average_discriminator(fake_scores, real_scores)


def pairing_discriminator(real_scores: Array, fake_scores: Array) -> Array:
    """-log s(D(x_i) - D(G(z_i))), s the sigmoid, to be minimised by D: R3GAN, eq. 2. R3GAN adds R1 and R2 to it."""
    checks.scores(real_scores, fake_scores)
    return jax.nn.softplus(fake_scores - real_scores)


def pairing_generator(real_scores: Array, fake_scores: Array) -> Array:
    """-log s(D(G(z_i)) - D(x_i)), to be minimised by G: the non-saturating partner that R3GAN's code trains with.

    In eq. 2 as a minimax game, G would maximise D's loss; that saturates where D is sure.
    """
    return pairing_discriminator(fake_scores, real_scores)


def _mean(scores: Array) -> Array:
    return parallel.mean(jnp.mean(scores))
