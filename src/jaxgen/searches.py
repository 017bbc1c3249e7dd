"""How codes are searched for: the settings of every command and experiment that searches."""

from dataclasses import dataclass
from typing import Annotated, Literal

from jaxgen.limits import Above, AtLeast, Seed


@dataclass(frozen=True)
class Search:
    """How codes are searched for."""

    # What moves the code: Adam with steps that shrink along a cosine, L-BFGS with a line search, or chains that sample
    # codes by their loss (Langevin, Hamiltonian Monte Carlo).
    optimiser: Literal["adam", "lbfgs", "langevin", "hmc"] = "adam"
    # Size of the first step; by default 0.1 for adam, 1e-4 for langevin and 3e-3 for hmc. L-BFGS finds its own.
    lr: Annotated[float | None, Above(0)] = None
    # Steps of the search.
    steps: Annotated[int, AtLeast(1)] = 200
    # Searches for each image from different codes, in one batch; the one with the least loss is kept.
    restarts: Annotated[int, AtLeast(1)] = 4
    # What known pixels weigh: by how many near them are missing (Yeh et al. 2017), or all the same (2016).
    weighting: Literal["importance", "plain"] = "importance"
    # Weight of D's opinion of the image, lambda; 0 asks no D.
    weight: Annotated[float, AtLeast(0)] = 0.1
    # The loss of D's score: saturating, log(1 - D), as published; non_saturating, -log D; or critic, the negative
    # score, for D whose scores have no zero. By default what suits the run's objective.
    perceptual: Literal["saturating", "non_saturating", "critic"] | None = None
    # Weight of |z|^2 / 2: codes stay likely under a Gaussian prior.
    prior: Annotated[float, AtLeast(0)] = 0.0
    # Keep every number of a code between -clip and clip; by default 1 where the run's prior is uniform, else not.
    clip: Annotated[float | None, Above(0)] = None
    # Where searches start: from draws of the prior, or the first of each image from what the run's encoder says.
    start: Literal["prior", "encoder"] = "prior"
    # Of chains: the temperature at which codes are sampled.
    temperature: Annotated[float, Above(0)] = 1.0
    # Of the codes to start from, of chains' noise and of random masks.
    seed: Seed = 0
