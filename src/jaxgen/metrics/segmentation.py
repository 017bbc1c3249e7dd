"""How well label maps agree: intersection over union, and how near boundaries lie to each other.

Label maps are integers [H, W]. Pixels of the class `void` in the true map are left out of everything.
"""

import math

import numpy as np
from scipy.ndimage import distance_transform_edt

from jaxgen.errors import InputError

SHARE = 0.0075  # of an image's diagonal: how far boundaries may be apart, Csurka et al. 2013


def confusion(true: np.ndarray, guess: np.ndarray, classes: int, void: int | None = None) -> np.ndarray:
    """Counts of pixels, int64 [classes, classes]: of row k the true class is k, of column k the guess.

    Args:
      true: integers [...], from 0 to classes - 1.
      guess: of the same shape.
      classes: how many.
      void: the true class that is left out.

    Raises:
      InputError: shapes differ, or a number is no class.
    """
    if true.shape != guess.shape:
        raise InputError(f"label maps of shapes {true.shape} and {guess.shape} cannot be compared")
    known = np.ones(true.shape, bool) if void is None else true != void
    pairs = np.stack([true[known], guess[known]]).astype(np.int64)
    if pairs.size and not (pairs.min() >= 0 and pairs.max() < classes):
        raise InputError(f"label maps hold {pairs.min()} to {pairs.max()}, and there are {classes} classes")
    return np.bincount(pairs[0] * classes + pairs[1], minlength=classes**2).reshape(classes, classes)


def intersection_over_union(counts: np.ndarray) -> np.ndarray:
    """Of each class, by a confusion [K, K], the pixels that are it and are guessed to be it over those that are the one
    or the other: float64 [K]; NaN of a class that neither map has. Their mean is Pascal VOC's "mean IoU"."""
    both = np.diag(counts).astype(np.float64)
    either = counts.sum(0) + counts.sum(1) - both
    return np.divide(both, either, out=np.full(len(counts), np.nan), where=either > 0)


def boundary_f(
    true: np.ndarray, guess: np.ndarray, classes: int, void: int | None = None, far: float | None = None
) -> np.ndarray:
    """Csurka et al. 2013 (What is a good evaluation measure for semantic segmentation?, BMVC), section 3: of each class
    the harmonic mean of the share of its guessed boundary that is near its true one, and of the share of its true
    boundary that is near its guessed one: float64 [classes] of one image; NaN of a class without a boundary in either.

    A pixel is on the boundary of its class where one of its four neighbours has another one, void not counted.

    Args:
      true: integers [H, W].
      guess: integers [H, W].
      classes: how many.
      void: the true class that is left out, in both maps.
      far: distance in pixels up to which boundaries are near each other; by default 0.0075 of the diagonal, as in the
        paper, and at least 1.
    """
    if true.shape != guess.shape or true.ndim != 2:
        raise InputError(f"two label maps [H, W] are needed, not arrays of shapes {true.shape} and {guess.shape}")
    known = np.ones(true.shape, bool) if void is None else true != void
    far = max(1.0, SHARE * math.hypot(*true.shape)) if far is None else far
    edges = [_boundary(labels, known) for labels in (true, guess)]
    found = np.full(classes, np.nan)
    for k in range(classes):
        ours, theirs = (edge & (labels == k) for edge, labels in zip(edges, (true, guess)))
        if ours.any() or theirs.any():
            recall, precision = _near(ours, theirs, far), _near(theirs, ours, far)
            found[k] = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return found


def _boundary(labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    edge = np.zeros(labels.shape, bool)
    for axis in (0, 1):
        first = [slice(None)] * 2
        second = [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        a, b = tuple(first), tuple(second)
        differ = (labels[a] != labels[b]) & known[a] & known[b]
        edge[a] |= differ
        edge[b] |= differ
    return edge


def _near(points: np.ndarray, others: np.ndarray, far: float) -> float:
    """The share of points with another one within a distance; 0 where there are none."""
    if not (points.any() and others.any()):
        return 0.0
    return float((distance_transform_edt(~others)[points] <= far).mean())
