"""Images from latent codes."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.latents import FLAT, PRIORS
from jaxgen.nets import linen


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
