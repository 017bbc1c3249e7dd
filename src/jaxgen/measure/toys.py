"""Games on data whose density is known, or whose modes are: a mix-in for settings, and what they say made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from jaxgen.data import Source, open_source
from jaxgen.data.derived.stacked import stacked
from jaxgen.data.points import MIXTURES, Mixture, points
from jaxgen.errors import InputError
from jaxgen.game import State
from jaxgen.limits import AtLeast
from jaxgen.measure.densities import Players, of_digits, of_points
from jaxgen.model.classes import classifier
from jaxgen.nets import dcgan, mlp, net

STACKED = "stacked-mnist"
Data = Literal["ring", "grid", "swissroll", "mixture1d", "stacked-mnist"]


@dataclass(frozen=True)
class Toy:
    """Which data, how many games, and their nets."""

    # What to learn: 8 Gaussians on a ring, 25 on a grid, a spiral, 3 Gaussians on a line, or 1,000 triples of digits.
    dataset: Annotated[Data, tyro.conf.arg(aliases=["--data"])] = "ring"
    # Independent games (nets, noise and data), played at once.
    seeds: Annotated[int, AtLeast(1)] = 10
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 2
    # Units in each hidden layer; channels of the largest map for Stacked MNIST.
    width: Annotated[int, AtLeast(1)] = 128
    # Hidden layers of G and of D, but for Stacked MNIST.
    layers: Annotated[int, AtLeast(0)] = 3
    # Folder of a run of experiments/classifiers/classifier.py on MNIST: says which modes of Stacked MNIST are seen.
    classifier: Path | None = None

    @property
    def mixture(self) -> Mixture | None:
        """What points are drawn from; None where data are digits."""
        return None if self.dataset == STACKED else MIXTURES[self.dataset]()

    def data(self: Any) -> Source:
        """Points, or triples of MNIST's digits, sets of each game's own; of settings with `split`, `data_dir`, `seed`.

        Raises:
          InputError: there is no MNIST, or no classifier for it.
        """
        sets = self.seeds if self.seeds > 1 else None
        if self.mixture:
            return points(self.mixture, sets=sets, seed=self.seed)
        if self.classifier is None:
            raise InputError(
                "--data stacked-mnist needs --classifier, the folder of a run of experiments/classifiers/classifier.py"
            )
        classifier(self.classifier)  # which must be there in the end
        return stacked(open_source("mnist", split=self.split, data_dir=self.data_dir), sets=sets, seed=self.seed)

    def figures(self, players: Players, state: State, source: Source, seed: int) -> dict[str, Any]:
        """What the players came to: `densities.of_points`, or `densities.of_digits`."""
        if self.mixture:
            return of_points(players, state, self.mixture, source, seed + 1)
        assert self.classifier is not None
        return of_digits(players, state, classifier(self.classifier), seed)

    def players(self, norm: str, dtype: Any) -> Players:
        """G and D for the data; `norm` is D's."""
        if self.mixture is None:
            G, D = net(dcgan.Generator(28, 3, self.width, dtype)), net(dcgan.Discriminator(self.width, dtype, norm))
            return Players(G, D, self.latent, self.seeds)
        widths = (self.width,) * self.layers
        G = net(mlp.Points(self.mixture.dim, widths, dtype))
        D = net(mlp.Discriminator(widths, dtype, "spectral" if norm == "spectral" else "none"))
        return Players(G, D, self.latent, self.seeds, self.mixture.scale)
