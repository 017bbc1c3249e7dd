"""Matching of moments in a feature space: features of real images and of fakes [B, m] in, losses [B] out.

A distance between moments of two batches is not a sum over examples. Each function here returns shares [B] whose mean
is the distance of the *global* batch and whose mean's gradient is that distance's, on any number of devices. For G to
minimise; a critic that makes the features (McGAN's) minimises the negative. AssertionError at trace time for other
ranks, for integers and where real and fake differ in shape.
"""

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.losses import checks


def matching(real: Array, fake: Array) -> Array:
    """||E f(x) - E f(G(z))||_2^2: feature matching, Salimans et al. 2016 (arXiv:1606.03498), section 3.1."""
    difference = _mean_difference(real, fake)
    return _shared(jnp.sum(jnp.square(difference)), real)


def mean_matching(real: Array, fake: Array, *, q: float = 2) -> Array:
    """||E f(x) - E f(G(z))||_q: McGAN's IPM_mu,q, Mroueh et al. 2017 (arXiv:1702.08398), its dual form.

    The norm is what the primal form's best direction v, of dual norm 1, reaches. Where the means are equal its gradient
    is taken as zero.

    Args:
      real: features f(x), [B, m], float.
      fake: features f(G(z)), [B, m], float.
      q: 1, 2 or inf.

    Raises:
      ValueError: another q.
    """
    difference = _mean_difference(real, fake)
    if q == 1:
        return _shared(jnp.sum(jnp.abs(difference)), real)
    if q == jnp.inf:
        return _shared(jnp.max(jnp.abs(difference)), real)
    if q != 2:
        raise ValueError(f"q is 1, 2 or inf in mean feature matching, not {q}")
    square = jnp.sum(jnp.square(difference))
    return _shared(jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1)), 0), real)


def covariance_matching(real: Array, fake: Array, *, k: int) -> Array:
    """The sum of the k largest singular values of E f(x) f(x)^T - E f(G(z)) f(G(z))^T: McGAN's IPM_Sigma.

    The paper's covariances are not centred. Its primal form is the maximum of E <U^T f(x), V^T f(x)> - the same of
    fakes over U and V of k orthonormal columns; this is that form at its maximum, the singular vectors, which are
    constants to the gradient. By the envelope theorem that is the exact first gradient of the truncated nuclear norm
    wherever it has one (the k-th singular value above the next), and it stays finite elsewhere, as where the two
    covariances are equal; a second derivative would miss the vectors' own motion.

    Args:
      real: features f(x), [B, m], float.
      fake: features f(G(z)), [B, m], float.
      k: how many singular values, 1 to m.

    Raises:
      ValueError: another k.
    """
    checks.features(real, fake)
    if not 1 <= k <= real.shape[1]:
        raise ValueError(f"k is from 1 to the number of features, {real.shape[1]}, not {k}")
    covariance = parallel.mean((real.T @ real - fake.T @ fake) / len(real))
    U, _, Vt = jnp.linalg.svd(jax.lax.stop_gradient(covariance))
    U, V = U[:, :k], Vt[:k].T
    return jnp.sum((real @ U) * (real @ V) - (fake @ U) * (fake @ V), axis=1)


def _mean_difference(real: Array, fake: Array) -> Array:
    checks.features(real, fake)
    return parallel.mean(jnp.mean(real - fake, axis=0))


def _shared(distance: Array, examples: Array) -> Array:
    """A distance of the whole batch as every example's value, and each device's own: the mean of devices' gradients
    is right for the mean of their losses, and would be n times too small for one loss that they have in common."""
    return parallel.local(jnp.broadcast_to(distance, len(examples)))
