"""How unlike the edges of two images are: histograms of oriented gradients (Dalal & Triggs 2005), differentiable.

Images are float [B, H, W, C] in [-1, 1]; losses are [B]. All raise AssertionError at trace time for other ranks, for
integers and for sizes that do not fit.
"""

import chex
import jax.numpy as jnp
import numpy as np
from jax import Array

BINS = 8  # directions of half a turn: an edge is the same seen from either side


def orientations(images: Array, *, cell: int = 8) -> Array:
    """How much of an image's gradient runs in each of eight directions, cell by cell.

    As in the authors' code of iGAN (Zhu et al. 2016, arXiv:1609.03552), not normalised by neighbours as Dalal &
    Triggs do: Sobel gradients g of the mean of channels, scaled to [0, 1]; bin k gets
    max(0, |g u_k| - a |g|) / (1 - a), u_k being the unit vector at k/8 of half a turn and a = cos(pi / 8); cells are
    windows of twice their side in which a pixel's weight falls linearly with its distance from the cell's middle. |g|
    is sqrt(g^2 + 1e-3), so that faint gradients count for nothing and derivatives are finite. The code pads images with
    black, whose borders are edges then; here they go on as they end.

    Returns:
      [B, H / cell, W / cell, 8], not negative: the same for an image, its negative and one brighter by a constant.
    """
    chex.assert_rank(images, 4)
    chex.assert_type(images, float)
    chex.assert_is_divisible(images.shape[1], cell)
    chex.assert_is_divisible(images.shape[2], cell)
    across, down = _sobel((jnp.mean(images, axis=-1) + 1) / 2)
    angles = np.pi / BINS * np.arange(BINS)
    along = jnp.abs(across[..., None] * _row(np.cos(angles)) + down[..., None] * _row(np.sin(angles)))
    length = jnp.sqrt(jnp.square(across) + jnp.square(down) + 1e-3)[..., None]
    narrow = float(np.cos(np.pi / BINS))
    return _by_cells(jnp.maximum(0.0, along - narrow * length) / (1 - narrow), cell)


def unlike_sketch(images: Array, sketch: Array, drawn: Array, *, cell: int = 8) -> Array:
    """The mean squared difference of `orientations` over bins and over the cells that a sketch touches: iGAN's term of
    sketch strokes, scaled as in the authors' code. 0 where nothing is drawn.

    Args:
      images: [B, H, W, C].
      sketch: [B, H, W, C], the lines on a background of one colour; their contrast is that of the edges asked for.
      drawn: [B, H, W, 1], over 0 where lines are.
      cell: side of a cell in pixels: how far a line may be from where it was drawn.
    """
    chex.assert_equal_shape((images, sketch))
    chex.assert_shape(drawn, (*images.shape[:3], 1))
    touched = (_by_cells(drawn, cell) > 0).astype(images.dtype)
    apart = jnp.square(orientations(images, cell=cell) - orientations(sketch, cell=cell))
    count = jnp.maximum(jnp.sum(touched, axis=(1, 2, 3)), 1.0)
    return jnp.sum(touched * jnp.mean(apart, axis=-1, keepdims=True), axis=(1, 2, 3)) / count


def _sobel(x: Array) -> tuple[Array, Array]:
    """[B, H, W] -> gradients across and down, [B, H, W] each: 1 for a step of 1 between neighbours' neighbours."""
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    smooth_down = (x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]) / 4
    smooth_across = (x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]) / 4
    return smooth_down[..., 2:] - smooth_down[..., :-2], smooth_across[:, 2:] - smooth_across[:, :-2]


def _row(values: np.ndarray) -> Array:
    return jnp.asarray(values, jnp.float32)[None, None, None]


def _by_cells(x: Array, cell: int) -> Array:
    """[B, H, W, K] -> [B, H / cell, W / cell, K]: two small products, which are fast in any loop."""

    def weights(size: int) -> Array:
        middles, places = (np.arange(size // cell) + 0.5) * cell, np.arange(size) + 0.5
        return jnp.asarray(np.maximum(0, 1 - np.abs(middles[:, None] - places) / cell), jnp.float32)

    return jnp.einsum("iy,jx,byxk->bijk", weights(x.shape[1]), weights(x.shape[2]), x)
