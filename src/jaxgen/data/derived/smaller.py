"""Images beside themselves at a smaller size: what super-resolution learns from."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.reading import bicubic
from jaxgen.data.source import Batch, Source
from jaxgen.errors import InputError


def beside(source: Source, factor: int) -> Source:
    """Examples with "image", and "small": it, shrunk by the factor by MATLAB's bicubic `imresize` (`data.bicubic`).

    Raises:
      InputError: the images are not of 8 bits, or their sides are no multiples of the factor.
    """
    image = source.fields.of("image", "image")
    height, width = image.shape[:2]
    if image.stored != "uint8" or image.range:
        raise InputError(f"super-resolution learns from images of 8 bits, not {image.stored}")
    if height % factor or width % factor:
        near = max(factor, height // factor * factor)
        raise InputError(f"images of {height}x{width} are not {factor} times as large as others: say --size {near}")

    def more(batch: Mapping[str, np.ndarray]) -> Batch:
        return {**batch, "small": bicubic.shrunk(batch["image"], factor)}

    def vary(batch: Batch, records: np.ndarray, drawn: np.ndarray) -> Batch:
        assert source.vary
        whole = {name: array for name, array in batch.items() if name != "small"}
        return more(source.vary(whole, records, drawn))

    small = replace(image, shape=(height // factor, width // factor, image.channels), levels=None)
    fields = Fields({**source.fields, "small": small})
    return replace(source, fields=fields, read=lambda records: more(source.read(records)), vary=source.vary and vary)
