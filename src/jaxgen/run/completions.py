"""Images of which a part is known, completed several times by an autoregressive model."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from jaxgen.errors import InputError
from jaxgen.pixels import PIXELS
from jaxgen.run import pictures
from jaxgen.sampling import AncestralSampler, ancestral

SIDES = ("top", "bottom", "left", "right")
GREY = 128  # of pixels that are not known, in pictures


def mask(told: str, size: int) -> np.ndarray:
    """The known pixels [size, size]: a name in `SIDES`, or an image file of that size in which they are white.

    Raises:
      InputError: it is neither.
    """
    if told in SIDES:
        return half(told, size)
    if not (path := Path(told)).is_file():
        raise InputError(f"there is no file {told}; --mask is one of {', '.join(SIDES)}, or an image")
    try:
        with Image.open(path) as opened:
            found = np.asarray(opened.convert("L"))
    except (OSError, ValueError):
        raise InputError(f"{path} cannot be read as an image") from None
    if found.shape != (size, size):
        raise InputError(f"{path} is {found.shape[1]}x{found.shape[0]} pixels, and the images are {size}x{size}")
    return found >= GREY


def half(side: str, size: int) -> np.ndarray:
    """The pixels [size, size] of one half of an image: `side` is a name in `SIDES`."""
    first = np.arange(size) < size // 2
    along = first if side in ("top", "left") else ~first
    return np.broadcast_to(along[:, None] if side in ("top", "bottom") else along, (size, size))


def completed(
    sampler: AncestralSampler,
    params: Any,
    images: np.ndarray,
    known: np.ndarray,
    samples: int,
    seed: int,
    label: np.ndarray | None = None,
) -> np.ndarray:
    """Images [N, H, W, C], uint8, whose unknown pixels are drawn `samples` times -> [N, samples, H, W, C], uint8.

    Only pixels before the unknown ones in raster order are taken into account: what is known below is kept, and not
    seen.

    Args:
      sampler, params: the model.
      images: what is known of them matters.
      known: bool [H, W] or [N, H, W], the pixels to keep.
      samples: completions of each image, each from a key of its own.
      seed: of the keys.
      label: int [N], for a model of classes.
    """
    count = len(images) * samples
    keys = jax.vmap(lambda n: jax.random.fold_in(jax.random.key(seed), n))(jnp.arange(count))
    every = np.repeat(images, samples, 0).astype(np.float32) / np.float32(127.5) - 1
    kept = np.repeat(np.broadcast_to(known, images.shape[:3]), samples, 0)
    labels = None if label is None else jnp.asarray(np.repeat(label, samples), jnp.int32)
    family = PIXELS[sampler.pixels](sampler.channels)
    draw = jax.jit(
        lambda params, keys, x, kept, label: ancestral.cached(sampler.module, params, keys, x, kept, family, label)
    )
    drawn = pictures.to_uint8(np.asarray(draw(params, keys, every, kept, labels)))
    return drawn.reshape(len(images), samples, *images.shape[1:])


def picture(images: np.ndarray, known: np.ndarray, drawn: np.ndarray) -> Image.Image:
    """A row for each image: itself, what was known of it, its completions."""
    covered = np.where(np.broadcast_to(known, images.shape[:3])[..., None], images, np.uint8(GREY))
    rows = np.concatenate([images[:, None], covered[:, None], drawn], 1)
    return pictures.grid(rows.reshape(-1, *images.shape[1:]), rows.shape[1])
