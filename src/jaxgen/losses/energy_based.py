"""Energy-based GAN, Zhao et al. 2017 (arXiv:1609.03126): D is an energy, low for real images.

The paper's D is an autoencoder and its energy ||Dec(Enc(x)) - x||, one number per image. Every loss takes float
energies [B] and returns losses [B]; they raise AssertionError at trace time for other ranks, for integers and where
real and fake differ in shape.
"""

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.losses import checks


def discriminator(real_energies: Array, fake_energies: Array, *, margin: float) -> Array:
    """D(x) + max(0, margin - D(G(z))), to be minimised by D: eq. 1. Fakes beyond the margin are left alone."""
    checks.scores(real_energies, fake_energies)
    return real_energies + jax.nn.relu(margin - fake_energies)


def generator(fake_energies: Array) -> Array:
    """D(G(z)), to be minimised by G: eq. 2."""
    checks.scores(fake_energies)
    return fake_energies


def pulling_away(codes: Array) -> Array:
    """Mean squared cosine between an example's code and every other one's, a term of G's against collapse: section 2.4.

    The pairs are those of the global batch; the mean over examples is the paper's f_PT, between 0 (all orthogonal) and
    1 (all parallel). The paper's weight is 0.1.

    Args:
      codes: of fakes, from the autoencoder's encoder, float [B, n]. A code of zeros is orthogonal to all.

    Raises:
      AssertionError: other ranks and types; a batch of one.
    """
    checks.features(codes)
    squares = jnp.sum(jnp.square(codes), 1, keepdims=True)
    units = codes * jnp.where(squares > 0, jax.lax.rsqrt(jnp.where(squares > 0, squares, 1)), 0)
    everyone = parallel.gather(units)
    if len(everyone) < 2:
        raise AssertionError("pulling_away compares examples with each other: a batch of one has no pairs")
    own = jnp.square(jnp.sum(jnp.square(units), 1))
    return (jnp.sum(jnp.square(units @ everyone.T), 1) - own) / (len(everyone) - 1)
