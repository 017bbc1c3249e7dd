"""Samples by climbing a score: Langevin's chains, and the sampler of an energy model."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import chex
import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array, lax

from jaxgen import latents
from jaxgen.errors import InputError
from jaxgen.nets import linen

SETTINGS = {"net": str, "size": int, "channels": int, "steps": int, "step": float, "noise": float, "clip": float}


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


@dataclass(frozen=True)
class LangevinSampler:
    """How an energy model's images are made, from noise: data, so that a command can draw from a run's folder alone."""

    module: nn.Module  # images [B, size, size, channels] in [-1, 1], train -> scores [B]
    size: int
    channels: int
    steps: int = 500
    step: float = 10.0
    noise: float = 0.005
    clip: float = 0.03
    net: str = "D"  # the name under which the game keeps the module's parameters

    def codes(self, key: Array, count: int) -> Array:
        """What chains start from and are driven by, the data of a key each: uint32 [count, ...]; the first n of them
        do not depend on `count`."""
        return jax.random.key_data(jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(count)))

    def draw(self, params: Any, stats: Any, codes: Array) -> Array:
        """Codes [B, ...] -> images [B, size, size, channels] in [-1, 1]; pure."""
        k_start, k_steps = latents.split(jax.random.wrap_key_data(codes))
        D = linen.net(self.module)
        return langevin(
            lambda x: D.apply(params, stats, x, train=False)[0],
            uniform(k_start, (self.size, self.size, self.channels)),
            k_steps,
            steps=self.steps,
            step=self.step,
            noise=self.noise,
            clip=self.clip,
            bounds=(-1.0, 1.0),
        )

    def describe(self) -> dict[str, Any]:
        """This sampler as JSON."""
        settings = {name: getattr(self, name) for name in SETTINGS}
        return {"sampler": "langevin", **settings, "module": linen.describe(self.module)}

    @staticmethod
    def build(description: dict[str, Any]) -> "LangevinSampler":
        """The sampler that `describe` described.

        Raises:
          InputError: it describes none.
        """
        given = {**description}
        kind, module = given.pop("sampler", None), given.pop("module", None)
        known = given.keys() == SETTINGS.keys() and all(type(given[name]) is kind for name, kind in SETTINGS.items())
        numbers = [value for value in given.values() if not isinstance(value, str)]
        if kind == "langevin" and known and all(0 <= n < float("inf") for n in numbers) and given["size"]:
            return LangevinSampler(linen.build(module), **given)
        raise InputError(f"not a sampler of images by Langevin steps: {description}")
