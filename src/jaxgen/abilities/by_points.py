"""Images at keypoints."""

from dataclasses import dataclass, field
from typing import Any

from flax import linen as nn
from jax import Array

from jaxgen.abilities.draw import Draw, apply
from jaxgen.nets.keypoints import unmarked


@dataclass(frozen=True)
class DrawAtPoints(Draw):
    """Images by a sentence and keypoints (GAWWN). Keypoints that are not given, NaN, are drawn first, by another net
    and the last part of the code."""

    keypoints: nn.Module = field(kw_only=True)  # z, sentences, points [B, n, 2], train -> (x, y, v) [B, n, 3]
    keypoints_latent: int = field(kw_only=True)  # numbers of a code that are this net's
    keypoints_net: str = "K"

    @property
    def nets(self) -> tuple[str, ...]:
        return (*super().nets, self.keypoints_net)

    def _drawn(self, params: Any, stats: Any, z: Array, *told: Array) -> Array:
        (text, points), first, name = told, self.latent - self.keypoints_latent, self.keypoints_net
        every = unmarked(apply(self.keypoints, params[name], stats[name], z[:, first:], text, points))
        return super()._drawn(params, stats, z[:, :first], text, every)
