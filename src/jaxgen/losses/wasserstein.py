"""Wasserstein GAN, Arjovsky et al. 2017 (arXiv:1701.07875): the critic's score gap bounds the distance from below.

The bound holds for a critic that is 1-Lipschitz, which these losses do not make it: use `jaxgen.penalties.gradient`,
`jaxgen.penalties.clip` (the paper's) or spectral normalisation. Every function takes float scores [B] and returns
losses [B]; they raise AssertionError at trace time for other ranks, for integers and where real and fake differ in
shape.
"""

from jax import Array

from jaxgen.losses import checks


def critic(real_scores: Array, fake_scores: Array) -> Array:
    """f(G(z)) - f(x), to be minimised by the critic: eq. 3 with its sign changed. Minus its mean estimates W_1."""
    checks.scores(real_scores, fake_scores)
    return fake_scores - real_scores


def generator(fake_scores: Array) -> Array:
    """-f(G(z)), to be minimised by G: algorithm 1, line 10."""
    checks.scores(fake_scores)
    return -fake_scores
