"""Samplers as data: from what a run's config says to what draws its images."""

from typing import Any

from jaxgen.sampling.langevin import LangevinSampler
from jaxgen.sampling.latent import LatentSampler

type Sampler = LatentSampler | LangevinSampler


def build(description: dict[str, Any]) -> Sampler:
    """The sampler whose `describe` gave this.

    Raises:
      InputError: no sampler did.
    """
    if description.get("sampler") == "langevin":
        return LangevinSampler.build(description)
    return LatentSampler.build(description)
