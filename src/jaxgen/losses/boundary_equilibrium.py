"""Boundary equilibrium GAN, Berthelot et al. 2017 (arXiv:1703.10717): a balance between two autoencoder losses.

D is an autoencoder, and an image's energy L(x) is its mean absolute reconstruction error. k is a control variable in
[0, 1], starting at 0: in `jaxgen.game` a net with stats and without parameters. The losses take float energies [B]
and return [B]; they raise AssertionError at trace time for other ranks, for integers and where real and fake differ in
shape. The three equations of section 3.4 are `discriminator`, `generator` and `control`.
"""

import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.losses import checks


def discriminator(real_energies: Array, fake_energies: Array, k: Array | float) -> Array:
    """L(x) - k L(G(z)), to be minimised by D. k: scalar, before this step's `control`."""
    checks.scores(real_energies, fake_energies)
    return real_energies - k * fake_energies


def generator(fake_energies: Array) -> Array:
    """L(G(z)), to be minimised by G."""
    checks.scores(fake_energies)
    return fake_energies


def control(k: Array, real_energies: Array, fake_energies: Array, *, diversity: float, rate: float = 1e-3) -> Array:
    """The next k: k + rate (diversity E L(x) - E L(G(z))), kept in [0, 1] as the text asks; E is of the global batch.

    Args:
      k: scalar.
      real_energies: [B].
      fake_energies: [B].
      diversity: the paper's gamma in [0, 1], the ratio E L(G(z)) / E L(x) to hold: 0.3 to 0.7 in its figures.
      rate: the paper's lambda_k.

    Returns:
      A scalar, the same on every device.
    """
    checks.scores(real_energies, fake_energies)
    return jnp.clip(k + rate * _imbalance(real_energies, fake_energies, diversity), 0, 1)


def convergence(real_energies: Array, fake_energies: Array, *, diversity: float) -> Array:
    """The global measure of convergence, M = E L(x) + |diversity E L(x) - E L(G(z))|: section 3.4.1. A scalar."""
    checks.scores(real_energies, fake_energies)
    imbalance = _imbalance(real_energies, fake_energies, diversity)
    return parallel.mean(jnp.mean(real_energies)) + jnp.abs(imbalance)


def _imbalance(real_energies: Array, fake_energies: Array, diversity: float) -> Array:
    return parallel.mean(jnp.mean(diversity * real_energies - fake_energies))
