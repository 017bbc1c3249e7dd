"""Nets that are told what to draw and where: Reed et al. 2016, "Learning what and where to draw" (arXiv:1610.02454),
sections 4.1 (a box, figure 3) and 4.2 (keypoints, figure 4), for images of 16, 32, 64, ... pixels.

Both nets have a global and a local pathway, which meet on a grid of M x M cells, M being a quarter of the image's side
(an eighth in the paper, whose images have 128 pixels). What is local is within the box: a spatial transformer draws
features into it, in G, and out of it, in D; or it is where keypoints are, a channel a part.

Readings: as in the authors' code both pathways of G see z (in figure 3 the local one alone), features of a box are
bilinear samples, and D's grid is the same for both pathways. Some of their layers are left out: residual blocks, and
convolutions and normalisations that images a quarter as large do without. A keypoint between cells is shared by the
nearest four, where they round.
"""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.errors import InputError
from jaxgen.layers import BatchNorm, ConvTranspose, spectral
from jaxgen.layers import conv as conv_twice
from jaxgen.layers.spatial_transformer import heatmaps, into_box, out_of_box

SIDE = 4  # of the smallest feature map


def cells(size: int) -> int:
    """M, the side of the grid, of images of a size.

    Raises:
      InputError: the nets do not make such images.
    """
    if size < 4 * SIDE or size & (size - 1):
        raise InputError(
            f"these nets make images of 16, 32, 64, ... pixels a side, not {size}: --size resizes the data"
        )
    return size // 4


class Block(nn.Module):
    """A layer, its normalisation and a LeakyReLU: [B, H, W, C] -> [B, H', W', features], or of vectors [B, C]."""

    features: int
    kernel: int = 3  # 0 is a dense layer
    stride: int = 1  # below 0 it is the factor of a transposed convolution
    norm: str = "batch"  # or "spectral", "none"
    slope: float = 0.0  # below 0
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        weights = nn.initializers.he_normal() if self.norm == "none" else nn.initializers.normal(0.02)
        how: dict[str, Any] = {"use_bias": self.norm != "batch", "kernel_init": weights, "dtype": self.dtype}
        window, steps = (self.kernel, self.kernel), (abs(self.stride), abs(self.stride))
        layer: nn.Module
        if not self.kernel:
            layer = nn.Dense(self.features, **how)
        elif self.stride < 0:
            layer = ConvTranspose(self.features, window, steps, **how)
        else:
            layer = nn.Conv(self.features, window, steps, conv_general_dilated=conv_twice, **how)
        x = spectral(layer, x, train=train) if self.norm == "spectral" else layer(x)
        x = BatchNorm(dtype=self.dtype)(x, train=train) if self.norm == "batch" else x
        return nn.leaky_relu(x, self.slope)


class _Small(nn.Module):
    """A grid [B, M, M, C] -> the smallest map [B, 4, 4, features]."""

    features: int
    norm: str
    slope: float
    dtype: jax.typing.DTypeLike

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        if x.shape[1] == SIDE:
            return Block(self.features, 3, 1, self.norm, self.slope, self.dtype)(x, train=train)
        while x.shape[1] > SIDE:
            x = Block(self.features, 4, 2, self.norm, self.slope, self.dtype)(x, train=train)
        return x


class Generator(nn.Module):
    """z [B, latent], a sentence's vector [B, n] and a place -> images [B, size, size, channels] in [-1, 1], float32.

    The place is boxes [B, n, 4], of which the first counts and NaN is the whole image, or points [B, n, 2], NaN where
    there is none.
    """

    where: str  # "boxes" or "points"
    size: int
    channels: int
    width: int = 32  # channels of the largest hidden feature map
    told: int = 64  # numbers that a sentence is brought to
    dtype: jax.typing.DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, z: Array, text: Array, place: Array, *, train: bool) -> Array:
        side, w = cells(self.size), self.width
        told = nn.relu(nn.Dense(self.told, dtype=self.dtype)(text))
        both = jnp.concatenate([z.astype(told.dtype), told], -1)
        if self.where == "boxes":
            box = _box(place)
            there = into_box(_everywhere(told, side), box, side)
            local = into_box(self._grown(both, side, train), box, side)
        else:
            there = heatmaps(place, side).astype(told.dtype)
            local = _everywhere(Block(2 * w, 0, dtype=self.dtype)(both, train=train), side) * _any(there)
            local = jnp.concatenate([Block(2 * w, dtype=self.dtype)(local, train=train), there], -1)
        seen = _Small(self.told, "batch", 0.0, self.dtype)(there, train=train).reshape(len(z), -1)
        seen = Block(self.told, 0, norm="none", dtype=self.dtype)(seen, train=train)
        whole = self._grown(jnp.concatenate([both, seen], -1), side, train)
        x = Block(2 * w, dtype=self.dtype)(jnp.concatenate([whole, local], -1), train=train)
        x = Block(w, 4, -2, dtype=self.dtype)(x, train=train)
        last = ConvTranspose(self.channels, kernel_init=nn.initializers.normal(0.02), dtype=self.dtype)
        return jnp.tanh(last(x).astype(jnp.float32))

    def _grown(self, x: Array, side: int, train: bool) -> Array:
        """A vector [B, k] -> a grid [B, side, side, 2 width]."""
        width = 2 * self.width if side == SIDE else 4 * self.width
        dense = nn.Dense(SIDE * SIDE * width, False, kernel_init=nn.initializers.normal(0.02), dtype=self.dtype)
        x = dense(x).reshape(-1, SIDE, SIDE, width)
        x = nn.relu(BatchNorm(dtype=self.dtype)(x, train=train))
        while x.shape[1] < side:
            x = Block(2 * self.width, 4, -2, dtype=self.dtype)(x, train=train)
        return x


class Discriminator(nn.Module):
    """Images [B, size, size, channels], a sentence's vector [B, n] and a place -> scores [B], float32."""

    where: str  # as of `Generator`
    width: int = 32  # channels of the largest feature map
    told: int = 64
    dtype: jax.typing.DTypeLike = jnp.float32
    norm: str = "batch"  # or "spectral", "none"

    @nn.compact
    def __call__(self, x: Array, text: Array, place: Array, *, train: bool) -> Array:
        side, w, of = cells(x.shape[1]), self.width, (self.norm, 0.2, self.dtype)
        first = Block(w, 4, 2, "none" if self.norm == "batch" else self.norm, *of[1:])
        seen = Block(2 * w, 4, 2, *of)(first(x, train=train), train=train)
        told = nn.leaky_relu(nn.Dense(self.told, dtype=self.dtype)(text), 0.2)
        everywhere = _everywhere(told, side)
        local = Block(2 * w, 3, 1, *of)(jnp.concatenate([seen, everywhere], -1), train=train)
        if self.where == "boxes":
            local, there = out_of_box(local, _box(place), side), into_box(everywhere, _box(place), side)
        else:
            maps = heatmaps(place, side).astype(local.dtype)
            local, there = jnp.concatenate([local * _any(maps), maps], -1), everywhere
        local = Block(2 * w, 1, 1, *of)(local, train=train)
        local = nn.leaky_relu(nn.Dense(w, dtype=self.dtype)(local).mean((1, 2)), 0.2)
        whole = [_Small(features, *of)(grid, train=train) for features, grid in ((4 * w, seen), (w, there))]
        x = Block(4 * w, 1, 1, *of)(jnp.concatenate(whole, -1), train=train)
        x = jnp.concatenate([x.reshape(len(x), -1), local], -1)
        x = nn.leaky_relu(nn.Dense(w, dtype=self.dtype)(x), 0.2)
        last = nn.Dense(1, dtype=self.dtype)
        scores = spectral(last, x, train=train) if self.norm == "spectral" else last(x)
        return scores[:, 0].astype(jnp.float32)


def _box(place: Array) -> Array:
    """The first box of each image [B, 4]."""
    box = place[:, 0]
    return jnp.where(jnp.isfinite(box), box, jnp.array([[0.0, 0.0, 1.0, 1.0]]))


def _everywhere(x: Array, side: int) -> Array:
    """Vectors [B, n] -> the same at every place, [B, side, side, n]."""
    return jnp.broadcast_to(x[:, None, None], (len(x), side, side, x.shape[-1]))


def _any(maps: Array) -> Array:
    """Heatmaps [B, M, M, n] -> where any keypoint is, [B, M, M, 1]."""
    return jnp.minimum(jnp.sum(maps, -1, keepdims=True), 1)
