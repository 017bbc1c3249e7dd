"""A folder of images, with or without class folders."""

from pathlib import Path

import numpy as np

from jaxgen.data import images
from jaxgen.data.source import Batch, Source, decoded
from jaxgen.errors import InputError

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}


def open_folder(folder: Path, size: int | None, channels: int | None) -> Source:
    """Images below a folder, in the order of their paths. Images right in it: no labels; else its subfolders are classes.

    Args:
      folder: of images of any size, mode and format that Pillow reads.
      size: side in pixels to bring them to; None where all are squares of one size already.
      channels: 1 or 3 (None is 3: greyscale becomes RGB).

    Raises:
      InputError: no images, a broken one (named), or different sizes with `size` None.
    """
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not files:
        raise InputError(f"no images in the folder {folder} (looked for {' '.join(sorted(SUFFIXES))})")
    channels = channels or 3
    if size is None:
        size = _common_size(folder, files)
    tops = [file.relative_to(folder).parts[0] for file in files]
    classes = sorted(set(tops)) if all(file.parent != folder for file in files) else []
    labels = np.array([classes.index(top) for top in tops], np.int32) if len(classes) > 1 else None

    def read(indices: np.ndarray) -> Batch:
        batch = {"image": np.stack([images.load(files[i], size, channels) for i in indices])}
        return batch if labels is None else batch | {"label": labels[indices]}

    shape = (size, size, channels)
    return decoded(Source(str(folder), len(files), shape, read, tuple(classes) if len(classes) > 1 else ()))


def _common_size(folder: Path, files: list[Path]) -> int:
    first = images.dimensions(files[0])
    for file in files:
        found = images.dimensions(file)
        if found != first or found[0] != found[1]:
            raise InputError(
                f"images in {folder} are not squares of one size ({file.name} is {found[0]}x{found[1]}): "
                "say --size to crop and resize them"
            )
    return first[0]
