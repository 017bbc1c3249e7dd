"""Samples by climbing a score: Langevin's chains."""

from collections.abc import Callable

import chex
import jax
import jax.numpy as jnp
from jax import Array, lax


def uniform(keys: Array, shape: tuple[int, ...]) -> Array:
    """Noise that chains start from: keys [B] -> U(-1, 1), [B, *shape]."""
    return jax.vmap(lambda key: jax.random.uniform(key, shape, minval=-1.0, maxval=1.0))(keys)


def langevin(
    score: Callable[[Array], Array],
    x: Array,
    keys: Array,
    *,
    steps: int,
    step: float,
    noise: float | None = None,
    clip: float | None = None,
    bounds: tuple[float, float] | None = None,
) -> Array:
    """x <- x + step grad D(x) + noise N(0, I), `steps` times.

    With noise = sqrt(2 step), the default, and small steps this is the unadjusted Langevin algorithm, whose chains
    forget where they began and are drawn from exp(D): for D(x) = -x^2 / 2v their variance is v / (1 - step / 2v).
    Energy models of images use far less noise, after which the chains look for modes of D rather than sample from it:
    Du & Mordatch 2019 (arXiv:1903.08689), eq. 1 and appendix; Nijkamp et al. 2019 (arXiv:1903.12370), section 3.

    Args:
      score: x -> D(x), [B]: a log-density up to a constant, the negative of an energy. Each example's alone.
      x: where the chains are, [B, ...].
      keys: one per chain, [B].
      steps: how many.
      step: what the gradient is multiplied with.
      noise: standard deviation of what is added to every value in every step.
      clip: each value of the gradient is kept within -clip and clip: Du & Mordatch's code does, for stability.
      bounds: each value of x is kept within these, after every step.

    Returns:
      The chains afterwards, [B, ...]; a constant to gradients.
    """
    chex.assert_equal_shape_prefix((x, keys), 1)
    deviation = (2 * step) ** 0.5 if noise is None else noise

    def climb(i: Array, x: Array) -> Array:
        slope = jax.grad(lambda x: jnp.sum(score(x)))(x)
        slope = slope if clip is None else jnp.clip(slope, -clip, clip)
        fresh = jax.vmap(lambda key: jax.random.normal(jax.random.fold_in(key, i), x.shape[1:], x.dtype))(keys)
        x = x + step * slope + deviation * fresh
        return x if bounds is None else jnp.clip(x, *bounds)

    return lax.stop_gradient(lax.fori_loop(0, steps, climb, lax.stop_gradient(x)))
