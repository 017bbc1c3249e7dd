"""Pairs of label maps and images: a colour for every class, and the image that the map is of."""

from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.source import Batch, Source


def colours(count: int) -> np.ndarray:
    """uint8 [count, 3], of classes in their order: those of PASCAL VOC's label maps, which many tools know. The bits of
    a class' number are dealt to red, green and blue in turn, each from the highest one down; class 0 is black."""
    bits = np.arange(count)[:, None, None] >> (3 * np.arange(8)[:, None] + np.arange(3)) & 1
    return (bits << (7 - np.arange(8))[:, None]).sum(1).astype(np.uint8)


def painted(masks: np.ndarray, count: int) -> np.ndarray:
    """Label maps [N, H, W] of so many classes in their colours: uint8 [N, H, W, 3]."""
    return colours(count)[masks]


def beside(source: Source) -> Source:
    """Pairs "a", a label map in colours, and "b", the image that it is of, out of "mask" and "image": streets out of
    labels (Isola et al. 2017, arXiv:1611.07004, figure 1). A source without masks, or with pairs, stays as it is."""
    if not {"image", "mask"} <= set(source.fields) or "a" in source.fields:
        return source
    image, mask = source.fields["image"], source.fields["mask"]

    def pairs(batch: Batch) -> Batch:
        return {"a": painted(batch["mask"], mask.count), "b": batch["image"]}

    def vary(batch: Batch, indices: np.ndarray, drawn: np.ndarray) -> Batch:
        assert source.vary
        return pairs(source.vary(source.read(indices), indices, drawn))

    fields = Fields({"a": Field("image", (*mask.shape, 3)), "b": image})
    return replace(source, fields=fields, read=lambda indices: pairs(source.read(indices)), vary=source.vary and vary)
