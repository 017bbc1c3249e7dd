"""Images of energy models, by Langevin's chains."""

from dataclasses import dataclass
from typing import Any

import jax
from flax import linen as nn
from jax import Array

from jaxgen import latents
from jaxgen.abilities.ability import Drawing, key_data, positive
from jaxgen.nets import linen
from jaxgen.sampling.langevin import langevin, uniform


@dataclass(frozen=True)
class DrawByChains(Drawing):
    """Images of an energy model, from noise: codes are the data of a key each, which chains start from and are driven
    by."""

    can = "draw by chains"
    module: nn.Module  # images [B, size, size, channels] in [-1, 1], train -> scores [B]
    size: int
    channels: int
    steps: int = 500
    step: float = 10.0
    noise: float = 0.005
    clip: float = 0.03
    net: str = "D"

    def __post_init__(self) -> None:
        positive(self, "size", "channels")
        positive(self, "steps", "step", "noise", "clip", least=0)

    def codes(self, key: Array, count: int, **given: Any) -> Array:
        self.conditions.told(count, given)
        return key_data(key, count)

    def draw(self, params: Any, stats: Any, codes: Array) -> Array:
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
