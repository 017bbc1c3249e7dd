"""A border that mirrors what is inside of it, so that a convolution meets no edge to black."""

import jax.numpy as jnp
from jax import Array


def reflected(x: Array, border: int) -> Array:
    """[B, H, W, C] -> [B, H + 2 border, W + 2 border, C]: pixels of the border are those as far inside of the edge, and
    the edge itself is not repeated (PyTorch's ReflectionPad2d).

    Raises:
      ValueError: the image is not larger than its border.
    """
    if min(x.shape[1:3]) <= border:
        raise ValueError(f"images of {x.shape[1]}x{x.shape[2]} have no border of {border} pixels in them")
    return jnp.pad(x, ((0, 0), (border, border), (border, border), (0, 0)), mode="reflect")
