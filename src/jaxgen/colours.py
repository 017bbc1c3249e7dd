"""sRGB and CIE L*a*b* by the white D65: pure functions of arrays, for what draws colours by lightness.

sRGB as of IEC 61966-2-1, L*a*b* as of CIE 15 (1976). White is what the matrix makes of (1, 1, 1), so that greys have
exactly no colour. Images are [..., 3] in [-1, 1], L* is 0 to 100, a* and b* of sRGB's colours lie in [-108, 99].

To nets both are shown in [-1, 1]: L* / 50 - 1, and a* and b* by `CHROMA`, as in the code of pix2pix.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

MATRIX = np.array(  # linear sRGB -> XYZ, from the standard's primaries and white
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = MATRIX.sum(1)
EDGE = 6 / 29  # of the cube root, whose tangent goes on below
CHROMA = 110.0  # of a* and b*, what a net's 1 stands for
FITS = 1 + 1 / 255  # half a level beyond 1: it is rounded to a colour that there is
HALVINGS = 12  # of the interval in which the share of a colour is looked for: 1/4096 of it


def to_lab(images: Array) -> Array:
    """sRGB [..., 3] in [-1, 1] -> L*a*b* [..., 3]."""
    encoded = (images.astype(jnp.float32) + 1) / 2
    linear = jnp.where(encoded <= 0.04045, encoded / 12.92, ((jnp.maximum(encoded, 0.04045) + 0.055) / 1.055) ** 2.4)
    x = _times(MATRIX / WHITE[:, None], linear)
    x, y, z = jnp.moveaxis(jnp.where(x > EDGE**3, jnp.cbrt(x), x / (3 * EDGE**2) + 4 / 29), -1, 0)
    return jnp.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def of_lab(lab: Array) -> Array:
    """L*a*b* [..., 3] -> sRGB [..., 3], in [-1, 1] where there is such a colour, and beyond where there is none."""
    lightness, a, b = jnp.moveaxis(lab, -1, 0)
    y = (lightness + 16) / 116
    f = jnp.stack([y + a / 500, y, y - b / 200], -1)
    linear = _times(np.linalg.inv(MATRIX) * WHITE, jnp.where(f > EDGE, f**3, 3 * EDGE**2 * (f - 4 / 29)))
    steep = 1.055 * jnp.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return 2 * jnp.where(linear <= 0.0031308, 12.92 * linear, steep) - 1


def clipped(lab: Array) -> Array:
    """L*a*b* [..., 3] -> the same with less of those colours that sRGB does not have: of the same lightness and hue, as
    far from grey as there are such. Clipping red, green and blue each would change what is light and what is dark."""

    def halved(found: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        low, high = found
        middle = (low + high) / 2
        fits = _there(_less(lab, middle))
        return (jnp.where(fits, middle, low), jnp.where(fits, high, middle)), None

    ends = jnp.zeros_like(lab[..., :1]), jnp.ones_like(lab[..., :1])
    (share, _), _ = jax.lax.scan(halved, ends, length=HALVINGS)
    return jnp.where(_there(lab), lab, _less(lab, share))


def apart(images: Array) -> tuple[Array, Array]:
    """Images [..., 3], or grey ones [..., 1], -> lightness [..., 1] and colour [..., 2], both in [-1, 1]."""
    lab = to_lab(jnp.broadcast_to(images, (*images.shape[:-1], 3)))
    return lab[..., :1] / 50 - 1, lab[..., 1:] / CHROMA


def together(lightness: Array, colour: Array) -> Array:
    """Lightness [..., 1] and colour [..., 2] -> images [..., 3] in [-1, 1], `clipped`: their lightness is what it was,
    to 8 bits of red, green and blue."""
    lab = jnp.concatenate([50 * (lightness + 1), CHROMA * colour], -1)
    return jnp.clip(of_lab(clipped(lab)), -1, 1)


def _there(lab: Array) -> Array:
    return jnp.all(jnp.abs(of_lab(lab)) <= FITS, -1, keepdims=True)


def _less(lab: Array, share: Array) -> Array:
    return jnp.concatenate([lab[..., :1], share * lab[..., 1:]], -1)


def _times(matrix: np.ndarray, x: Array) -> Array:
    """In float32 on every device: a GPU's products are of 10 bits where nothing is said."""
    return jnp.einsum("ij,...j->...i", jnp.asarray(matrix, jnp.float32), x, precision="highest")
