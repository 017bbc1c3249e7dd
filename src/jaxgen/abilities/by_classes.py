"""Images of classes that have priors of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jax import Array

from jaxgen.abilities.draw import Draw
from jaxgen.nets import linen
from jaxgen.nets.gaussians import Gaussians


@dataclass(frozen=True)
class DrawByClasses(Draw):
    """Images from codes of their class's Gaussian (BAGAN). What is drawn from, walked between and searched for is the
    noise that the Gaussian makes a code of; the code alone is what the module takes."""

    gaussians: Gaussians = field(kw_only=True)  # noise [B, latent], label [B] -> codes [B, latent]
    prior_net: str = "P"  # the name under which the game keeps them

    @property
    def nets(self) -> tuple[str, ...]:
        return self.net, self.prior_net

    def variables(self, params: Mapping[str, Any], stats: Mapping[str, Any]) -> tuple[Any, Any]:
        return tuple({name: of[name] for name in self.nets} for of in (params, stats))  # type: ignore[return-value]

    def draw(self, params: Any, stats: Any, codes: Any) -> Array:
        """By the running statistics."""

        def apply(name: str, module: Any, *xs: Array) -> Array:
            return linen.net(module).apply(params[name], stats[name], *xs, train=False)[0]

        (label,) = self.takes
        code = apply(self.prior_net, self.gaussians, codes["z"], codes[label])
        return apply(self.net, self.module, code)
