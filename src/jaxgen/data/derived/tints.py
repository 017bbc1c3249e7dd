"""Colours and label maps for grey images with classes: something to colour and to segment."""

import colorsys
from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.source import Batch, Source

BRIGHT = 128  # of 255


def beside(source: Source) -> Source:
    """Grey images, black on white or white on black, in the colour of their class; all other images as they are.

    Which colour an image has can be seen by what it shows, and by nothing else.
    """
    if not _grey(source):
        return source
    hues = [colorsys.hls_to_rgb(n / len(source.classes), 0.5, 1) for n in range(len(source.classes))]
    image, tints = source.fields.image, np.array(hues, np.float32)

    def tinted(batch: Batch) -> Batch:
        shown = batch["image"] * tints[batch["label"]][:, None, None]
        return batch | {"image": np.round(shown).astype(np.uint8)}

    fields = Fields({**source.fields, "image": replace(image, shape=(*image.shape[:2], 3), levels=None)})
    return replace(source, fields=fields, read=lambda indices: tinted(source.read(indices)))


def masked(source: Source) -> Source:
    """Grey images, bright on black, with a label map: black is 0, what is bright has the image's class, counted from 1.
    A source that has label maps, or images of another kind, stays as it is."""
    if "mask" in source.fields or not _grey(source):
        return source

    def read(indices: np.ndarray) -> Batch:
        batch = source.read(indices)
        bright = batch["image"][..., 0] >= BRIGHT
        return batch | {"mask": np.where(bright, batch["label"][:, None, None] + 1, 0).astype(np.int32)}

    mask = Field("mask", source.shape[:2], ("nothing", *source.classes))
    return replace(source, fields=Fields({**source.fields, "mask": mask}), read=read)


def _grey(source: Source) -> bool:
    """Whether it has grey images of 8 bits, and classes."""
    image = source.fields.get("image")
    return image is not None and image.stored == "uint8" and image.channels == 1 and bool(source.classes)
