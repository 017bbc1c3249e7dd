"""Fidelity and diversity of samples by nearest neighbours: precision, recall, density and coverage."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from jaxgen.errors import InputError
from jaxgen.metrics import checks, distances


class PRDC(NamedTuple):
    precision: float  # share of samples inside some real example's ball, 0 to 1
    recall: float  # share of real examples inside some sample's ball, 0 to 1
    density: float  # real balls that hold a sample, on average, over k; from 0, and may exceed 1
    coverage: float  # share of real examples whose ball holds a sample, 0 to 1


def prdc(real: ArrayLike, fake: ArrayLike, *, neighbours: int = 5, strict: bool = True) -> PRDC:
    """Precision and recall: Kynkäänniemi et al. 2019 (arXiv:1904.06991), eqs. 1 and 2, with 3 neighbours in the paper.
    Density and coverage: Naeem et al. 2020 (arXiv:2002.09797), section 3, with 5 neighbours.

    A point's ball reaches to its k-th neighbour in its own set, itself not counted. Public code disagrees on the edge:
    `prdc` takes distance < radius (strict), Kynkäänniemi's eq. 1, their code and torch-fidelity <=. It matters only
    where points coincide: a set of copies has balls of radius 0, which hold nothing, or the copies.

    Args:
      real: features [N, D]; all are needed. Time is D (N^2 + M^2 + N M).
      fake: features [M, D].
      neighbours: k, from 1 to min(N, M) - 1.
      strict: whether the edge is outside.

    Memory: that of the features and of `distances.rows`, about 300 MiB for 10,000 against 10,000; no N x M matrix.

    Raises:
      InputError: bad features, or a set of fewer than k + 1.
    """
    x, y = checks.pair(real, fake, ("the real features", "the generated features"), least=max(neighbours, 1) + 1)
    if neighbours < 1:
        raise InputError(f"the number of neighbours must be at least 1, not {neighbours}")
    inside = np.less if strict else np.less_equal
    real_radii, fake_radii = radii(x, neighbours), radii(y, neighbours)
    balls = np.zeros(len(y), np.int64)  # real balls that hold each sample
    recalled, covered = np.zeros(len(x), bool), np.zeros(len(x), bool)
    for part, far in distances.rows(x, y):
        held = inside(far, real_radii[part, None])
        balls += held.sum(0)
        covered[part] = held.any(1)
        recalled[part] = inside(far, fake_radii[None]).any(1)
    return PRDC(
        float((balls > 0).mean()), float(recalled.mean()), float(balls.mean() / neighbours), float(covered.mean())
    )


def radii(points: np.ndarray, neighbours: int) -> np.ndarray:
    """The distance from each point [N, D] to its k-th neighbour in the same set, itself not counted: [N]."""
    found = []
    for part, far in distances.rows(points, points):
        far[np.arange(len(far)), np.arange(part.start, part.stop)] = np.inf
        found.append(np.partition(far, neighbours - 1, axis=1)[:, neighbours - 1])
    return np.concatenate(found)
