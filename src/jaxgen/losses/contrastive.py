"""An energy model's maximum likelihood, with E = -D: data is pushed up and what the model draws itself is pushed down.

Every function takes float scores D [B], negative energies, and returns losses [B]; they raise AssertionError at trace
time for other ranks, for integers and where real and drawn differ in shape.
"""

from jax import Array

from jaxgen.losses import checks


def divergence(real_scores: Array, drawn_scores: Array) -> Array:
    """E(x+) - E(x-) = D(x-) - D(x+): its mean has the gradient of -log p(x+) where x- is drawn from exp(D) / Z, by Du &
    Mordatch 2019 (arXiv:1903.08689), eq. 2. By itself it is no measure of the fit: at the optimum it is 0."""
    checks.scores(real_scores, drawn_scores)
    return drawn_scores - real_scores


def magnitude(real_scores: Array, drawn_scores: Array) -> Array:
    """E(x+)^2 + E(x-)^2, which keeps energies near 0 (their absolute level means nothing): section 3.3 of the same."""
    checks.scores(real_scores, drawn_scores)
    return real_scores**2 + drawn_scores**2
