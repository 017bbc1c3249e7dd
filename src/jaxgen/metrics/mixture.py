"""How well samples fit a mixture of equal Gaussians, whose density is known: modes, good samples, divergence."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, rel_entr  # of scipy.stats, whose import takes a second


class Fit(NamedTuple):
    modes: int  # with at least one good sample
    good: float  # share of samples within three standard deviations of the nearest mode
    kl: float  # of the nearest modes' shares from equal ones, in nats: 0 to log K


def fit(samples: np.ndarray, means: np.ndarray, std: float) -> Fit:
    """The figures of VEEGAN (Srivastava et al. 2017, arXiv:1705.07761, section 4.1), where 2,500 samples are taken.

    Args:
      samples: [N, d].
      means: [K, d], the modes.
      std: of every mode, in each direction.
    """
    distance = np.linalg.norm(samples[:, None].astype(np.float64) - means, axis=-1)
    nearest, good = distance.argmin(1), distance.min(1) < 3 * std
    shares = np.bincount(nearest, minlength=len(means)) / len(samples)
    seen = shares[shares > 0]
    return Fit(len(np.unique(nearest[good])), float(good.mean()), float((seen * np.log(seen * len(means))).sum()))


def grid_edges(means: np.ndarray, std: float, cells: int = 128) -> list[np.ndarray]:
    """Edges [cells + 1] in each direction of a grid that holds six standard deviations around all means."""
    low, high = means.min(0) - 6 * std, means.max(0) + 6 * std
    return [np.linspace(a, b, cells + 1) for a, b in zip(low, high)]


def mixture_cells(means: np.ndarray, std: float, edges: Sequence[np.ndarray]) -> np.ndarray:
    """The exact probability of every cell of a grid, then that of all outside: [cells ** d + 1], for d of 1 or 2."""
    sides = [np.diff(ndtr((edge[None] - means[:, i : i + 1]) / std), axis=1) for i, edge in enumerate(edges)]
    inside = (sides[0] if len(sides) == 1 else np.einsum("ki,kj->kij", *sides)).mean(0).ravel()
    return np.append(inside, 1 - inside.sum())


def sample_cells(samples: np.ndarray, edges: Sequence[np.ndarray]) -> np.ndarray:
    """The share of samples [N, d] in every cell, and last that of all outside: [cells ** d + 1]."""
    inside = np.histogramdd(samples, bins=list(edges))[0].ravel() / len(samples)
    return np.append(inside, 1 - inside.sum())


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """The Jensen-Shannon divergence of two distributions over cells, in nats: 0 to log 2.

    Exact for exact cells. With N samples' shares for q it is too large by about (occupied cells) / (8 N).
    """
    p, q = (np.where(cells < 1e-30, 0, cells) for cells in (p, q))  # half of a denormal number is 0, and is divided by
    middle = (p + q) / 2
    return float((rel_entr(p, middle).sum() + rel_entr(q, middle).sum()) / 2)
