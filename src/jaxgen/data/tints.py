"""Colours for grey images with classes: something to colour where there is no data with colours."""

import colorsys
from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.source import Batch, Source


def beside(source: Source) -> Source:
    """Grey images, black on white or white on black, in the colour of their class; all other images as they are.

    Which colour an image has can be seen by what it shows, and by nothing else.
    """
    image, label = source.fields.get("image"), source.fields.get("label")
    if image is None or image.stored != "uint8" or image.channels != 1 or label is None or not label.names:
        return source
    hues = [colorsys.hls_to_rgb(n / label.count, 0.5, 1) for n in range(label.count)]
    tints = np.array(hues, np.float32)

    def tinted(batch: Batch) -> Batch:
        shown = batch["image"] * tints[batch["label"]][:, None, None]
        return batch | {"image": np.round(shown).astype(np.uint8)}

    fields = Fields({**source.fields, "image": replace(image, shape=(*image.shape[:2], 3), levels=None)})
    return replace(source, fields=fields, read=lambda indices: tinted(source.read(indices)))
