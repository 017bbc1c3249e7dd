"""A D that tells K classes of real images and fakes apart, Salimans et al. 2016 (arXiv:1606.03498), section 5.

D gives K logits l; the fake's logit is fixed to 0, which loses nothing, so D(x) = Z / (Z + 1) with Z = sum_k exp l_k:
the score of being real is log Z. Logits are float [B, K], losses [B]; other ranks and types, and labels that are not
integers [B], raise AssertionError at trace time.
"""

import chex
import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.losses import checks


def score(logits: Array) -> Array:
    """log Z, the logit of being real: logits [B, K] -> [B]."""
    checks.features(logits)
    return jax.nn.logsumexp(logits, -1)


def supervised(logits: Array, labels: Array) -> Array:
    """-log p(y | x, y <= K), L_supervised: the cross-entropy of a labelled image's class, given that it is real."""
    checks.features(logits)
    chex.assert_type(labels, int)
    chex.assert_shape(labels, logits.shape[:1])
    return score(logits) - jnp.take_along_axis(logits, labels[:, None], 1)[:, 0]


def unsupervised(real_logits: Array, fake_logits: Array) -> Array:
    """-log D(x) - log(1 - D(G(z))), L_unsupervised: unlabelled images are of some class, fakes are of none.

    The sum of both terms, as in the paper; the authors' code has half of it, which is the caller's weight.
    """
    checks.features(real_logits, fake_logits)
    return jax.nn.softplus(-score(real_logits)) + jax.nn.softplus(score(fake_logits))
