"""Images in a numpy .npz file."""

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Fields
from jaxgen.data.images import checked, fit_array
from jaxgen.data.source import Batch, Source, decoded, in_memory
from jaxgen.errors import InputError

IMAGES = ("images", "image", "x", "arr_0")
LABELS = ("labels", "label", "y", "arr_1")
# What numpy and zipfile raise where a file is damaged; zipfile has RuntimeErrors for compressions it does not know.
BROKEN = (ValueError, OSError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)


def open_npz(path: Path, size: int | None, channels: int | None) -> Source:
    """uint8 images [N, H, W] or [N, H, W, 1 or 3] under the name images, image, x or arr_0 (or the file's only array),
    and labels [N] under labels, label, y or arr_1 if there are any. Never unpickles.

    Raises:
      InputError: not an .npz file, no such array, another type or shape.
    """
    try:
        with path.open("rb") as opened:
            file = np.load(opened, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ValueError("one array, not an archive")
            names = list(file)
            name = next((n for n in IMAGES if n in names), names[0] if len(names) == 1 else None)
            if name is None:
                raise InputError(f"{path} has no array named {', '.join(IMAGES)}; it has {', '.join(names) or 'none'}")
            images = np.asarray(file[name])  # numpy gives bytes where a member is not an array
            label = next((n for n in LABELS if n in names and n != name), None)
            labels = None if label is None else np.asarray(file[label])
    except InputError:
        raise
    except BROKEN as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as an .npz file of arrays ({reason})") from None
    images = checked(images[..., None] if images.ndim == 3 else images, f"{path}, {name}")
    if labels is not None and (labels.shape != images.shape[:1] or labels.dtype.kind not in "iu"):
        raise InputError(f"{path}: {label} has shape {labels.shape} and type {labels.dtype}, not one integer per image")
    arrays = {"image": images} if labels is None else {"image": images, "label": labels.astype(np.int32)}
    return resized(in_memory(path.name, arrays), size, channels)


def resized(source: Source, size: int | None, channels: int | None) -> Source:
    """A source with its images brought to another size or number of channels, where that is asked for."""
    height, width, own = source.shape
    shape = (size or height, size or width, channels or own)
    if shape == source.shape:
        return source

    def read(indices: np.ndarray) -> Batch:
        batch = source.read(indices)
        return {**batch, "image": np.stack([fit_array(image, size, channels or own) for image in batch["image"]])}

    fields = Fields({**source.fields, "image": replace(source.fields["image"], shape=shape)})
    return decoded(replace(source, fields=fields, read=read))
