"""How much of what is fine in images is there: powers by frequency. What an L1 distance blurs away is seen here.

Frequencies are given in shares of Nyquist's, half a cycle a pixel: 1 is from one pixel to the next along a row or a
column, and the corners of the spectrum reach to the square root of 2.
"""

import numpy as np
from numpy.typing import ArrayLike

from jaxgen.errors import InputError


def power(values: ArrayLike) -> np.ndarray:
    """The power spectrum of images [N, H, W, C], uint8 or float: float64 [H, W], a mean over images and
    channels.

    Each channel's mean is taken off and a Hann window laid over it, so that the step from one edge of an image to the
    other counts for nothing; of white noise of variance v every entry is v.

    Raises:
      InputError: bad images.
    """
    x = np.asarray(values, np.float64)
    if x.ndim != 4 or 0 in x.shape or not np.isfinite(x).all():
        raise InputError(f"a spectrum is of images [N, H, W, C] of finite numbers, not of an array of {x.shape}")
    window = np.outer(*(np.hanning(side + 2)[1:-1] for side in x.shape[1:3]))
    centred = (x - x.mean((1, 2), keepdims=True)) * window[:, :, None]
    found: np.ndarray = (np.abs(np.fft.fft2(centred, axes=(1, 2))) ** 2).mean((0, 3)) / np.square(window).sum()
    return found


def frequencies(height: int, width: int) -> np.ndarray:
    """The length of each entry's frequency in `power`, as a share of Nyquist's: [H, W], 0 to the root of 2."""
    return 2 * np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])


def radial(values: ArrayLike, bins: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Power averaged over rings of frequencies up to Nyquist's: the rings' middles [bins], and powers [bins].

    Raises:
      InputError: bad images.
    """
    spectrum = power(values)
    ring = np.floor(frequencies(*spectrum.shape) * bins).astype(int)
    inside = (ring < bins) & (ring >= 0)
    counts = np.bincount(ring[inside], minlength=bins)
    sums = np.bincount(ring[inside], spectrum[inside], bins)
    return (np.arange(bins) + 0.5) / bins, sums / np.maximum(counts, 1)


def kept(real: ArrayLike, fake: ArrayLike, *, above: float = 0.5) -> float:
    """Power of the second images at frequencies above a share of Nyquist's, over the first ones' there: 1 is as much as
    real images have, less is blurred, more is noise or a grid.

    Raises:
      InputError: bad images, or real ones that have nothing there.
    """
    there, ours = (x[frequencies(*x.shape) > above].mean() for x in (power(real), power(fake)))
    if not there > 0:
        raise InputError("the real images have nothing at such frequencies")
    return float(ours / there)
