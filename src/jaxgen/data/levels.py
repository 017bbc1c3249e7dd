"""How many values the numbers of images have: a model of pixels must know whether they are black and white."""

from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.source import Source
from jaxgen.errors import InputError


def told(source: Source) -> Source:
    """The same source, whose field "image" says where it is grey and the first images have nothing but 0 and 255."""
    images = source.read(np.arange(min(256, source.length)))["image"]
    if images.shape[-1] != 1 or not np.all((images == 0) | (images == 255)):
        return source
    return replace(source, fields=Fields({**source.fields, "image": replace(source.fields.image, levels=2)}))


def pixels(image: Field, asked: str | None) -> str:
    """What a model's pixels are, a name in `jaxgen.pixels.PIXELS`: what was asked for, by default what suits images.

    Raises:
      InputError: black and white was asked for, and they are not known to be.
    """
    if asked == "bernoulli" and image.levels != 2:
        raise InputError("--pixels bernoulli is for pixels of 0 and 255 alone, which the data has not")
    return asked or ("bernoulli" if image.levels == 2 else "logistics")
