"""What a pixel can be: the likelihood of discrete pixels and how to draw one, together, for nets that give a pixel's
parameters at every pixel; and how stored pixels become numbers for nets.

Images are float [B, H, W, C] in [-1, 1], on the grid of their levels: 2 (-1 and 1) or 256.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.losses import decoders, likelihood, reconstruction


class Pixels(NamedTuple):
    """A family of distributions of one pixel of C channels."""

    out: int  # numbers that a net gives for a pixel
    levels: int  # values that a channel takes
    steps: int  # passes of the net that drawing a pixel takes: C where a channel depends on those before through it
    unlikely: Callable[[Array, Array], Array]  # parameters [B, H, W, out], images -> -log p, nats [B]
    draw: Callable[[Array, Array, Array, int], Array]  # parameters [B, out], keys [B], pixel [B, C], step -> [B, C]


def bernoulli() -> Pixels:
    """Black and white pixels of one channel, by a logit of white."""

    def unlikely(parameters: Array, images: Array) -> Array:
        return reconstruction.bernoulli(parameters, (images + 1) / 2)

    def draw(parameters: Array, keys: Array, pixel: Array, step: int) -> Array:
        white = jax.vmap(lambda key, logit: jax.random.bernoulli(key, jax.nn.sigmoid(logit)))(keys, parameters)
        return 2.0 * white - 1.0

    return Pixels(1, 2, 1, unlikely, draw)


def categorical(channels: int, levels: int = 256) -> Pixels:
    """A softmax over the levels of each channel (van den Oord et al. 2016, arXiv:1601.06759, section 3.1).

    The net sees to it that a channel's logits depend on the channels before: `layers.masked_conv`.
    """

    def shaped(parameters: Array) -> Array:
        return parameters.reshape(*parameters.shape[:-1], channels, levels)

    def unlikely(parameters: Array, images: Array) -> Array:
        return likelihood.categorical(shaped(parameters), grid(images, levels))

    def draw(parameters: Array, keys: Array, pixel: Array, step: int) -> Array:
        keys = jax.vmap(lambda key: jax.random.fold_in(key, step))(keys)
        drawn = jax.vmap(jax.random.categorical)(keys, shaped(parameters)[:, step])
        return pixel.at[:, step].set(drawn * (2 / (levels - 1)) - 1)

    return Pixels(channels * levels, levels, channels, unlikely, draw)


def logistics(channels: int, components: int = 10) -> Pixels:
    """Mixtures of discretised logistics, `likelihood.logistic_mixture`: 256 levels, 1 or 3 channels drawn together."""

    def draw(parameters: Array, keys: Array, pixel: Array, step: int) -> Array:
        return likelihood.sample_pixel(parameters, keys, channels)

    out = components * (10 if channels == 3 else 1 + 2 * channels)
    return Pixels(out, 256, 1, likelihood.logistic_mixture, draw)


def grid(images: Array, levels: int) -> Array:
    """Images in [-1, 1] -> integers from 0 to levels - 1, the nearest."""
    return jnp.round((images + 1) * ((levels - 1) / 2)).astype(jnp.int32)


def floats(batch: Mapping[str, Array], keys: Array) -> dict[str, Array]:
    """The usual `Game.prepare`: every uint8 entry, on the device, to float32 in [-1, 1]; the others as they are."""
    return {n: x.astype(jnp.float32) / 127.5 - 1 if x.dtype == jnp.uint8 else x for n, x in batch.items()}


def dequantised(batch: Mapping[str, Array], keys: Array) -> dict[str, Array]:
    """`floats`, and each number of "image" uniformly within its level's bin: half a level beyond [-1, 1]."""
    prepared = floats(batch, keys)
    images = prepared["image"]
    noise = jax.vmap(lambda key: jax.random.uniform(key, images.shape[1:], minval=-0.5, maxval=0.5))(keys)
    return {**prepared, "image": images + decoders.BIN * noise}


def as_floats(images: jax.typing.ArrayLike) -> Array:
    """Images, uint8 -> float32 in [-1, 1]; others as they are."""
    x = jnp.asarray(images)
    return x.astype(jnp.float32) / 127.5 - 1 if x.dtype == jnp.uint8 else x


PIXELS = {"bernoulli": lambda channels: bernoulli(), "categorical": categorical, "logistics": logistics}
