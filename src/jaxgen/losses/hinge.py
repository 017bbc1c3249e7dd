"""The hinge game of Lim & Ye 2017 (arXiv:1705.02894) and of SNGAN, Miyato et al. 2018 (arXiv:1802.05957).

Every function takes float scores [B] and returns losses [B]; they raise AssertionError at trace time for other ranks,
for integers and where real and fake differ in shape.
"""

import jax
from jax import Array

from jaxgen.losses import checks


def discriminator(real_scores: Array, fake_scores: Array) -> Array:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))), to be minimised by D: Miyato 2018, eq. 16, with its sign changed.

    No gradient comes from examples that are beyond the margin.
    """
    checks.scores(real_scores, fake_scores)
    return jax.nn.relu(1 - real_scores) + jax.nn.relu(1 + fake_scores)


def generator(fake_scores: Array) -> Array:
    """-D(G(z)), to be minimised by G: eq. 17, without a hinge (a hinged G would stop learning where D errs)."""
    checks.scores(fake_scores)
    return -fake_scores
