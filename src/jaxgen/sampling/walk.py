"""The order in which cached sampling does things: by row, and within a row by pixel, in one compiled program.

Rows are [W, B, C], so that a pixel of all images lies together. What is kept is carried by the loops and written in
place. A loop's body that read from a row and wrote to it would copy it, at every pixel: what a pixel needs of those to
its left is carried beside the rows (`last`).
"""

from collections.abc import Callable
from functools import singledispatch
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array, lax

from jaxgen.pixels import Pixels


class Net(NamedTuple):
    """A net with its parameters, by rows and pixels; r and c are their numbers."""

    start: Any  # what is kept before the first row
    row: Callable  # kept, r -> kept, what the rows above give to row r, last: what is left of its first pixel
    pixel: Callable  # kept, last, given, r, c, pixel so far [B, C] -> parameters [B, out], new
    write: Callable  # kept, last, new, pixel [B, C], c -> kept, last


@singledispatch
def by_rows(net: nn.Module, params: Any, images: Array, label: Array | None = None) -> Net | None:
    """A net by rows and pixels, for images of a shape; None for one that is not registered here."""
    return None


def kept_bytes(net: nn.Module, params: Any, images: Array, label: Array | None = None) -> int:
    """Memory of what cached sampling keeps from row to row."""
    rows = by_rows(net, params, images, label)
    return 0 if rows is None else sum(x.size * x.dtype.itemsize for x in jax.tree.leaves(rows.start))


def pixel_keys(keys: Array, number: Array) -> Array:
    """The keys [B] that the pixel `row * width + column` of each image is drawn with."""
    return jax.vmap(lambda key: jax.random.fold_in(key, number))(keys)


def walk(net: Net, keys: Array, images: Array, known: Array, family: Pixels) -> Array:
    """Arguments and result as of `ancestral.cached`."""
    width = images.shape[2]
    known = jnp.moveaxis(jnp.broadcast_to(known, images.shape[:3]), 0, 2)[..., None]  # [H, W, B, 1]
    images = jnp.moveaxis(images, 0, 2)

    def one_row(kept: Any, xs: tuple[Array, Array, Array]) -> tuple[Any, Array]:
        real, keep, r = xs
        kept, given, last = net.row(kept, r)
        fresh = jax.vmap(lambda c: pixel_keys(keys, r * width + c))(jnp.arange(width))

        def one_pixel(c: Array, state: tuple[Any, Any, Array]) -> tuple[Any, Any, Array]:
            kept, last, row = state
            x = real[c]
            for step in range(family.steps):
                parameters, new = net.pixel(kept, last, given, r, c, x)
                x = jnp.where(keep[c], real[c], family.draw(parameters, fresh[c], x, step))
            return *net.write(kept, last, new, x, c), row.at[c].set(x)

        kept, _, row = lax.fori_loop(0, width, one_pixel, (kept, last, jnp.zeros_like(real)))
        return kept, row

    _, out = lax.scan(one_row, net.start, (images, known, jnp.arange(len(images))))
    return jnp.moveaxis(out, 2, 0)
