"""A run's nets, ready to be searched against."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxgen.abilities import Draw, Encode, Judge
from jaxgen.errors import InputError
from jaxgen.game import Net
from jaxgen.losses import adversarial, wasserstein
from jaxgen.model.bound import Bound
from jaxgen.model.model import Model
from jaxgen.nets import linen

# Of D's scores: a loss of the sigmoid of those that have no zero would say nothing.
PERCEPTUAL = {
    "saturating": adversarial.minimax,
    "non_saturating": adversarial.non_saturating,
    "critic": wasserstein.generator,
}


class Frozen(NamedTuple):
    """What a run learned, as searches for codes ask for it."""

    draws: Bound[Draw]
    judges: Bound[Judge] | None
    encodes: Bound[Encode] | None
    size: int
    channels: int
    round: int
    digest: str
    G: Net
    D: Net | None
    E: Net | None

    @property
    def sampler(self) -> Draw:
        return self.draws.ability

    @property
    def nets(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parameters and the stats of "G" and, where there are any, of "D" and "E"."""
        found = {"G": self.draws, "D": self.judges, "E": self.encodes}
        there = {name: bound for name, bound in found.items() if bound is not None}
        return {n: bound.params for n, bound in there.items()}, {n: bound.stats for n, bound in there.items()}

    @property
    def perceptual(self) -> str:
        """The name in `PERCEPTUAL` that suits its D."""
        return "critic" if self.judges and self.judges.ability.zero is None else "saturating"

    def draw(self, codes: np.ndarray) -> np.ndarray:
        """Codes [N, latent] -> images [N, H, W, C] in [-1, 1]."""
        return self.draws.draw(codes)

    def images(self, codes: np.ndarray) -> np.ndarray:
        """Codes [N, latent] -> uint8 [N, H, W, C]."""
        return self.draws.images(codes)

    def guess(self, images: np.ndarray) -> np.ndarray:
        """Codes [N, latent] that the run's encoder gives uint8 images [N, H, W, C].

        Raises:
          InputError: it has no encoder.
        """
        if self.encodes is None:
            raise InputError("the run has no encoder to guess codes by: start from the prior")
        return self.encodes.encode(images)


def frozen(path: Path, checkpoint: str = "last") -> Frozen:
    """The nets of a run whose images are made from codes.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or its images are not made from codes alone.
    """
    model = Model(path, checkpoint)
    draws = model.ability(Draw)
    if asked := list(draws.ability.takes):
        raise InputError(f"{path} draws images by {asked[0]} too, and a search is for a code alone")
    like = jax.eval_shape(draws.ability.draw, draws.params, draws.stats, jnp.zeros((1, draws.ability.latent)))
    judges = model.ability(Judge) if model.can(Judge) else None
    encodes = model.ability(Encode) if model.can(Encode) else None
    G, D, E = (bound and linen.net(bound.ability.module) for bound in (draws, judges, encodes))
    return Frozen(draws, judges, encodes, like.shape[1], like.shape[3], model.round, model.digest, G, D, E)
