"""Images of which a part is known, completed several times by an autoregressive model."""

from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from jaxgen.abilities import DrawByPixels
from jaxgen.data import masks
from jaxgen.errors import note
from jaxgen.model.bound import Bound
from jaxgen.show import pictures
from jaxgen.store.progress import Progress

GREY = 128  # of pixels that are not known, in pictures
CHUNK = 64  # completions that are drawn at once


def known(told: str, size: int, count: int, seed: int, fit: bool = False) -> np.ndarray:
    """`data.masks.named`, with a word on stderr where the mask is an image that is not black and white."""
    found = masks.named(told, size, count, seed, fit)
    if Path(told).is_file() and not masks.from_file(told, size, fit)[1]:
        note(f"{told} is not black and white: what is nearer to white is taken for known")
    return found


def of_images(
    told: str | None, holes: Sequence[np.ndarray | None], size: int, seed: int, fit: bool = False
) -> np.ndarray:
    """`known` for images [N, size, size]; where nobody told a mask, what is transparent in an image is missing, and of
    those of which nothing is, the centre.

    Args:
      told: as of `data.masks.named`; None is not told.
      holes: of each image which pixels are there, bool [size, size], or None if all are.
      size, seed, fit: as of `data.masks.named`.
    """
    found = np.array(known(told or "centre", size, len(holes), seed, fit))
    erased = [n for n, there in enumerate(holes) if there is not None] if told is None else []
    for n in erased:
        found[n] = holes[n]
    if erased:
        rest = "" if len(erased) == len(holes) else "; of the others, the centre"
        note(f"what is transparent in {len(erased)} of {len(holes)} images is missing{rest}: --mask says otherwise")
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
    picture = pictures.grid(rows.reshape(-1, *images.shape[1:]), rows.shape[1])
    return pictures.titled(picture, ["image", "known", *(f"drawn {n + 1}" for n in range(drawn.shape[1]))])
