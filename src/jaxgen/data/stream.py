"""A shuffled, endless sequence of batches in which every batch is a pure function of (seed, number).

That makes the position one integer. A run resumes exactly by starting at its number, on any number of processes: each
takes its own slice of every global batch, not a shard of the data set.
"""

import sys
from collections.abc import Iterator
from functools import lru_cache

import grain
import numpy as np

from jaxgen.data.source import Batch, Source
from jaxgen.errors import InputError


class Stream:
    """Batches of a source, epoch after epoch, each epoch in an order of its own; a batch may span two epochs.

    Args:
      source: the images.
      batch: examples in a global batch.
      seed: of the order.
      part: which slice of every global batch this process reads.
      parts: number of slices (processes).

    Raises:
      InputError: the batch is larger than the data set or does not divide into the parts.

    grain supplies the threads and the prefetching. The order itself is numpy's: a permutation an epoch and one gather a
    batch cost 0.5 us an image where grain's own per-element shuffle costs 8, which a small net on a GPU would wait for.
    """

    def __init__(self, source: Source, *, batch: int, seed: int, part: int = 0, parts: int = 1):
        if batch > source.length:
            raise InputError(f"a batch of {batch} is larger than {source.name}, which has {source.length} images")
        if batch % parts:
            raise InputError(f"a batch of {batch} does not divide over {parts} processes")
        self.source, self.batch, self.seed = source, batch, seed
        self._slice = slice(part * batch // parts, (part + 1) * batch // parts)
        self._order = lru_cache(2)(self._shuffled)

    def _shuffled(self, epoch: int) -> np.ndarray:
        return np.random.default_rng([self.seed, epoch]).permutation(self.source.length)

    def indices(self, number: int) -> np.ndarray:
        """Records [batch] of the global batch with this number."""
        epochs, places = np.divmod(np.arange(number * self.batch, (number + 1) * self.batch), self.source.length)
        return np.concatenate([self._order(int(epoch))[places[epochs == epoch]] for epoch in np.unique(epochs)])

    def whole(self, number: int) -> Batch:
        """The global batch with this number, all of it on every process."""
        return self.source.read(self.indices(number))

    def block(self, number: int, size: int) -> Batch:
        """This process' slices of `size` batches from `number` on: leaves [size, batch / parts, ...]."""
        indices = np.stack([self.indices(n)[self._slice] for n in range(number, number + size)])
        flat = self.source.read(indices.reshape(-1))
        return {key: array.reshape(*indices.shape, *array.shape[1:]) for key, array in flat.items()}

    def blocks(self, size: int, start: int = 0, *, threads: int = 2, ahead: int = 4) -> Iterator[Batch]:
        """Consecutive blocks of `size` batches from batch `start` on, read by `threads` up to `ahead` blocks early."""
        if start % size:
            raise ValueError(f"blocks of {size} batches cannot start at batch {start}")
        numbers = grain.MapDataset.range(start, sys.maxsize // 2, size)
        options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=ahead)
        return _plainly(iter(numbers.map(lambda n: self.block(int(n), size)).to_iter_dataset(options)))

    def batches(self, start: int = 0) -> Iterator[Batch]:
        """This process' slices of consecutive batches: leaves [batch / parts, ...]."""
        for block in self.blocks(1, start):
            yield {key: array[0] for key, array in block.items()}


def _plainly(blocks: Iterator[Batch]) -> Iterator[Batch]:
    """The same; what a user is to read loses the note, some lines long, that grain adds to what its threads raise."""
    try:
        yield from blocks
    except InputError as error:
        raise InputError(*error.args) from None
