"""Softmax GAN, Lin 2017 (arXiv:1704.06191): one softmax over the scores of a whole batch, real images and fakes.

D wants all of the probability on the real images, evenly; G wants it even over all. The partition function is that of
the global batch. With the paper's mu as minus the score. Every function takes float scores [B] of real images and of
fakes, G's too, and returns losses [B]; they raise AssertionError at trace time for other ranks, for integers and where
the two differ in shape.
"""

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.losses import checks


def discriminator(real_scores: Array, fake_scores: Array) -> Array:
    """log Z - D(x_i), Z the sum of exp(score) over the batch, to be minimised by D: the cross entropy of section 3.

    The mean over examples is the paper's loss; it is never below log B, B the global batch of real images.
    """
    return _log_partition(real_scores, fake_scores) - real_scores


def generator(real_scores: Array, fake_scores: Array) -> Array:
    """log Z - (D(x_i) + D(G(z_i))) / 2, to be minimised by G. The mean over examples is never below log 2B."""
    return _log_partition(real_scores, fake_scores) - (real_scores + fake_scores) / 2


def _log_partition(real_scores: Array, fake_scores: Array) -> Array:
    checks.scores(real_scores, fake_scores)
    return jax.nn.logsumexp(parallel.gather(jnp.concatenate([real_scores, fake_scores])))
