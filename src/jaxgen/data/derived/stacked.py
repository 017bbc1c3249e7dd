"""Stacked MNIST: three digits drawn at random as the channels of one image, 1,000 modes."""

import numpy as np

from jaxgen.data.source import Batch, Source, images_and
from jaxgen.errors import InputError


def stacked(digits: Source, *, count: int = 128_000, sets: int | None = None, seed: int = 0) -> Source:
    """Metz et al. 2017 (arXiv:1611.02163), section 3.3.1; 128,000 images as in PacGAN (arXiv:1712.04086, section 4.2).

    Args:
      digits: greyscale images, with labels if the stacked ones shall have any.
      count: images in the set; which digits they are made of is drawn once, from `seed`.
      sets: independent images in a record, for `jaxgen.seeds.many` games: [sets, H, W, 3]; None is [H, W, 3].
      seed: of the draw.

    Raises:
      InputError: the images are not greyscale.
    """
    height, width, channels = digits.shape
    if channels != 1:
        raise InputError(f"digits to be stacked are greyscale; {digits.name} has {channels} channels")
    lead = () if sets is None else (sets,)
    chosen = np.random.default_rng(seed).integers(digits.length, size=(count, *lead, 3))

    def read(indices: np.ndarray) -> Batch:
        triples = chosen[indices]
        batch = digits.read(triples.ravel())
        stack = batch["image"].reshape(*triples.shape, height, width)
        made = {"image": np.moveaxis(stack, -3, -1)}
        if "label" in batch:
            made["label"] = (batch["label"].reshape(triples.shape) @ [100, 10, 1]).astype(np.int32)
        return made

    classes = tuple(map(str, range(1000))) if digits.classes else ()
    return Source(f"stacked-{digits.name}", count, images_and((*lead, height, width, 3), classes), read)
