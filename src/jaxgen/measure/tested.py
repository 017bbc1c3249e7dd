"""How many images of the test split are measured, and how closely: settings that models with likelihoods share."""

from dataclasses import dataclass
from typing import Annotated, Any

import jax

from jaxgen.abilities import Density
from jaxgen.data import Source
from jaxgen.executors import data_mesh
from jaxgen.limits import AtLeast
from jaxgen.measure.likelihoods import measured
from jaxgen.model.bound import Bound


@dataclass(frozen=True)
class Tested:
    """Likelihoods of a test split."""

    # Images of the test split to measure; by default all.
    test_images: Annotated[int | None, AtLeast(1)] = None

    def nats(self, density: Bound[Density], source: Source, **how: Any) -> dict[str, Any]:
        """`likelihoods.measured` of so many images, on this process' devices."""
        count, mesh = min(self.test_images or source.length, source.length), data_mesh(jax.local_devices())
        return measured(density.ability, (density.params, density.stats), source, count, mesh, **how)


@dataclass(frozen=True)
class Bounded(Tested):
    """Bounds of likelihoods, of models with latent codes."""

    # Nats of each latent's divergence that cost nothing.
    free_bits: Annotated[float, AtLeast(0)] = 0.0
    # Samples for each image of the test split by which its likelihood is estimated.
    is_samples: Annotated[int, AtLeast(1)] = 500

    def bounds(self, density: Bound[Density], source: Source, seed: int) -> dict[str, Any]:
        """The same of a density with codes, the ELBO with its own sign."""
        found = self.nats(density, source, strict=False, samples=self.is_samples, seed=seed)
        return {**found, "elbo": -found["elbo"]}
