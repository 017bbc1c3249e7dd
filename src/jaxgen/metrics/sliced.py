"""Sliced Wasserstein distance: of points, and of the patches of images at every scale."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import correlate1d

from jaxgen.errors import InputError
from jaxgen.metrics import checks

PATCH = 7
SMALLEST = 16  # side of the coarsest scale
_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16


def distance(a: ArrayLike, b: ArrayLike, *, directions: int = 512, seed: int = 0) -> float:
    """The mean over random directions of the Wasserstein-1 distance between the sets' shadows on a line: the estimate
    of Rabin et al. 2011 that Karras et al. 2018 use.

    Between N(0, I) and the same moved by v it is |v| E|u_1|, u being uniform on the sphere.

    Args:
      a: [N, D].
      b: [N, D].
      directions: uniform on the sphere.
      seed: of them.

    Raises:
      InputError: bad points, or sets of different sizes.
    """
    x, y = checks.pair(a, b, ("the first points", "the second points"))
    if len(x) != len(y) or directions < 1:
        raise InputError(f"sliced Wasserstein needs sets of one size and a direction, not {len(x)} and {len(y)} points")
    lines = np.random.default_rng(seed).normal(size=(directions, x.shape[1]))
    lines /= np.linalg.norm(lines, axis=1, keepdims=True)
    total = 0.0
    for i in range(0, directions, 16):  # 16 N numbers at a time
        shadows = [np.sort(lines[i : i + 16].astype(_kind(points)) @ points.T) for points in (x, y)]
        total += float(np.abs(shadows[0] - shadows[1]).mean(1, dtype=np.float64).sum())
    return total / directions


def swd(
    real: ArrayLike, fake: ArrayLike, *, patches: int = 128, directions: int = 512, seed: int = 0
) -> dict[int, float]:
    """The distance between random 7 x 7 patches of every level of Laplacian pyramids, by the level's height:
    Karras et al. 2018 (arXiv:1710.10196), section 5.

    As in the authors' code: binomial filters of 5 with mirrored edges, levels from the full size down to 16 pixels
    (here also: while sides are even), patches at uniform places, normalised by each set's own mean and deviation
    in each channel, Wasserstein-1. The paper's tables hold the distance times 1,000, of 16,384 images of each set
    with 128 patches of each; fewer raise it.

    Args:
      real: uint8 images [N, H, W, C].
      fake: uint8 images [N, H, W, C].
      patches: of each image and level.
      directions: 4 times 128 in the paper.
      seed: of patches and directions.

    Memory: for one level at a time, 4 * 49 C N patches bytes for each set.

    Raises:
      InputError: not such images, different shapes, or sides below 7.
    """
    sets = checks.images(real, "real images"), checks.images(fake, "generated images")
    if sets[0].shape != sets[1].shape:
        raise InputError(f"sliced Wasserstein needs sets of one shape, not {sets[0].shape} and {sets[1].shape}")
    height, width = sets[0].shape[1:3]
    if min(height, width) < PATCH:
        raise InputError(f"images of {height} x {width} have no patches of {PATCH} x {PATCH}")
    found = {}
    for level in range(_levels(height, width)):
        draws = [np.random.default_rng([seed, level, which]) for which in range(2)]
        points = [_patches(images, level, patches, draw) for images, draw in zip(sets, draws)]
        found[height >> level] = distance(*points, directions=directions, seed=seed)
    return found


def laplacian_pyramid(images: np.ndarray, levels: int) -> list[np.ndarray]:
    """Levels [B, H / 2^i, W / 2^i, C] of images [B, H, W, C]: what each loses when it is halved, and last what is left.

    Burt & Adelson 1983. Sides must be even in all levels but the last.
    """
    pyramid = []
    for _ in range(levels - 1):
        smaller = _blur(images)[:, ::2, ::2]
        pyramid.append(images - _enlarged(smaller))
        images = smaller
    return [*pyramid, images]


def _levels(height: int, width: int) -> int:
    count = 1
    while height % 2 == width % 2 == 0 and min(height, width) >= 2 * SMALLEST:
        height, width, count = height // 2, width // 2, count + 1
    return count


def _patches(images: np.ndarray, level: int, count: int, draw: np.random.Generator) -> np.ndarray:
    """Normalised patches of one level, flattened: float32 [N * count, 49 C]."""
    levels = _levels(*images.shape[1:3])
    parts = [
        _cut(laplacian_pyramid(chunk.astype(np.float32), min(level + 2, levels))[level], count, draw)
        for chunk in _chunks(images)
    ]
    held = np.concatenate(parts)
    mean = held.mean((0, 1, 2), dtype=np.float64)
    held -= mean.astype(np.float32)[None, None, None]
    std = np.sqrt(np.square(held).mean((0, 1, 2), dtype=np.float64))
    held /= np.where(std > 0, std, 1).astype(np.float32)[None, None, None]  # constant images have patches of 0
    return held.reshape(len(held), -1)


def _cut(images: np.ndarray, count: int, draw: np.random.Generator) -> np.ndarray:
    """Patches [B * count, 7, 7, C] at random places of images [B, H, W, C]."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(1, 2))
    which = np.arange(len(images)).repeat(count)
    top, left = (draw.integers(windows.shape[axis], size=len(which)) for axis in (1, 2))
    return windows[which, top, left].transpose(0, 2, 3, 1)


def _chunks(images: np.ndarray, size: int = 256) -> Iterator[np.ndarray]:
    return (images[i : i + size] for i in range(0, len(images), size))


def _blur(images: np.ndarray) -> np.ndarray:
    return correlate1d(correlate1d(images, _BINOMIAL, axis=1, mode="mirror"), _BINOMIAL, axis=2, mode="mirror")


def _enlarged(images: np.ndarray) -> np.ndarray:
    b, h, w, c = images.shape
    spread = np.zeros((b, 2 * h, 2 * w, c), images.dtype)
    spread[:, ::2, ::2] = images
    return 4 * _blur(spread)


def _kind(points: np.ndarray) -> np.dtype:
    return points.dtype if points.dtype == np.float32 else np.dtype(np.float64)
