"""Images of which a part is known, completed several times by an autoregressive model."""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from jaxgen.abilities import DrawByPixels
from jaxgen.data import masks
from jaxgen.model.bound import Bound
from jaxgen.show import pictures
from jaxgen.store.progress import Progress

GREY = 128  # of pixels that are not known, in pictures
CHUNK = 64  # completions that are drawn at once


def known(told: str, size: int, count: int, seed: int) -> np.ndarray:
    """`data.masks.named`, with a word on stderr where the mask is an image that is not black and white."""
    found = masks.named(told, size, count, seed)
    if Path(told).is_file() and not masks.from_file(told, size)[1]:
        print(f"{told} is not black and white: greys from {GREY} on are taken for known", file=sys.stderr)
    return found


def completed(
    draw: Bound[DrawByPixels],
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
      draw: the model.
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
    parts, progress = [], Progress(count, "completions drawn")
    for start in range(0, count, CHUNK):
        rows = np.minimum(np.arange(start, start + min(CHUNK, count)), count - 1)  # chunks of one size compile once
        given = (keys[rows], every[rows], kept[rows], None if labels is None else labels[rows])
        parts.append(pictures.to_uint8(np.asarray(draw(draw.ability.complete, *given))))
        progress(min(start + CHUNK, count))
    drawn = np.concatenate(parts)[:count]
    return drawn.reshape(len(images), samples, *images.shape[1:])


def picture(images: np.ndarray, known: np.ndarray, drawn: np.ndarray) -> Image.Image:
    """A row for each image: itself, what was known of it, its completions."""
    covered = np.where(np.broadcast_to(known, images.shape[:3])[..., None], images, np.uint8(GREY))
    rows = np.concatenate([images[:, None], covered[:, None], drawn], 1)
    return pictures.grid(rows.reshape(-1, *images.shape[1:]), rows.shape[1])
