"""Perceptual path length: how much an image changes along a path of codes, by a distance that sees as people do."""

from collections.abc import Callable

import chex
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import Partial
from numpy.typing import ArrayLike

from jaxgen.errors import InputError

Generate = Callable[[Array], Array]  # codes [B, d] -> images [B, ...]
Distance = Callable[[Array, Array], Array]  # images, images -> [B]
Between = Callable[[Array, Array, Array], Array]  # codes [B, d], codes [B, d], t [B] -> codes [B, d]

EPSILON = 1e-4


def lerp(a: Array, b: Array, t: Array) -> Array:
    """a + t (b - a), for spaces without a sphere, as StyleGAN's W: codes [B, d], t [B] -> codes [B, d]."""
    return a + t[:, None] * (b - a)


def slerp(a: Array, b: Array, t: Array) -> Array:
    """Along the great circle from a / |a| to b / |b|, on the unit sphere: codes [B, d], t [B] -> codes [B, d].

    A generator that does not normalise its codes itself should get them scaled to the length it was trained with.
    """
    a, b = _unit(a), _unit(b)
    cosine = jnp.sum(a * b, axis=1, keepdims=True)
    angle = t[:, None] * jnp.arccos(jnp.clip(cosine, -1, 1))
    return _unit(a * jnp.cos(angle) + _unit(b - cosine * a) * jnp.sin(angle))


def lengths(
    generate: Generate,
    distance: Distance,
    start: Array,
    stop: Array,
    t: Array,
    *,
    between: Between = slerp,
    epsilon: float = EPSILON,
) -> Array:
    """d(G(between(t)), G(between(t + epsilon))) / epsilon^2, [B]: Karras et al. 2019 (arXiv:1812.04948), eqs. 2 and 3.

    A distance that is quadratic for small changes, as LPIPS is, makes it independent of epsilon. Can be jitted.

    Args:
      generate: codes [B, d] -> images [B, ...]; noise inside must be the same in both calls.
      distance: images, images -> [B].
      start: codes [B, d].
      stop: codes [B, d].
      t: [B], from 0 to 1.
      between: `slerp` for z (eq. 2), `lerp` for w (eq. 3).
      epsilon: the step.
    """
    chex.assert_rank([start, stop, t], [2, 2, 1])
    chex.assert_equal_shape([start, stop])
    chex.assert_equal_shape_prefix([start, t], 1)
    change = distance(generate(between(start, stop, t)), generate(between(start, stop, t + epsilon)))
    chex.assert_shape(change, t.shape)
    return change / epsilon**2


def sampled(
    generate: Generate,
    distance: Distance,
    sample: Callable[[Array], Array],
    keys: Array,
    *,
    full: bool = True,
    between: Between = slerp,
    epsilon: float = EPSILON,
    chunk: int = 64,
) -> np.ndarray:
    """The length at a random place of a random path for each key: float32 [N]. The paper has 100,000.

    Args:
      generate: codes [B, d] -> images [B, ...]; with parameters, as `jax.tree_util.Partial(function, parameters)`.
      distance: images, images -> [B]; the same.
      sample: a typed key -> one code [d]. An example's numbers depend on its own key alone.
      keys: typed keys [N].
      full: t ~ U(0, 1); otherwise t = 0, the path's end, where codes are certainly of the distribution.
      between: see `lengths`.
      epsilon: see `lengths`.
      chunk: paths at a time, which is what memory depends on.

    Raises:
      InputError: no keys, or chunks of nothing.
    """
    if not (jnp.issubdtype(keys.dtype, jax.dtypes.prng_key) and keys.ndim == 1 and keys.size and chunk > 0):
        raise InputError(f"path lengths need typed keys [N], and chunks of at least 1; not {keys.shape} and {chunk}")

    @jax.jit
    def part(generate: Generate, distance: Distance, keys: Array) -> Array:
        first, second, place = jnp.unstack(jax.vmap(lambda key: jax.random.split(key, 3))(keys), axis=1)
        t = jax.vmap(jax.random.uniform)(place) if full else jnp.zeros(len(keys))
        start, stop = jax.vmap(sample)(first), jax.vmap(sample)(second)
        return lengths(generate, distance, start, stop, t, between=between, epsilon=epsilon)

    both = _as_argument(generate), _as_argument(distance)
    return np.concatenate([np.asarray(part(*both, keys[i : i + chunk])) for i in range(0, len(keys), chunk)])


def _as_argument(function: Callable) -> Partial:
    """A function as an argument of a compiled one, so that arrays which it holds are arguments too."""
    return function if isinstance(function, Partial) else Partial(function)


def mean_length(values: ArrayLike) -> float:
    """The mean of lengths [N] from their 1st to their 99th percentile, each of these inside, as in the authors' code.

    Raises:
      InputError: not [N] with N from 1, or NaN or infinity among them.
    """
    held = np.asarray(values, np.float64)
    if held.ndim != 1 or not held.size or not np.isfinite(held).all():
        raise InputError(f"path lengths must be finite numbers [N], not of shape {held.shape}")
    low, high = np.percentile(held, 1, method="lower"), np.percentile(held, 99, method="higher")
    return float(held[(held >= low) & (held <= high)].mean())


def _unit(codes: Array) -> Array:
    length = jnp.linalg.norm(codes, axis=1, keepdims=True)
    return codes / jnp.maximum(length, jnp.finfo(codes.dtype).tiny)  # codes of one direction leave nothing between
