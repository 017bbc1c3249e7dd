"""Images of several scales, the smallest first: what is drawn of a scale are known pixels of the next."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.nets.multiscale import MultiScale
from jaxgen.pixels import Pixels
from jaxgen.sampling.ancestral import cached


@cached.register
def multi_scale(
    net: MultiScale,
    params: Any,
    keys: Array,
    images: Array,
    known: Array,
    family: Pixels,
    label: Array | None = None,
) -> Array:
    """As `ancestral.cached`; every scale has keys of its own. Known pixels of a scale are not seen by those below."""
    known = jnp.broadcast_to(known, images.shape[:3])
    for scale in range(net.scales):
        own = jax.vmap(lambda key, scale=scale: jax.random.fold_in(key, scale))(keys)
        every = slice(None, None, net.step(scale))
        small, keep = images[:, every, every], known[:, every, every]
        drawn = cached(net.net(scale), params[f"scale{scale}"], own, small, keep, family, label)
        images, known = images.at[:, every, every].set(drawn), known.at[:, every, every].set(True)
    return images
