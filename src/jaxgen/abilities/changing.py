"""Images with other attributes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.abilities.mapping import Map
from jaxgen.data.derived.attributes import groups
from jaxgen.nets import linen


@dataclass(frozen=True)
class Change(Map):
    """Images with some attributes changed (AttGAN). It takes an image, and attributes [n], where -1 stands for an image
    that lacks one, 1 for one that has it, and NaN for what it is already, which a classifier says."""

    can = "change attributes of images"
    judge: nn.Module = field(kw_only=True)  # images, train -> scores, and logits of attributes [B, n]
    judge_net: str = "D"

    @property
    def nets(self) -> tuple[str, ...]:
        return (self.net, self.judge_net)

    def variables(self, params: Mapping[str, Any], stats: Mapping[str, Any]) -> tuple[Any, Any]:
        return {name: params[name] for name in self.nets}, {name: stats[name] for name in self.nets}

    def apply(self, params: Any, stats: Any, inputs: Mapping[str, Array], keys: Array) -> dict[str, Array]:
        (seen, _), (told, _) = self.takes.items()
        own = self.seen_in(params, stats, inputs[seen])
        wanted = jnp.where(jnp.isnan(inputs[told]), own, inputs[told])
        return super().apply(params[self.net], stats[self.net], {seen: inputs[seen], told: wanted}, keys)

    def seen_in(self, params: Any, stats: Any, images: Array) -> Array:
        """The attributes that the classifier finds in images [B, H, W, C]: -1 or 1, [B, n]. Of those that exclude each
        other it is the likeliest."""
        judge, (_, told) = self.judge_net, self.takes.values()
        _, logits = linen.net(self.judge).apply(params[judge], stats[judge], images, train=False)[0]
        found = jnp.where(logits > 0, 1.0, -1.0)
        for places in groups(told.names):
            if len(places) > 1:
                some = jnp.array(places)
                found = found.at[:, some].set(2 * jax.nn.one_hot(jnp.argmax(logits[:, some], -1), len(places)) - 1)
        return found
