"""Optimisers of single examples' codes: each sees one example's loss alone (`jaxgen.game` tells a player of per-example
nets `value`, `grad`, `value_fn` and `key`), so that a line search or a Markov chain is an optimiser like any other.

    tx = OPTIMISERS["adam"](lr=0.1, steps=200)
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array


def langevin(lr: float, *, temperature: float = 1.0) -> optax.GradientTransformationExtraArgs:
    """z <- z - lr grad L(z) + sqrt(2 lr T) N(0, I): the unadjusted Langevin algorithm, whose chains are drawn from
    exp(-L / T) up to an error that grows with lr (Roberts & Tweedie 1996, section 1.4.1).

    Its update must be told a `key`.
    """

    def update(grads, state, params=None, *, key, **_):
        noise = _normal(key, grads)
        deviation = (2 * lr * temperature) ** 0.5
        return jax.tree.map(lambda g, e: -lr * g + deviation * e, grads, noise), state

    return optax.GradientTransformationExtraArgs(lambda params: optax.EmptyState(), update)


def hmc(lr: float, *, leaps: int = 5, temperature: float = 1.0) -> optax.GradientTransformationExtraArgs:
    """Hamiltonian Monte Carlo (Neal 2011, arXiv:1206.1901, section 3.3): a proposal by `leaps` leapfrog steps of size
    `lr` and unit masses, accepted with probability min(1, exp(H - H')), H = L / T + |p|^2 / 2. Chains are drawn from
    exp(-L / T) exactly, however large the step; too large a one is always refused.

    Its update must be told `value_fn` and a `key`. Each step asks for `leaps` gradients beside the player's own.
    """

    def update(grads, state, params=None, *, value, value_fn, key, **_):
        energy = jax.value_and_grad(lambda q: value_fn(q, key) / temperature)
        k_momentum, k_accept = jax.random.split(key)
        momentum = _normal(k_momentum, params)

        def leap(i: Array, at: tuple) -> tuple:
            q, p, slope, _ = at
            p = _plus(p, slope, -lr / 2)
            q = _plus(q, p, lr)
            potential, slope = energy(q)
            return q, _plus(p, slope, -lr / 2), slope, potential

        first = jax.tree.map(lambda g: g / temperature, grads)
        q, p, _, potential = jax.lax.fori_loop(0, leaps, leap, (params, momentum, first, value / temperature))
        gained = value / temperature - potential + (_square(momentum) - _square(p)) / 2
        accepted = jnp.log(jax.random.uniform(k_accept)) < gained  # a NaN, of a step far too large, is refused
        return jax.tree.map(lambda new, old: jnp.where(accepted, new - old, jnp.zeros_like(old)), q, params), state

    return optax.GradientTransformationExtraArgs(lambda params: optax.EmptyState(), update)


def within(bound: float) -> optax.GradientTransformation:
    """An optimiser's last link that keeps every parameter between -bound and bound, as code for Yeh et al. 2016 does
    with z, whose prior there is uniform on such a cube."""

    def update(updates, state, params=None):
        return jax.tree.map(lambda u, p: jnp.clip(p + u, -bound, bound) - p, updates, params), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def _adam(lr: float, steps: int, temperature: float) -> optax.GradientTransformation:
    return optax.adam(optax.cosine_decay_schedule(lr, steps))


# name -> (lr, steps, temperature) -> optimiser. L-BFGS finds its step size by itself, with up to ten tries.
OPTIMISERS: Mapping[str, Callable[[float, int, float], optax.GradientTransformation]] = {
    "adam": _adam,
    "lbfgs": lambda lr, steps, temperature: optax.lbfgs(linesearch=optax.scale_by_zoom_linesearch(10)),
    "langevin": lambda lr, steps, temperature: langevin(lr, temperature=temperature),
    "hmc": lambda lr, steps, temperature: hmc(lr, temperature=temperature),
}


def _normal(key: Array, like: Any) -> Any:
    leaves, tree = jax.tree.flatten(like)
    keys = jax.random.split(key, len(leaves))
    return jax.tree.unflatten(tree, [jax.random.normal(k, x.shape, x.dtype) for k, x in zip(keys, leaves)])


def _plus(a: Any, b: Any, times: float) -> Any:
    return jax.tree.map(lambda x, y: x + times * y, a, b)


def _square(tree: Any) -> Array:
    return sum((jnp.sum(x * x) for x in jax.tree.leaves(tree)), jnp.zeros(()))
