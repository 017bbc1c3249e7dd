"""Images in numpy files: .npz and .npy."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.reading import depth
from jaxgen.data.reading.images import check_channels, checked, fit_array
from jaxgen.data.source import Batch, Source, decoded, in_memory, numbered
from jaxgen.errors import InputError

IMAGES = ("images", "image", "x", "arr_0")
LABELS = ("labels", "label", "y", "arr_1")
EMBEDDINGS = ("embeddings", "embedding")
# What numpy and zipfile raise where a file is damaged; zipfile has RuntimeErrors for compressions it does not know.
BROKEN = (ValueError, OSError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)


def open_npz(path: Path, size: int | None, channels: int | None, value_range: depth.Bounds | None = None) -> Source:
    """Images [N, H, W] or [N, H, W, C] under the name images, image, x or arr_0 (or the file's only array), and labels
    [N] under labels, label, y or arr_1 if there are any, and vectors [N, d] under embeddings or embedding: what a net
    of another's makes of their sentences, say. Never unpickles.

    Raises:
      InputError: not an .npz file, no such array, another type or shape, floats of a range that nobody said.
    """
    with archive(path) as file:
        names = list(file)
        name = next((n for n in IMAGES if n in names), names[0] if len(names) == 1 else None)
        if name is None:
            raise InputError(f"{path} has no array named {', '.join(IMAGES)}; it has {', '.join(names) or 'none'}")
        images = np.asarray(file[name])  # numpy gives bytes where a member is not an array
        label = next((n for n in LABELS if n in names and n != name), None)
        labels = None if label is None else np.asarray(file[label])
        vector = next((n for n in EMBEDDINGS if n in names and n != name), None)
        vectors = None if vector is None else np.asarray(file[vector])
    if labels is not None and (labels.shape != images.shape[:1] or labels.dtype.kind not in "iu"):
        raise InputError(f"{path}: {label} has shape {labels.shape} and type {labels.dtype}, not one integer per image")
    source = of_images(path.name, images, labels, value_range, f"{path}, {name}")
    source = source if vectors is None else _with_vectors(source, vectors, f"{path}: {vector}")
    return resized(source, size, channels)


def _with_vectors(source: Source, vectors: np.ndarray, where: str) -> Source:
    good = vectors.ndim == 2 and len(vectors) == source.length and vectors.dtype.kind == "f" and vectors.size
    if not good or not np.isfinite(vectors).all():
        told = f"shape {vectors.shape} and type {vectors.dtype}"
        raise InputError(f"{where} has {told}, or NaN or infinity in it: not a vector of floats for each image")
    held = vectors.astype(np.float32)
    fields = Fields({**source.fields, "embedding": Field("vector", held.shape[1:])})
    return replace(source, fields=fields, read=lambda indices: source.read(indices) | {"embedding": held[indices]})


def open_npy(path: Path, size: int | None, channels: int | None, value_range: depth.Bounds | None = None) -> Source:
    """Images [N, H, W] or [N, H, W, C] in a numpy .npy file. Never unpickles.

    Raises:
      InputError: not an .npy file, another type or shape, floats of a range that nobody said.
    """
    try:
        images = np.load(path, allow_pickle=False)
        if not isinstance(images, np.ndarray):
            raise ValueError("an archive, not one array")
    except BROKEN as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as an .npy file of one array ({reason})") from None
    return resized(of_images(path.name, images, None, value_range, str(path)), size, channels)


@contextmanager
def archive(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    """An .npz file's arrays, by name; reading them inside is as safe as opening it.

    Raises:
      InputError: it is not an .npz file or damaged.
    """
    try:
        with path.open("rb") as opened:
            file = np.load(opened, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ValueError("one array, not an archive")
            yield file
    except InputError:
        raise
    except BROKEN as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as an .npz file of arrays ({reason})") from None


def of_images(
    name: str, images: np.ndarray, labels: np.ndarray | None, value_range: depth.Bounds | None, where: str
) -> Source:
    """A source of images in memory: uint8 as they are, all others float32 in [-1, 1] when they are read.

    Raises:
      InputError: as `images.checked` and `depth.agreed`.
    """
    stored = depth.stored(images, where)
    images = checked(images, where)
    agreed = depth.agreed("image", images, value_range, where)
    field = Field("image", images.shape[1:], stored=stored, range=agreed)
    arrays = {"image": images} if labels is None else {"image": images, "label": labels.astype(np.int32)}
    fields = Fields({"image": field} | ({} if labels is None else {"label": Field("label", (), numbered(labels))}))
    source = in_memory(name, arrays, fields=fields)
    if stored == "uint8" and agreed is None:
        return source

    def read(indices: np.ndarray) -> Batch:
        batch = source.read(indices)
        return {**batch, "image": depth.scaled(batch["image"], field)}

    return replace(source, read=read)


def resized(source: Source, size: int | None, channels: int | None) -> Source:
    """A source with its images brought to another size or number of channels, where that is asked for."""
    height, width, own = source.shape
    shape = (size or height, size or width, channels or own)
    check_channels(own, channels)
    if shape == source.shape:
        return source

    def read(indices: np.ndarray) -> Batch:
        batch = source.read(indices)
        return {**batch, "image": np.stack([fit_array(image, size, channels or own) for image in batch["image"]])}

    fields = Fields({**source.fields, "image": replace(source.fields["image"], shape=shape)})
    return decoded(replace(source, fields=fields, read=read))
