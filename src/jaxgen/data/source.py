"""What a data set is to the rest: examples that can be read at random, and which fields they have."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from jaxgen.data.fields import Field, Fields

Batch = dict[str, np.ndarray]
MEMORY = 1 << 30  # bytes: sets that are smaller when decoded are decoded once and kept


@dataclass(frozen=True)
class Source:
    """Examples at random: `read` takes record numbers [B] and gives every field, [B, ...]."""

    name: str
    length: int
    fields: Fields
    read: Callable[[np.ndarray], Batch]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one image: H, W, C; of an experiment's own data under that name, such as points, theirs."""
        return self.fields["image"].shape

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes of "label", of the whole set; () where there are none."""
        return self.fields["label"].names if "label" in self.fields else ()

    def fingerprint(self) -> str:
        """SHA-256 over the shape, the length and 256 records spread over the set: tells if a run's data changed."""
        some = self.read(np.linspace(0, self.length - 1, min(256, self.length)).astype(np.int64))
        shape = self.shape if "image" in self.fields else str(self.fields)
        digest = hashlib.sha256(f"{shape} {self.length} {sorted(some)}".encode())
        for key in sorted(some):
            digest.update(np.ascontiguousarray(some[key]).tobytes())
        return digest.hexdigest()


def images_and(shape: tuple[int, ...], classes: Sequence[str] = ()) -> Fields:
    """The fields of images of a shape [H, W, C], and of labels where there are classes."""
    label = {"label": Field("label", (), tuple(classes))} if classes else {}
    return Fields({"image": Field("image", shape)} | label)


def in_memory(name: str, arrays: Batch, classes: Sequence[str] = (), fields: Fields | None = None) -> Source:
    """A source of arrays [N, ...] that are in memory already, by field.

    Without `fields` they are "image" and perhaps "label", whose classes are as many as the largest label says.
    """
    if fields is None:
        label = arrays.get("label")
        fields = images_and(arrays["image"].shape[1:], classes or (() if label is None else numbered(label)))
    length = len(next(iter(arrays.values())))
    return Source(name, length, fields, lambda i: {key: a[i] for key, a in arrays.items()})


def numbered(labels: np.ndarray) -> tuple[str, ...]:
    """Names for classes that have none: their numbers, up to the largest that is seen in all of a set."""
    return tuple(map(str, range(int(labels.max(initial=0)) + 1)))


def decoded(source: Source) -> Source:
    """The same source with its examples decoded once and kept, where they fit in memory; else as it is."""
    if source.length * sum(math.prod(field.shape) for field in source.fields.values()) > MEMORY:
        return source
    chunks = [source.read(np.arange(i, min(i + 1000, source.length))) for i in range(0, source.length, 1000)]
    arrays = {key: np.concatenate([chunk[key] for chunk in chunks]) for key in chunks[0]}
    return in_memory(source.name, arrays, fields=source.fields)
