"""Images with label maps: a class for every pixel.

    --dataset masks:streets      streets/{train,val,test}/{images,labels}/1.png     image, mask; with --split
    --dataset masks:horses       horses/images/1.jpg  horses/masks/1.png            0 and 255 are the classes 0 and 1

Label maps are PNG of one channel, whose numbers are the classes. Their names may be in classes.txt, one a line.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from jaxgen.data.derived import transform
from jaxgen.data.fields import Field, Fields
from jaxgen.data.openers.pairs import matched
from jaxgen.data.part import chosen, splits
from jaxgen.data.reading import deep, images
from jaxgen.data.reading.depth import Bounds
from jaxgen.data.reading.files import pictures
from jaxgen.data.source import Batch, Source, decoded
from jaxgen.errors import InputError

MAPS = ("labels", "masks")


def open_masks(
    path: Path,
    split: str = "train",
    *,
    size: int | None = None,
    channels: int | None = None,
    value_range: Bounds | None = None,
) -> Source:
    """Images and "mask", int32 [H, W]: the class of every pixel, from 0 up to the largest that the whole set has.

    Args:
      path: of a folder with images and labels (or masks) in it, or of split folders of these.
      split: "train", or one of the split folders.
      size: side in pixels to bring them to: masks by the nearest pixel. None where all are of one size.
      channels: of the images: 1 or 3 (None is 3: greyscale becomes RGB); of more than 8 bits what they have.
      value_range: what -1 and 1 stand for in images of more than 8 bits (`jaxgen.data.reading.files.whole`).

    Raises:
      NoSplit: there is no such split.
      InputError: a folder is missing, no names match, an image and its map differ in size, or a map has colours.
    """
    folder = chosen(path, split)
    pairs = _pairs(folder)
    maps = [mask for _, mask in pairs]
    for image, mask in pairs:
        (height, width), (tall, wide) = deep.dimensions(image), deep.dimensions(mask)
        if (height, width) != (tall, wide):
            raise InputError(
                f"{image} is {width}x{height} and {mask} {wide}x{tall}: a label map is as large as its image"
            )
    others = [mask for other in splits(path).values() if other != folder for _, mask in _pairs(other)]
    names, step = _classes(path, [*maps, *others])
    shown = pictures(folder, [image for image, _ in pairs], size, channels, value_range)
    fields = Fields({"image": shown.field, "mask": Field("mask", shown.field.shape[:2], names)})

    def read(indices: np.ndarray) -> Batch:
        masks = np.stack([transform.mask(load(maps[i]) // step, size) for i in indices])
        if masks.max() >= len(names):
            raise InputError(f"{path}: a label map has class {masks.max()}; classes.txt has {len(names)} names")
        return {"image": shown.read(indices), "mask": masks}

    return decoded(Source(path.name, len(pairs), fields, read), [*(image for image, _ in pairs), *maps])


def load(path: Path) -> np.ndarray:
    """A label map as int32 [H, W]: numbers as the file has them, of a palette the places in it.

    Raises:
      InputError: it cannot be read, or has colours.
    """
    try:
        with Image.open(path) as image:
            values = np.asarray(image)
    except images.BROKEN as error:
        raise InputError(f"{path} cannot be read as an image ({type(error).__name__}: {error})") from None
    if values.ndim != 2 or values.dtype.kind not in "iub" or values.min() < 0:
        raise InputError(f"{path} has colours, not the number of a class for every pixel; pairs: reads two images")
    return values.astype(np.int32)


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    found = next((folder / name for name in MAPS if (folder / name).is_dir()), None)
    if found is None or not (folder / "images").is_dir():
        raise InputError(f"{folder} has not the folders images and {' or '.join(MAPS)}")
    return matched(folder / "images", found)


def _classes(path: Path, maps: Sequence[Path]) -> tuple[tuple[str, ...], int]:
    """The classes' names, and what one class is in the files: 255 where these are black and white."""
    if (told := path / "classes.txt").is_file():
        return tuple(line.strip() for line in told.read_text(encoding="utf-8").splitlines() if line.strip()), 1
    seen = set[int]()
    for file in maps:
        seen |= set(np.unique(load(file)).tolist())
    step = 255 if seen == {0, 255} else 1
    return tuple(map(str, range(max(seen) // step + 1))), step
