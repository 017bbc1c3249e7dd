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

FLAT = {"petals": latents.petals, "swiss_roll": latents.swiss_roll}  # of codes of length 2
PRIORS = {"normal": latents.normal, "uniform": latents.uniform, **FLAT}


@dataclass(frozen=True)
class LatentSampler:
    """How a run's images are made from codes: data, so that a command can draw from a run's folder alone."""

    module: nn.Module  # z [B, latent], train -> images [B, H, W, C] in [-1, 1]
    latent: int  # length of a code
    prior: str = "normal"  # what codes are drawn from: a name of `PRIORS`
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
        match description:
            case {
                "sampler": "latent",
                "net": str(net),
                "latent": int(latent),
                "prior": str(prior),
                "module": module,
                **more,
            }:
                if latent > 0 and prior in PRIORS and (latent == 2 or prior not in FLAT) and not more:
                    return LatentSampler(linen.build(module), latent, prior, net)
        raise InputError(f"not a sampler of images from codes: {description}")


def line(start: Array, stop: Array, steps: int) -> Array:
    """Straight paths: codes [B, latent] and [B, latent] -> [B, steps, latent], both ends included."""
    t = jnp.linspace(0.0, 1.0, steps)[None, :, None]
    return start[:, None] * (1 - t) + stop[:, None] * t


def sphere(start: Array, stop: Array, steps: int) -> Array:
    """Great-circle paths (White 2016, arXiv:1609.04468): [B, latent] twice -> [B, steps, latent].

    Directions turn at constant speed and lengths change linearly, which is White's formula where both codes are equally
    long. A Gaussian prior's mass lies near a sphere, and a straight path leaves it. Codes with one direction, opposite
    ones (which no single great circle joins) and zero are joined by a line.
    """
    (a, from_length), (b, to_length) = _polar(start), _polar(stop)
    # White divides by the angle's sine, which float32 loses near 0 and 180 degrees; the sum and the difference of two
    # directions are orthogonal, and as long as twice the cosine and the sine of half the angle.
    (middle, cosine), (across, sine) = _polar(a + b), _polar(b - a)
    turns = (from_length > 0) & (to_length > 0) & (cosine > 0) & (sine > 0)
    angle = 2 * jnp.arctan2(sine, cosine)[:, None]
    t = jnp.linspace(0.0, 1.0, steps)[None, :, None]
    direction = jnp.cos((t - 0.5) * angle) * middle[:, None] + jnp.sin((t - 0.5) * angle) * across[:, None]
    length = line(from_length, to_length, steps)
    return jnp.where(turns[:, None], direction * length, line(start, stop, steps))


def _polar(x: Array) -> tuple[Array, Array]:
    """Vectors [B, n] -> directions [B, n] and lengths [B, 1], zero below 1e-6; gradients are finite always."""
    square = jnp.sum(x * x, axis=-1, keepdims=True)
    long = square > 1e-12
    length = jnp.sqrt(jnp.where(long, square, 1.0))
    return jnp.where(long, x / length, 0.0), jnp.where(long, length, 0.0)
