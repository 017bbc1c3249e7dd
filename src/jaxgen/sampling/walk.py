"""The order in which cached sampling does things: by row, and within a row by pixel, in one compiled program.

Rows are [W, B, C], so that a pixel of all images lies together. What is kept is carried by the loops and written in
place. A loop's body that read from a row and wrote to it would copy it, at every pixel: what a pixel needs of those to
its left is carried beside the rows (`last`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from jaxgen.pixels import Pixels
from jaxgen.sampling.ancestral import pixel_keys


class Net(NamedTuple):
    """A net with its parameters, by rows and pixels."""

    start: Any  # what is kept before the first row
    row: Callable  # kept, r -> kept, what the rows above give to row r, last: what is left of its first pixel
    pixel: Callable  # kept, last, given, r, c, pixel so far [B, C] -> parameters [B, out], new
    write: Callable  # kept, last, new, pixel [B, C], c -> kept, last


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
