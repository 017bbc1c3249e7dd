"""Pixels one after the other, each drawn given those before it: the sampling that autoregressive nets are made for.

A net here maps images [B, H, W, C], and with classes a label [B], to the parameters [B, H, W, out] of each pixel's
distribution, which see only pixels before it in raster order. What a pixel can be, and how one is drawn from its
parameters, is a `pixels.Pixels`. Noise comes from a key per image, folded with the pixel's number, so that an image is
a function of its key however it is drawn.
"""

from functools import singledispatch
from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jax import Array, lax

from jaxgen.pixels import Pixels
from jaxgen.sampling.walk import by_rows, pixel_keys, walk


def naive(
    net: nn.Module,
    params: Any,
    keys: Array,
    images: Array,
    known: Array,
    family: Pixels,
    label: Array | None = None,
    count: int | None = None,
) -> Array:
    """Images whose unknown pixels are drawn anew, by `family.steps` passes of the net over whole images for each.

    Args:
      net, params: an autoregressive net with its parameters.
      keys: one per image, [B].
      images: [B, H, W, C] in [-1, 1]; only what is known of them matters.
      known: bool [H, W] or [B, H, W], the pixels to keep.
      family: what a pixel can be.
      label: int [B], for a net of classes.
      count: pixels to visit, the first ones; all by default.
    """
    width = images.shape[2]
    known = jnp.broadcast_to(known, images.shape[:3])
    given = () if label is None else (label,)

    def one(i: Array, x: Array) -> Array:
        r, c = i // width, i % width
        fresh, keep = pixel_keys(keys, i), known[:, r, c, None]
        for step in range(family.steps):
            parameters: Any = net.apply({"params": params}, x, *given, train=False)
            drawn = family.draw(parameters[:, r, c], fresh, x[:, r, c], step)
            x = x.at[:, r, c].set(jnp.where(keep, x[:, r, c], drawn))
        return x

    return lax.fori_loop(0, images.shape[1] * width if count is None else count, one, images)


@singledispatch
def cached(
    net: nn.Module,
    params: Any,
    keys: Array,
    images: Array,
    known: Array,
    family: Pixels,
    label: Array | None = None,
) -> Array:
    """What `naive` draws from the same arguments, but for the rounding of sums, at a pixel's own share of the work.

    After Ramachandran et al. 2017 (arXiv:1704.06001): what the net has computed for pixels before is kept. How is a
    matter of the net. `walk.by_rows` takes what a class of modules does by rows and pixels, `cached.register` any other
    way; a net without either is drawn from naively.
    """
    rows = by_rows(net, params, images, label)
    if rows is None:
        return naive(net, params, keys, images, known, family, label)
    return walk(rows, keys, images, known, family)
