"""From some fields of an example to others: pictures to pictures, tables to tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.abilities.ability import NONE, Ability, Conditions, positive
from jaxgen.data.fields import Field
from jaxgen.errors import InputError
from jaxgen.nets import linen


@dataclass(frozen=True)
class Map(Ability):
    """What a net gives of what it takes: translation, colours, a larger image, a mask, what a table lacks.

    A mask is given by the largest of its logits, where the module gives these.
    """

    can = "be applied to files"
    module: nn.Module  # fields [B, ...] in their order, keys [B] where there is noise, train -> a field, or a tuple
    net: str = "G"
    takes: Mapping[str, Field] = NONE
    gives: Mapping[str, Field] = NONE
    noise: bool = False  # whether the module takes a key for each example, after the fields
    multiple: int | None = None  # of which the sides are that it takes; None where these are its fields' alone
    halo: int | None = None  # pixels to each side of what it takes that a pixel of what it gives sees; None is all
    grey: bool = False  # whether what is made of a grey file is grey too

    def __post_init__(self) -> None:
        self._keep("takes", "gives")
        if not (self.takes and self.gives):
            raise InputError("a map takes fields and gives fields: say which")
        for name in ("multiple", "halo"):
            if getattr(self, name) is not None:
                positive(self, name)

    @property
    def conditions(self) -> Conditions:
        """All that it takes."""
        return Conditions(self.takes)

    def apply(self, params: Any, stats: Any, inputs: Mapping[str, Array], keys: Array) -> dict[str, Array]:
        """The fields that it gives, [B, ...], of those that it takes; pure.

        Args:
          params, stats: the net's.
          inputs: by field, [B, ...]: images in [-1, 1], numbers of classes.
          keys: one per example, [B].
        """
        given = [inputs[name] for name in self.takes] + ([keys] if self.noise else [])
        out = linen.net(self.module).apply(params, stats, *given, train=False)[0]
        every = out if isinstance(out, tuple) else (out,)
        return {name: _as_field(value, field) for (name, field), value in zip(self.gives.items(), every)}


def _as_field(value: Array, field: Field) -> Array:
    logits = field.kind in ("mask", "label") and field.names and value.ndim == len(field.shape) + 2
    return jnp.argmax(value, -1).astype(jnp.int32) if logits else value
