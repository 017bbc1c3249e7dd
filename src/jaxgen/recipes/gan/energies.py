"""A discriminator that is an autoencoder, and whose score is how badly it reconstructs: of EBGAN and BEGAN.

D's player owns two nets, an encoder E and a decoder; the energy of an image is its reconstruction's mean error.
"""

from collections.abc import Callable, Mapping

import jax.numpy as jnp
from jax import Array

from jaxgen.game import Net
from jaxgen.recipes.parts import Cast, begin, coded, seen


def energy(cast: Cast, x: Array, power: int) -> tuple[Array, Array]:
    """Images [B, ...] -> the mean of |reconstruction - image| ** power, [B], and codes [B, n]."""
    code = cast("E", x)
    error = jnp.abs(x - cast("decoder", code)) ** power
    return jnp.mean(error.reshape(len(x), -1), axis=1), code


def start(nets: Mapping[str, Net], latent: int, keys: Callable | None = None) -> Callable:
    """`Game.init` of "G", "E" and "decoder", and of others without inputs."""

    inputs = dict.fromkeys(nets, lambda cast, batch: ()) | {
        "G": lambda cast, batch: (jnp.zeros((len(batch["image"]), latent)),),
        "E": seen,
        "decoder": coded,
    }
    return begin(nets, keys=keys, **inputs)
