"""What nets make of images: codes, classes, scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flax import linen as nn
from jax import Array

from jaxgen.abilities.ability import NONE, Ability
from jaxgen.data.fields import Field
from jaxgen.errors import InputError
from jaxgen.nets import linen


@dataclass(frozen=True)
class Encode(Ability):
    """Codes of images."""

    can = "encode"
    module: nn.Module  # images [B, H, W, C] in [-1, 1], train -> codes [B, latent], or their mean and log-variance
    net: str = "E"
    takes: Mapping[str, Field] = NONE

    def __post_init__(self) -> None:
        self._keep("takes")

    def encode(self, params: Any, stats: Any, images: Array) -> Array:
        """Images [B, H, W, C] in [-1, 1] -> codes [B, latent], of a Gaussian its mean; by the running statistics."""
        found = linen.net(self.module).apply(params, stats, images, train=False)[0]
        return found[0] if isinstance(found, tuple) else found


@dataclass(frozen=True)
class Classify(Ability):
    """Classes of images."""

    can = "classify"
    module: nn.Module  # images [B, H, W, C] in [-1, 1], train -> logits [B, K]
    net: str = "C"
    names: tuple[str, ...] = ()  # of the classes, where they have some
    takes: Mapping[str, Field] = NONE

    def __post_init__(self) -> None:
        self._keep("takes")

    def logits(self, params: Any, stats: Any, images: Array) -> Array:
        """Images [B, H, W, C] in [-1, 1] -> logits [B, K], by the running statistics."""
        return linen.net(self.module).apply(params, stats, images, train=False)[0]

    def features(self, params: Any, stats: Any, images: Array) -> Array:
        """Images -> the last hidden layer, [B, ...]: features to compare images by.

        Raises:
          InputError: the module has no way to leave its head out.
        """
        if not hasattr(self.module, "head"):
            raise InputError(f"{type(self.module).__name__} has no features, only logits")
        return linen.net(self.module.clone(head=False)).apply(params, stats, images, train=False)[0]


@dataclass(frozen=True)
class Judge(Ability):
    """Scores of images: whether they are real."""

    can = "judge"
    module: nn.Module  # images [B, H, W, C] in [-1, 1], train -> scores [B], or these first of several outputs
    net: str = "D"
    zero: float | None = 0.0  # the score between real and fake; None where only differences mean something

    def score(self, params: Any, stats: Any, images: Array) -> Array:
        """Images [B, H, W, C] in [-1, 1] -> scores [B], by the running statistics."""
        found = linen.net(self.module).apply(params, stats, images, train=False)[0]
        return found[0] if isinstance(found, tuple) else found
