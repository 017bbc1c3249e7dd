"""Pixels one after the other from MADE, each hidden unit computed once: an image costs the work of a single pass.

Before a pixel of degree d is drawn, the hidden units of degree d - 1 - those that see all pixels before it - become
known, layer by layer, and stay what they are. Degrees never fall along a layer (`nets.made`), so these units lie side
by side. The cache is the hidden layers' activations, float32 [B, width] each.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from jaxgen.nets import made
from jaxgen.pixels import Pixels
from jaxgen.sampling import ancestral


@ancestral.cached.register
def cached(
    net: made.MADE, params: Any, keys: Array, images: Array, known: Array, family: Pixels, label: None = None
) -> Array:
    """As `ancestral.cached`; the net takes no label."""
    batch, height, width, channels = images.shape
    each, most = net.out // net.steps, height * width * net.steps
    kernels = _masked(net, params, images.shape[1:])
    blocks = [_blocks(most, units) for units in net.widths]
    known = jnp.broadcast_to(known, (batch, height, width)).reshape(batch, -1)

    def step(d: Array, x: Array, layers: list[Array]) -> tuple[Array, list[Array]]:
        """The numbers [B, each] after d steps, and the layers with the units of degree d."""
        grown, below = [], x
        for i, (layer, (starts, size)) in enumerate(zip(layers, blocks)):
            kernel, bias = kernels[f"hidden_{i}"]
            units = below @ _columns(kernel, starts[d], size) + _columns(bias[None], starts[d], size)
            below = lax.dynamic_update_slice_in_dim(layer, jax.nn.relu(units), starts[d], 1)
            grown.append(below)
        kernel, bias = kernels["direct"]
        told = x @ _columns(kernel, d * each, each) + _columns(bias[None], d * each, each)
        if grown:
            told = told + below @ _columns(kernels["out"][0], d * each, each)
        return told, grown

    def pixel(state: tuple[Array, list[Array]], p: Array) -> tuple[Any, None]:
        x, layers = state
        real, keep = _columns(x, p * channels, channels), _columns(known, p, 1)
        fresh = ancestral.pixel_keys(keys, p)
        told, new = [jnp.zeros((batch, each))] * net.steps, real
        for s in range(net.steps):
            told[s], layers = step(p * net.steps + s, x, layers)
            new = jnp.where(keep, real, family.draw(jnp.concatenate(told, 1), fresh, new, s))
            x = lax.dynamic_update_slice_in_dim(x, new, p * channels, 1)
        return (x, layers), None

    layers = [jnp.zeros((batch, units)) for units in net.widths]
    (x, _), _ = lax.scan(pixel, (images.reshape(batch, -1), layers), jnp.arange(height * width))
    return x.reshape(images.shape)


def _columns(a: Array, start: Array, size: int) -> Array:
    return lax.dynamic_slice_in_dim(a, start, size, 1)


def _blocks(most: int, units: int) -> tuple[Array, int]:
    """Where in a layer the units of each degree from 0 to `most` - 1 begin, and the largest number of units of one.

    A block of that size may reach into the units of the next degrees, which their own step computes again, or at the
    layer's end start among those of degrees before, whose masks make them what they were.
    """
    degrees = made.degrees(most, units)
    size = int(np.bincount(degrees).max())
    return jnp.asarray(np.minimum(np.searchsorted(degrees, np.arange(most)), units - size)), size


def _masked(net: made.MADE, params: Any, shape: tuple[int, ...]) -> dict[str, tuple[Array, Any]]:
    """Masked kernels and the layers' biases, by name."""
    names = [*(f"hidden_{i}" for i in range(len(net.widths))), "out", "direct"]
    return {
        name: (params[name]["kernel"] * mask, params[name].get("bias"))
        for name, mask in zip(names, net.masks(shape))
        if name in params
    }
