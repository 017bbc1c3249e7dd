"""Least squares GAN, Mao et al. 2017 (arXiv:1611.04076), eq. 2: scores are regressed on targets, without a sigmoid.

The targets are D's for fakes (a) and for real images (b), and what G wants D to see in fakes (c):

| coding        | a  | b | c | what it is                                                             |
|---------------|----|---|---|------------------------------------------------------------------------|
| 0-1           | 0  | 1 | 1 | eq. 9, the default: c = b, G's fakes shall look real                   |
| Pearson chi^2 | -1 | 1 | 0 | eq. 8: b - c = 1 and b - a = 2, G minimises chi^2(p_data + p_G, 2 p_G) |
| -1-1          | -1 | 1 | 1 | c = b, on scores around 0                                              |

There is 1/2 before every term of D and G, as in the paper's equations; CycleGAN's G has none and is twice this one.
Every function takes float scores [B] and returns losses [B]; they raise AssertionError at trace time for other ranks,
for integers and where real and fake differ in shape.
"""

import jax.numpy as jnp
from jax import Array

from jaxgen.losses import checks


def discriminator(real_scores: Array, fake_scores: Array, *, a: float = 0.0, b: float = 1.0) -> Array:
    """(D(x) - b)^2 / 2 + (D(G(z)) - a)^2 / 2, to be minimised by D: eq. 2. The best D is (b p + a q) / (p + q)."""
    checks.scores(real_scores, fake_scores)
    return (jnp.square(real_scores - b) + jnp.square(fake_scores - a)) / 2


def generator(fake_scores: Array, *, c: float = 1.0) -> Array:
    """(D(G(z)) - c)^2 / 2, to be minimised by G: eq. 2."""
    checks.scores(fake_scores)
    return jnp.square(fake_scores - c) / 2
