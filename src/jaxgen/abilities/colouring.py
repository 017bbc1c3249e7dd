"""Colours for what is grey."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jax import Array

from jaxgen import colours
from jaxgen.abilities.mapping import Map


@dataclass(frozen=True)
class Colour(Map):
    """Images with the colours that a net gives their lightness. What colours they have already is not looked at, and
    their lightness stays as it is (`jaxgen.colours`)."""

    can = "colour images"

    def apply(self, params: Any, stats: Any, inputs: Mapping[str, Array], keys: Array) -> dict[str, Array]:
        (taken,), (given,) = self.takes, self.gives
        lightness, _ = colours.apart(inputs[taken])
        colour = super().apply(params, stats, {taken: lightness}, keys)[given]
        return {given: colours.together(lightness, colour)}
