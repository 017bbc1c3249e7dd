"""Points whose density is known everywhere: the toy distributions of the GAN literature.

Each is a mixture of equal Gaussians with one standard deviation, so samples, densities and modes are exact.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from jaxgen.data.source import Source, images_and


@dataclass(frozen=True)
class Mixture:
    """Equally likely Gaussians around `means`.

    Args:
      name: what it is called.
      means: [K, d].
      std: in each direction.
      modes: whether the Gaussians are far enough apart to be counted.
    """

    name: str
    means: np.ndarray
    std: float
    modes: bool = True

    @property
    def dim(self) -> int:
        return self.means.shape[1]

    @property
    def scale(self) -> float:
        """The root of the points' mean square: what to divide them by for a net."""
        return float(np.sqrt((self.means**2).mean() + self.std**2))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Points float32 [*shape, d]."""
        centres = self.means[rng.integers(len(self.means), size=shape)]
        return (centres + self.std * rng.normal(size=centres.shape)).astype(np.float32)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """[N, d] -> [N], float64, in nats."""
        square = ((np.asarray(x, np.float64)[:, None] - self.means) ** 2).sum(-1)
        normaliser = self.dim / 2 * np.log(2 * np.pi * self.std**2) + np.log(len(self.means))
        return logsumexp(-square / (2 * self.std**2), axis=1) - normaliser


def ring() -> Mixture:
    """8 Gaussians on the unit circle, std 0.01 (Srivastava et al. 2017, VEEGAN, arXiv:1705.07761, section 4.1)."""
    angles = np.arange(8) * (2 * np.pi / 8)
    return Mixture("ring", np.stack([np.cos(angles), np.sin(angles)], 1), 0.01)


def grid() -> Mixture:
    """25 Gaussians at {-4, -2, 0, 2, 4}^2, std 0.05 (VEEGAN, section 4.1; Lin et al. 2018, PacGAN, section 4.1)."""
    ticks = np.arange(-4.0, 5.0, 2.0)
    return Mixture("grid", np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2), 0.05)


def swissroll() -> Mixture:
    """The spiral t (cos t, sin t) for t from 1.5 pi to 4.5 pi, as scikit-learn's `make_swiss_roll` seen from its end,
    scaled to radius 2, with noise of std 0.05. As 512 Gaussians along it its density is exact."""
    t = 1.5 * np.pi * (1 + 2 * (np.arange(512) + 0.5) / 512)
    return Mixture(
        "swissroll", np.stack([np.cos(t), np.sin(t)], 1) * (t * 2 / (4.5 * np.pi))[:, None], 0.05, modes=False
    )


def mixture1d() -> Mixture:
    """Three Gaussians on a line, at -2, 0 and 2, std 0.3."""
    return Mixture("mixture1d", np.array([[-2.0], [0.0], [2.0]]), 0.3)


MIXTURES = {"ring": ring, "grid": grid, "swissroll": swissroll, "mixture1d": mixture1d}


def points(mixture: Mixture, *, count: int = 1 << 17, sets: int | None = None, seed: int = 0) -> Source:
    """A data set of points, float32, under "image".

    Args:
      mixture: where they are drawn from, once.
      count: records in the set.
      sets: independent points in a record, for `jaxgen.seeds.many` games: [sets, d]; None is [d].
      seed: of the draw.
    """
    lead = () if sets is None else (sets,)
    drawn = mixture.sample(np.random.default_rng(seed), (count, *lead))
    return Source(mixture.name, count, images_and(drawn.shape[1:]), lambda i: {"image": drawn[i]})
