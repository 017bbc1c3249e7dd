"""Images from latent codes, and paths between codes."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen import latents
from jaxgen.errors import InputError
from jaxgen.nets import linen

PRIORS = {"normal": latents.normal, "uniform": latents.uniform}


@dataclass(frozen=True)
class LatentSampler:
    """How a run's images are made from codes: data, so that a command can draw from a run's folder alone."""

    module: nn.Module  # z [B, latent], train -> images [B, H, W, C] in [-1, 1]
    latent: int  # length of a code
    prior: str = "normal"  # what codes are drawn from: "normal" or "uniform"
    net: str = "G"  # the name under which the game keeps the module's parameters

    def codes(self, key: Array, count: int) -> Array:
        """Codes [count, latent] from the prior; the first n of them do not depend on `count`."""
        keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(count))
        return PRIORS[self.prior](keys, self.latent)

    def draw(self, params: Any, stats: Any, z: Array) -> Array:
        """Codes [B, latent] -> images [B, H, W, C] in [-1, 1], by the running statistics; pure."""
        return linen.net(self.module).apply(params, stats, z, train=False)[0]

    def describe(self) -> dict[str, Any]:
        """This sampler as JSON."""
        return {
            "sampler": "latent", "net": self.net, "latent": self.latent, "prior": self.prior,
            "module": linen.describe(self.module),
        }  # fmt: skip

    @staticmethod
    def build(description: dict[str, Any]) -> "LatentSampler":
        """The sampler that `describe` described.

        Raises:
          InputError: it describes none.
        """
        try:
            if description["sampler"] != "latent" or description["prior"] not in PRIORS:
                raise KeyError
            module = linen.build(description["module"])
            return LatentSampler(module, int(description["latent"]), description["prior"], str(description["net"]))
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"not a sampler of images from codes: {description}") from None


def line(start: Array, stop: Array, steps: int) -> Array:
    """Straight paths: codes [B, latent] and [B, latent] -> [B, steps, latent], both ends included."""
    t = jnp.linspace(0.0, 1.0, steps)[:, None]
    return start[:, None] * (1 - t) + stop[:, None] * t


def sphere(start: Array, stop: Array, steps: int) -> Array:
    """Great-circle paths (White 2016, arXiv:1609.04468): [B, latent] twice -> [B, steps, latent].

    Directions turn at constant speed and lengths change linearly, which is White's formula where both codes are equally
    long. A Gaussian prior's mass lies near a sphere, and a straight path leaves it. Codes with one direction (or opposite
    ones, which no single great circle joins) are joined by a line.
    """
    lengths = [jnp.linalg.norm(z, axis=-1, keepdims=True) for z in (start, stop)]
    a, b = (z / jnp.maximum(length, 1e-12) for z, length in zip((start, stop), lengths))
    angle = jnp.arccos(jnp.clip(jnp.sum(a * b, axis=-1), -1, 1))[:, None, None]
    t = jnp.linspace(0.0, 1.0, steps)[:, None]
    turns = (jnp.sin(angle) > 1e-6) & (jnp.minimum(*lengths)[:, None] > 1e-12)
    sine = jnp.where(turns, jnp.sin(angle), 1.0)
    direction = (jnp.sin((1 - t) * angle) * a[:, None] + jnp.sin(t * angle) * b[:, None]) / sine
    length = lengths[0][:, None] * (1 - t) + lengths[1][:, None] * t
    return jnp.where(turns, direction * length, line(start, stop, steps))
