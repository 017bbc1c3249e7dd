"""Images from latent codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.abilities.ability import NONE, Conditions, Drawing, positive
from jaxgen.data.fields import Field
from jaxgen.errors import InputError
from jaxgen.latents import FLAT, PRIORS
from jaxgen.nets import linen


@dataclass(frozen=True)
class Draw(Drawing):
    """Images from latent codes, and from what is given beside them: labels, sentences, boxes."""

    can = "draw from latent codes"
    quick: ClassVar[bool] = True
    module: nn.Module  # z [B, latent], what it takes, train -> images [B, H, W, C] in [-1, 1]
    latent: int  # length of a code
    prior: str = "normal"  # what codes are drawn from: a name of `latents.PRIORS`
    net: str = "G"
    takes: Mapping[str, Field] = NONE  # in the order in which the module is told them, after z
    gives: Mapping[str, Field] = NONE  # "image", where it is not as the module says: more bits, a range

    def __post_init__(self) -> None:
        self._keep("takes", "gives")
        positive(self, "latent")
        if self.prior not in PRIORS or (self.prior in FLAT and self.latent != 2):
            raise InputError(f"there is no prior {self.prior!r} of {self.latent} numbers")

    @property
    def conditions(self) -> Conditions:
        return Conditions(self.takes)

    def latents(self, key: Array, count: int) -> Array:
        """Codes [count, latent] from the prior alone; the first n of them do not depend on `count`."""
        keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(count))
        return PRIORS[self.prior](keys, self.latent)

    def codes(self, key: Array, count: int, **given: Any) -> Any:
        return self.at(self.latents(key, count), **given)

    def at(self, z: Array, **given: Any) -> Any:
        """Codes [B, latent] with what their images are drawn by: z alone, or a dict of z and of what it takes."""
        told = self.conditions.told(len(z), given)
        return {"z": z, **told} if told else z

    def check(self, codes: Any) -> None:
        found = jnp.shape(codes["z"] if isinstance(codes, Mapping) else codes)
        if len(found) != 2 or found[1] != self.latent:
            raise InputError(f"codes of shape {found} are not this run's: they are [N, {self.latent}]")

    def draw(self, params: Any, stats: Any, codes: Any) -> Array:
        """By the running statistics."""
        z, told = (codes["z"], [codes[name] for name in self.takes]) if self.takes else (codes, [])
        return linen.net(self.module).apply(params, stats, z, *told, train=False)[0]
