"""Samplers as data: from what a run's config says to what draws its images."""

from typing import Any

from jaxgen.sampling.ancestral import AncestralSampler
from jaxgen.sampling.langevin import LangevinSampler
from jaxgen.sampling.latent import LatentSampler
from jaxgen.sampling.pixelvae import PixelVAESampler

type Sampler = LatentSampler | LangevinSampler | AncestralSampler | PixelVAESampler


def build(description: dict[str, Any]) -> Sampler:
    """The sampler whose `describe` gave this.

    Raises:
      InputError: no sampler did.
    """
    match description.get("sampler"):
        case "ancestral":
            return AncestralSampler.build(description)
        case "langevin":
            return LangevinSampler.build(description)
        case "pixelvae":
            return PixelVAESampler.build(description)
    return LatentSampler.build(description)
