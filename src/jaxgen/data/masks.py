"""Which pixels of an image are known: bool masks [H, W], True for known ones, made up or read from a file."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from jaxgen.data.derived import transform
from jaxgen.errors import InputError

SIDES = ("top", "bottom", "left", "right")
HALF = 128  # of 255: from here on a pixel is white, or opaque
SHARES = {"random": 0.8, "blobs": 0.4, "strokes": 0.25}  # of missing pixels, where none is said
NAMES = f"centre, {', '.join(SIDES)}, {', '.join(f'{name}:SHARE' for name in SHARES)}"


def named(told: str, size: int, count: int, seed: int = 0, fit: bool = False) -> np.ndarray:
    """Masks by what a user says: bool [count, size, size].

    Args:
      told: "centre" (a square of half the side is missing); "top", "bottom", "left", "right" (that half is known);
        "random", "blobs" or "strokes", each with the share of missing pixels if wanted ("random:0.25"), which differ
        from image to image; or an image file in which known pixels are white or opaque (`from_file`).
      size: of the images.
      count: how many.
      seed: of the random ones; the n-th mask does not depend on `count`.
      fit: as of `from_file`.

    Raises:
      InputError: it is none of these, or all pixels would be known, or none.
    """
    kind, _, share = told.partition(":")
    if kind in SHARES and not Path(told).exists():
        missing = _share(share, kind)
        draw = {"random": scattered, "blobs": blobs, "strokes": strokes}[kind]
        masks = np.stack([draw(size, missing, np.random.default_rng([seed, n])) for n in range(count)])
    else:
        masks = np.broadcast_to(_fixed(told, size, fit), (count, size, size))
    if masks.all((1, 2)).any():
        raise InputError(f"--mask {told}: all pixels are known, so there is nothing to complete")
    if not masks.any((1, 2)).all():
        raise InputError(f"--mask {told}: all pixels are missing, so there is nothing to go by")
    return masks


def _share(told: str, kind: str) -> float:
    try:
        share = float(told) if told else SHARES[kind]
    except ValueError:
        share = np.nan
    if not 0 < share < 1:
        raise InputError(f"--mask {kind}:{told}: the share of missing pixels is a number between 0 and 1")
    return share


def _fixed(told: str, size: int, fit: bool) -> np.ndarray:
    if told == "centre":
        return centre(size)
    if told in SIDES:
        return half(told, size)
    return from_file(told, size, fit)[0]


def from_file(told: str, size: int, fit: bool = False) -> tuple[np.ndarray, bool]:
    """The mask [size, size] in an image file, and whether it is black and white: what is white in it is known, or 1
    where its numbers are 0 and 1, or opaque where it has transparent pixels. Others are known from the middle on.

    Args:
      told: the file's name.
      size: the mask's.
      fit: whether one of another size has its centre square resized.

    Raises:
      InputError: there is no such file, or it is no image, or without `fit` of another size.
    """
    if not (path := Path(told)).is_file():
        raise InputError(f"there is no file {told}; --mask is one of {NAMES}, or an image")
    try:
        with Image.open(path) as opened:
            values = _values(opened)
    except (OSError, ValueError):
        raise InputError(f"{path} cannot be read as an image") from None
    if values.shape != (size, size) and not fit:
        raise InputError(f"{path} is {values.shape[1]}x{values.shape[0]} pixels, and the images are {size}x{size}")
    white = next((most for most in (1, 255, 65535) if values.max() <= most), values.max())
    return transform.mask(2 * values >= white, size), bool(np.isin(values, (0, white)).all())


def _values(image: Image.Image) -> np.ndarray:
    """What says in an image [H, W] which pixels are known: its transparency if it has some, else its grey."""
    if image.has_transparency_data and (opacity := holes(image)) is not None:
        return opacity
    grey = image if image.mode.startswith(("I", "F")) else image.convert("L")
    return np.asarray(grey).astype(np.float64)


def holes(image: Image.Image) -> np.ndarray | None:
    """An image's opacity [H, W], 0 to 255, where it differs from pixel to pixel; None where nothing is erased."""
    opacity = np.asarray(image.convert("RGBA"))[..., 3].astype(np.float64)
    return opacity if opacity.min() < HALF <= opacity.max() else None


def centre(size: int) -> np.ndarray:
    """A square of half the side is missing in the middle."""
    known = np.ones((size, size), bool)
    known[size // 4 : size - size // 4, size // 4 : size - size // 4] = False
    return known


def half(side: str, size: int) -> np.ndarray:
    """One half is known: `side` is a name in `SIDES`."""
    first = np.arange(size) < size // 2
    along = first if side in ("top", "left") else ~first
    return np.broadcast_to(along[:, None] if side in ("top", "bottom") else along, (size, size))


def scattered(size: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """A share of the pixels is missing, each alone: Yeh et al. 2016's random mask."""
    return _smallest(rng.random((size, size)), share)


def blobs(size: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """A share of the pixels is missing, in blobs about an eighth of the image wide: as Pathak et al. 2016's random
    regions, which are cut from a data set of shapes, here where smooth noise is low."""
    return _smallest(gaussian_filter(rng.normal(size=(size, size)), size / 12, mode="wrap"), share)


def strokes(size: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """At least a share of the pixels is missing, under strokes of a brush that turns as it goes: Yu et al. 2019
    (arXiv:1806.03589), the free-form masks."""
    canvas = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(canvas)
    while (np.asarray(canvas) == 0).mean() < share:
        at, angle = rng.uniform(0, size, 2), rng.uniform(0, 2 * np.pi)
        width = max(1, round(size * rng.uniform(0.05, 0.12)))
        for _ in range(rng.integers(2, 6)):
            angle += rng.uniform(-np.pi / 2, np.pi / 2)
            to = at + size * rng.uniform(0.05, 0.25) * np.array([np.cos(angle), np.sin(angle)])
            draw.line([*at, *to], fill=0, width=width)
            draw.ellipse([*(to - width / 2), *(to + width / 2)], fill=0)
            at = np.clip(to, 0, size - 1)
    return np.asarray(canvas) > 0


def _smallest(values: np.ndarray, share: float) -> np.ndarray:
    """False for that share of the places with the smallest values, one at least."""
    missing = min(max(1, round(share * values.size)), values.size - 1)
    known = np.ones(values.size, bool)
    known[np.argsort(values, axis=None, kind="stable")[:missing]] = False
    return known.reshape(values.shape)
