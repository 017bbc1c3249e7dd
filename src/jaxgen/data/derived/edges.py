"""Pairs made of images alone: their edges, and they themselves."""

from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.source import Batch, Source

STEEP = 48  # of 255: what differs so much from one pixel to the next is an edge


def beside(source: Source) -> Source:
    """Pairs "a", the edges of an image, and "b", the image, as for drawing handbags and shoes in pix2pix (Isola et al.
    2017, section 6.1). A source that has pairs, or no images of 8 bits, stays as it is.

    The paper's edges are found by a trained detector (HED) and thinned; these are where grey values, the mean of an
    image's channels, differ by more than `STEEP` from those of the pixel to the right or below: white on black.
    """
    image = source.fields.get("image")
    if image is None or "a" in source.fields or image.kind != "image" or image.stored != "uint8":
        return source

    def read(indices: np.ndarray) -> Batch:
        return _pairs(source.read(indices)["image"])

    def vary(batch: Batch, indices: np.ndarray, drawn: np.ndarray) -> Batch:
        assert source.vary
        return _pairs(source.vary({"image": batch["b"]}, indices, drawn)["image"])

    fields = Fields({"a": replace(image, shape=(*image.shape[:2], 1), levels=2), "b": image})
    return replace(source, fields=fields, read=read, vary=source.vary and vary)


def _pairs(images: np.ndarray) -> Batch:
    return {"a": found(images), "b": images}


def found(images: np.ndarray) -> np.ndarray:
    """The edges of uint8 images [N, H, W, C]: 0 or 255, [N, H, W, 1]."""
    grey = images.astype(np.float32).mean(-1)
    right = np.abs(np.diff(grey, axis=2, append=grey[:, :, -1:]))
    below = np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    return np.where(np.maximum(right, below) > STEEP, np.uint8(255), np.uint8(0))[..., None]
