"""The f-GAN family, Nowozin et al. 2016 (arXiv:1606.00709): D bounds an f-divergence of p_data from p_G from below.

    D_f(P || Q) >= E_P g_f(score) - E_Q f*(g_f(score)),    sections 2.2 and 2.4

with f* the conjugate of f and g_f a function of the score into f*'s domain. D raises the bound and G lowers it; it is
tight at g_f(score) = f'(p/q). All activations g_f increase (the readings of table 2), so that a large score means a
real image, as in every other loss here; the other sign of the score, seen for reverse KL and squared Hellinger in
table 6, would turn that round.

Every loss takes float scores [B] and returns losses [B]; they raise AssertionError at trace time for other ranks, for
integers and where real and fake differ in shape. KL, reverse KL and squared Hellinger grow with the exponential of a
score: beyond 88 of the one sign float32 overflows to infinity, where clipping would be another divergence.
"""

from collections.abc import Callable
from math import log
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.losses import checks


class Divergence(NamedTuple):
    """One row of tables 2 and 6: all that its game needs to know of f."""

    activation: Callable[[Array], Array]  # g_f: score -> f*'s domain
    conjugate: Callable[[Array], Array]  # f*
    composed: Callable[[Array], Array]  # f*(g_f(score)) in closed form: one after the other they lose all digits


KL = Divergence(  # of P from Q: f(u) = u log u
    activation=lambda v: v,
    conjugate=lambda t: jnp.exp(t - 1),
    composed=lambda v: jnp.exp(v - 1),
)
REVERSE_KL = Divergence(  # of Q from P: f(u) = -log u
    activation=lambda v: -jnp.exp(-v),
    conjugate=lambda t: -1 - jnp.log(-t),
    composed=lambda v: v - 1,
)
PEARSON = Divergence(  # chi^2, the integral of (p - q)^2 / q: f(u) = (u - 1)^2
    activation=lambda v: v,
    conjugate=lambda t: t**2 / 4 + t,
    composed=lambda v: v**2 / 4 + v,
)
SQUARED_HELLINGER = Divergence(  # the integral of (sqrt p - sqrt q)^2: f(u) = (sqrt u - 1)^2
    activation=lambda v: -jnp.expm1(-v),
    conjugate=lambda t: t / (1 - t),
    composed=jnp.expm1,
)
JENSEN_SHANNON = Divergence(  # KL(P || M) + KL(Q || M), M the mean: f(u) = u log u - (u + 1) log((u + 1) / 2)
    activation=lambda v: log(2) - jax.nn.softplus(-v),
    conjugate=lambda t: -jnp.log(2 - jnp.exp(t)),
    composed=lambda v: jax.nn.softplus(v) - log(2),
)
GAN = Divergence(  # JENSEN_SHANNON - log 4, and the game of `adversarial`: f(u) = u log u - (u + 1) log(u + 1)
    activation=lambda v: -jax.nn.softplus(-v),
    conjugate=lambda t: -jnp.log(-jnp.expm1(t)),
    composed=jax.nn.softplus,
)


def discriminator(real_scores: Array, fake_scores: Array, *, divergence: Divergence) -> Array:
    """-g_f(D(x)) + f*(g_f(D(G(z)))), to be minimised by D. Minus its mean is the bound."""
    checks.scores(real_scores, fake_scores)
    return divergence.composed(fake_scores) - divergence.activation(real_scores)


def generator(fake_scores: Array, *, divergence: Divergence) -> Array:
    """-f*(g_f(D(G(z)))), to be minimised by G: its part of the bound. For `GAN` this is `adversarial.minimax`."""
    checks.scores(fake_scores)
    return -divergence.composed(fake_scores)


def non_saturating(fake_scores: Array, *, divergence: Divergence) -> Array:
    """-g_f(D(G(z))), to be minimised by G: section 3.2. For `GAN` this is `adversarial.non_saturating`."""
    checks.scores(fake_scores)
    return -divergence.activation(fake_scores)
