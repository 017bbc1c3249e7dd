"""Boundary-seeking GAN, Hjelm et al. 2018 (arXiv:1702.08431): G goes where D cannot decide. D plays the original game,
`adversarial.discriminator`.

Float arrays in, losses [B] out; AssertionError at trace time for other ranks, for integers and where shapes differ.
"""

import chex
import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.losses import checks


def continuous(fake_scores: Array) -> Array:
    """(log D(G(z)) - log(1 - D(G(z))))^2 / 2 = score^2 / 2, to be minimised by G on images."""
    checks.scores(fake_scores)
    return jnp.square(fake_scores) / 2


def discrete(fake_scores: Array, log_probabilities: Array) -> Array:
    """-sum_m w_m log g(x_m | z), to be minimised by a G of discrete samples: a policy gradient.

    The importance weights w are exp(score), which is p_data/p_G for the best D, normalised over the M samples of one z;
    they are constants to the gradient. REINFORCE has the same form, with w as its reward.

    Args:
      fake_scores: of M samples for each z, [B, M].
      log_probabilities: log g(x_m | z) of the same samples under G, in nats, [B, M]; what is differentiated.
    """
    chex.assert_rank([fake_scores, log_probabilities], 2, custom_message="M samples for each z are wanted, [B, M]")
    chex.assert_type([fake_scores, log_probabilities], float)
    chex.assert_equal_shape([fake_scores, log_probabilities])
    weights = jax.lax.stop_gradient(jax.nn.softmax(fake_scores, axis=1))
    return -jnp.sum(weights * log_probabilities, axis=1)
