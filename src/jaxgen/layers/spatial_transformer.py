"""Into a box and out of it: the spatial transformer of Jaderberg et al. 2015 (arXiv:1506.02025), equations 1 and 5, for
boxes whose sides are parallel to the image's, and heatmaps of points on the same grid.

With such boxes a sample's row and column do not depend on each other, and bilinear sampling is a product with a matrix
from either side, of weights max(0, 1 - |distance in pixels|). It has gradients by the image and by the box.

Pixel i of n covers the shares i / n to (i + 1) / n of a side, and what lies outside of an image is 0: PyTorch's
affine_grid and grid_sample with align_corners=False and padding_mode="zeros". Boxes are [B, 4]: left, top, width and
height as shares of the image's sides.
"""

import jax.numpy as jnp
from jax import Array

LEAST = 1e-3  # a box's side, as a share of the image's, below which it is taken for this


def into_box(x: Array, box: Array, size: int) -> Array:
    """All of x [B, H, W, C], drawn into a box of an image that is 0 elsewhere, [B, size, size, C]."""
    start, side = box[:, :2], jnp.maximum(box[:, 2:], LEAST)
    shares = (_centres(size)[None, :, None] - start[:, None]) / side[:, None]
    return _sampled(x, shares)


def out_of_box(x: Array, box: Array, size: int) -> Array:
    """What x [B, H, W, C] shows within a box, enlarged to [B, size, size, C]: where `into_box` put it."""
    start, side = box[:, :2], jnp.maximum(box[:, 2:], LEAST)
    return _sampled(x, start[:, None] + _centres(size)[None, :, None] * side[:, None])


def heatmaps(points: Array, size: int) -> Array:
    """Points [B, n, 2], x and y as shares of the image's sides -> [B, size, size, n]: 1 at the pixel in whose centre a
    point lies, shared by the four nearest where it lies between them; all 0 for a point that is NaN."""
    seen = jnp.all(jnp.isfinite(points), -1)
    at = _weights(jnp.where(seen[..., None], points, -1.0), size)  # [B, n, 2, size]
    return jnp.einsum("bnw,bnh,bn->bhwn", at[:, :, 0], at[:, :, 1], seen.astype(at.dtype))


def _sampled(x: Array, shares: Array) -> Array:
    """x [B, H, W, C] at the rows and columns where the shares [B, size, 2], of x and of y, say."""
    columns, rows = _weights(shares[..., 0], x.shape[2]), _weights(shares[..., 1], x.shape[1])
    rows, columns = rows.astype(x.dtype), columns.astype(x.dtype)
    return jnp.einsum("bsh,bhtc->bstc", rows, jnp.einsum("btw,bhwc->bhtc", columns, x))


def _weights(shares: Array, size: int) -> Array:
    """Shares [...] -> the weights [..., size] of an image's pixels there."""
    distance = shares[..., None] * size - 0.5 - jnp.arange(size).reshape((1,) * shares.ndim + (size,))
    return jnp.maximum(1 - jnp.abs(distance), 0)


def _centres(size: int) -> Array:
    return (jnp.arange(size) + 0.5) / size
