"""A folder of images, with or without class folders."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jaxgen.data import images
from jaxgen.data.source import Batch, Source, decoded, images_and
from jaxgen.errors import InputError

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}


def open_folder(folder: Path, size: int | None, channels: int | None) -> Source:
    """Images below a folder, in the order of their paths.

    Images right in it: no labels; else its subfolders are classes where there are several, in the order of their names.
    Links are followed. What is hidden is left out: ._0001.jpg and .ipynb_checkpoints are not part of anyone's data.

    Args:
      folder: of images of any size, mode and format that Pillow reads.
      size: side in pixels to bring them to; None where all are squares of one size already.
      channels: 1 or 3 (None is 3: greyscale becomes RGB).

    Raises:
      InputError: no images, a broken one (named), or different sizes with `size` None.
    """
    try:
        files = list(_images(folder))
    except OSError as error:
        raise InputError(f"the folder {error.filename} cannot be read ({error.strerror})") from None
    if not files:
        raise InputError(f"no images in the folder {folder} (looked for {' '.join(sorted(SUFFIXES))})")
    channels = channels or 3
    if size is None:
        size = _common_size(folder, files)
    tops = [file.relative_to(folder).parts[0] for file in files]
    classes = sorted(set(tops)) if all(file.parent != folder for file in files) else []
    number = {name: i for i, name in enumerate(classes)}
    labels = np.array([number[top] for top in tops], np.int32) if len(classes) > 1 else None

    def read(indices: np.ndarray) -> Batch:
        batch = {"image": np.stack([images.load(files[i], size, channels) for i in indices])}
        return batch if labels is None else batch | {"label": labels[indices]}

    shape = (size, size, channels)
    return decoded(Source(str(folder), len(files), images_and(shape, classes if len(classes) > 1 else ()), read))


def _images(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    here = folder.resolve()
    if here in above:  # a link that leads back
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _images(path, (*above, here))
        elif path.suffix.lower() in SUFFIXES:  # a link to nowhere too: opening it says which it is
            yield path


def _common_size(folder: Path, files: list[Path]) -> int:
    first = images.dimensions(files[0])
    for file in files:
        height, width = found = images.dimensions(file)
        if found != first or height != width:
            other = f", {files[0].relative_to(folder)} {first[1]}x{first[0]}" if found != first else ""
            raise InputError(
                f"images in {folder} are not squares of one size "
                f"({file.relative_to(folder)} is {width}x{height}{other}): say --size to crop and resize them"
            )
    return first[0]
