"""Images of classes that have priors of their own."""

from dataclasses import dataclass, field
from typing import Any

from jax import Array

from jaxgen.abilities.draw import Draw, apply
from jaxgen.nets.gaussians import Gaussians


@dataclass(frozen=True)
class DrawByClasses(Draw):
    """Images from codes of their class's Gaussian (BAGAN). What is drawn from, walked between and searched for is the
    noise that the Gaussian makes a code of; the code alone is what the module takes."""

    gaussians: Gaussians = field(kw_only=True)  # noise [B, latent], label [B] -> codes [B, latent]
    prior_net: str = "P"  # the name under which the game keeps them

    @property
    def nets(self) -> tuple[str, ...]:
        return (*super().nets, self.prior_net)

    def _drawn(self, params: Any, stats: Any, z: Array, *told: Array) -> Array:
        code = apply(self.gaussians, params[self.prior_net], stats[self.prior_net], z, *told)
        return super()._drawn(params, stats, code)
