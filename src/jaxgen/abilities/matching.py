"""How well sentences and images fit each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flax import linen as nn
from jax import Array

from jaxgen.abilities.ability import NONE, Ability
from jaxgen.data.fields import Field
from jaxgen.nets import linen


@dataclass(frozen=True)
class Match(Ability):
    """Vectors of sentences and of images, whose inner products say how well they fit."""

    can = "tell how well sentences fit images"
    module: nn.Module  # tokens [B, L], train -> vectors [B, n]
    seer: nn.Module  # images [B, H, W, C] in [-1, 1], train -> vectors [B, n]
    net: str = "T"
    seer_net: str = "V"
    takes: Mapping[str, Field] = NONE  # "caption" and "image"

    def __post_init__(self) -> None:
        self._keep("takes")

    @property
    def nets(self) -> tuple[str, ...]:
        return (self.net, self.seer_net)

    def variables(self, params: Mapping[str, Any], stats: Mapping[str, Any]) -> tuple[Any, Any]:
        return {name: params[name] for name in self.nets}, {name: stats[name] for name in self.nets}

    def sentences(self, params: Any, stats: Any, tokens: Array) -> Array:
        """Tokens [B, L] -> vectors [B, n]."""
        return linen.net(self.module).apply(params[self.net], stats[self.net], tokens, train=False)[0]

    def images(self, params: Any, stats: Any, images: Array) -> Array:
        """Images [B, H, W, C] in [-1, 1] -> vectors [B, n]."""
        return linen.net(self.seer).apply(params[self.seer_net], stats[self.seer_net], images, train=False)[0]
