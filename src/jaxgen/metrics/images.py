"""How alike two images are: PSNR, SSIM, MS-SSIM; and how alike samples of one class are.

Everything is in float64 (in float32 the windows' variances cancel to about 1e-4) and returns one value per pair [B].
Images are [B, H, W, C]; a colour image's value is the mean of its channels' (Wang et al. take the luminance alone).
`peak` is the largest value that the images could have: 255 for uint8, and to be given for any other type.
All raise InputError for shapes that differ, images that are too small, and NaN or infinity.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import correlate1d

from jaxgen.errors import InputError


class Window(NamedTuple):
    """What local means are weighted with, in each direction."""

    weights: np.ndarray  # [odd], of sum 1
    sample: bool = False  # whether variances have n - 1 below


_steps = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
GAUSSIAN = Window(_steps / _steps.sum())  # 11 x 11 with sigma 1.5: Wang et al. 2004, section III.C
UNIFORM = Window(np.full(7, 1 / 7), sample=True)  # scikit-image's, where nothing is said

# Wang et al. 2003, section 3.2: contrast and structure at five scales, luminance at the last.
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def psnr(a: ArrayLike, b: ArrayLike, *, peak: float | None = None) -> np.ndarray:
    """Peak signal-to-noise ratio, 10 log10(peak^2 / MSE), in decibels: float64 [B]. Infinite for equal images."""
    x, y, peak = _pairs(a, b, peak)
    error = np.mean(np.square(x - y), axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return 10 * np.log10(peak**2 / error)


class Decibels(NamedTuple):
    mean: float  # infinite where all pairs are identical
    std: float | None  # None where it is
    identical: int  # pairs, whose ratio is infinite: they are left out of the mean


def mean_psnr(found: np.ndarray) -> Decibels:
    """The mean over pairs of `psnr`'s values [B], those of identical images left out."""
    some = found[np.isfinite(found)]
    if not len(some):
        return Decibels(float("inf"), None, len(found))
    return Decibels(float(some.mean()), float(some.std()), len(found) - len(some))


def ssim(a: ArrayLike, b: ArrayLike, *, peak: float | None = None, window: Window = GAUSSIAN) -> np.ndarray:
    """Structural similarity, -1 to 1: Wang et al. 2004 (IEEE TIP 13:4), eq. 13, K1 = .01 and K2 = .03; float64 [B].

    The mean over windows that lie in the image. As scikit-image's with gaussian_weights=True,
    use_sample_covariance=False; `window=UNIFORM` is its default, which is another number.
    """
    x, y, peak = _pairs(a, b, peak)
    _big_enough(x, len(window.weights))
    luminance, structure = _terms(x, y, peak, window)
    return np.mean(luminance * structure, axis=(1, 2, 3))


def ms_ssim(a: ArrayLike, b: ArrayLike, *, peak: float | None = None, weights: Sequence[float] = SCALES) -> np.ndarray:
    """Multi-scale structural similarity, 0 to 1: Wang et al. 2003 (Asilomar), eq. 7; float64 [B].

    Each scale is the mean of 2 x 2 pixels of the one before, the last row and column repeated where a side is odd, as
    in the authors' code. Means over windows are taken before the powers, and a negative one counts as 0, as in
    TensorFlow. The smallest image has (11 - 1) 2^(scales - 1) + 1 pixels on a side: 161 with five scales.

    Args:
      a: [B, H, W, C].
      b: [B, H, W, C].
      peak: see above.
      weights: of each scale; fewer of them for smaller images is another number than the paper's, and to be said.
    """
    x, y, peak = _pairs(a, b, peak)
    _big_enough(x, (len(GAUSSIAN.weights) - 1) * 2 ** (len(weights) - 1) + 1, f" for {len(weights)} scales")
    result = np.ones((x.shape[0], x.shape[3]))
    for scale, weight in enumerate(weights):
        luminance, structure = _terms(x, y, peak, GAUSSIAN)
        term = luminance * structure if scale == len(weights) - 1 else structure
        result *= np.maximum(term.mean((1, 2)), 0) ** weight
        x, y = _half(x), _half(y)
    return result.mean(1)


def ms_ssim_diversity(
    images: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    pairs: int = 100,
    seed: int = 0,
    peak: float | None = None,
    weights: Sequence[float] = SCALES,
) -> float:
    """Mean MS-SSIM of random pairs of different images of a class, then over classes: Odena et al. 2017
    (arXiv:1610.09585), section 4.2, with 100 pairs a class. Lower is more diverse; compare with the data's own.

    Args:
      images: [N, H, W, C].
      labels: integers [N]; without them all images are of one class.
      pairs: for each class.
      seed: of the draws, by numpy's default generator.
      peak: see above.
      weights: see `ms_ssim`.

    Raises:
      InputError: as above, or a class of a single image.
    """
    held = np.asarray(images)
    classes = np.zeros(len(held), int) if labels is None else np.asarray(labels)
    if classes.shape != held.shape[:1] or pairs < 1:
        raise InputError(f"labels of shape {classes.shape} and {pairs} pairs do not go with {len(held)} images")
    draws, means = np.random.default_rng(seed), []
    for label in np.unique(classes):
        members = np.flatnonzero(classes == label)
        if len(members) < 2:
            raise InputError(f"class {label} has one image, and pairs need two")
        first = draws.integers(len(members), size=pairs)
        second = (first + draws.integers(1, len(members), size=pairs)) % len(members)  # never the same
        chosen = np.stack([members[first], members[second]], 1)
        values = [ms_ssim(held[c[:, 0]], held[c[:, 1]], peak=peak, weights=weights) for c in _chunks(chosen)]
        means.append(np.concatenate(values).mean())
    return float(np.mean(means))


def _chunks(pairs: np.ndarray, size: int = 32) -> list[np.ndarray]:
    return [pairs[i : i + size] for i in range(0, len(pairs), size)]


def _pairs(a: ArrayLike, b: ArrayLike, peak: float | None) -> tuple[np.ndarray, np.ndarray, float]:
    x, y = np.asarray(a), np.asarray(b)
    if x.ndim != 4 or x.shape != y.shape or 0 in x.shape:
        raise InputError(f"two batches of images [B, H, W, C] are needed, not arrays of shapes {x.shape} and {y.shape}")
    if peak is None:
        if not (x.dtype == y.dtype == np.uint8):
            raise InputError(f"images of {x.dtype} and {y.dtype} need a peak, the largest value they could have")
        peak = 255.0
    x, y = x.astype(np.float64), y.astype(np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("images hold NaN or infinity")
    return x, y, peak


def _big_enough(x: np.ndarray, side: int, why: str = "") -> None:
    if min(x.shape[1:3]) < side:
        raise InputError(f"images of {x.shape[1]} x {x.shape[2]} are too small: {side} on a side are needed{why}")


def _terms(x: np.ndarray, y: np.ndarray, peak: float, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Luminance, and contrast times structure, in every window that lies in the image."""
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    n = len(window.weights) ** 2
    norm = n / (n - 1) if window.sample else 1.0
    mx, my = _local(x, window), _local(y, window)
    vx, vy, vxy = (norm * (_local(p, window) - q) for p, q in ((x * x, mx * mx), (y * y, my * my), (x * y, mx * my)))
    return (2 * mx * my + c1) / (mx * mx + my * my + c1), (2 * vxy + c2) / (vx + vy + c2)


def _local(x: np.ndarray, window: Window) -> np.ndarray:
    edge = len(window.weights) // 2
    down = correlate1d(x, window.weights, axis=1)[:, edge : x.shape[1] - edge]
    return correlate1d(down, window.weights, axis=2)[:, :, edge : x.shape[2] - edge]


def _half(x: np.ndarray) -> np.ndarray:
    x = np.pad(x, ((0, 0), (0, x.shape[1] % 2), (0, x.shape[2] % 2), (0, 0)), mode="edge")
    return 0.25 * (x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2])
