"""What a data set is to the rest: images that can be read at random."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Batch = dict[str, np.ndarray]
MEMORY = 1 << 30  # bytes: sets that are smaller when decoded are decoded once and kept


@dataclass(frozen=True)
class Source:
    """Images at random.

    `read` takes record numbers [B] and gives "image", uint8 [B, H, W, C], and where there are any "label", int32 [B].
    An experiment may make one of other arrays under the name "image", such as points [B, 2].
    """

    name: str
    length: int
    shape: tuple[int, ...]  # of one image: H, W, C
    read: Callable[[np.ndarray], Batch]
    classes: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """SHA-256 over the shape, the length and 256 records spread over the set: tells if a run's data changed."""
        some = self.read(np.linspace(0, self.length - 1, min(256, self.length)).astype(np.int64))
        digest = hashlib.sha256(f"{self.shape} {self.length} {sorted(some)}".encode())
        for key in sorted(some):
            digest.update(np.ascontiguousarray(some[key]).tobytes())
        return digest.hexdigest()


def in_memory(name: str, arrays: Batch, classes: Sequence[str] = ()) -> Source:
    """A source of arrays that are in memory already: "image" uint8 [N, H, W, C], perhaps "label" [N]."""
    images = arrays["image"]
    return Source(
        name, len(images), images.shape[1:], lambda i: {key: a[i] for key, a in arrays.items()}, tuple(classes)
    )


def decoded(source: Source) -> Source:
    """The same source with its images decoded once and kept, where they fit in memory; else as it is."""
    if source.length * math.prod(source.shape) > MEMORY:
        return source
    chunks = [source.read(np.arange(i, min(i + 1000, source.length))) for i in range(0, source.length, 1000)]
    arrays = {key: np.concatenate([chunk[key] for chunk in chunks]) for key in chunks[0]}
    return in_memory(source.name, arrays, source.classes)
