"""A shuffled, endless sequence of batches in which every batch is a pure function of (seed, number).

That makes the position one integer. A run resumes exactly by starting at its number, on any number of processes: each
takes its own slice of every global batch, not a shard of the data set.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import grain
import numpy as np

from jaxgen.data.source import Batch, Source, several, under
from jaxgen.errors import InputError


class Stream:
    """Batches of a source, epoch after epoch, each epoch in an order of its own; a batch may span two epochs.

    Args:
      source: of the examples; or several, by name, each in an order and with epochs of its own (`source.several`).
      batch: examples in a global batch, of every source.
      seed: of the order.
      part: which slice of every global batch this process reads.
      parts: number of slices (processes).

    Raises:
      InputError: the batch is larger than the data set or does not divide into the parts.

    grain supplies the threads and the prefetching. The order itself is numpy's: a permutation an epoch and one gather a
    batch cost 0.5 us an image where grain's own per-element shuffle costs 8, which a small net on a GPU would wait for.
    """

    def __init__(self, source: Source | Mapping[str, Source], *, batch: int, seed: int, part: int = 0, parts: int = 1):
        self.source = source if isinstance(source, Source) else several(source)
        for each in self.source.apart().values():
            if batch > each.length:
                what = "images" if "image" in each.fields else "examples"
                raise InputError(f"a batch of {batch} is larger than {each.name}, which has {each.length} {what}")
        if batch % parts:
            raise InputError(f"a batch of {batch} does not divide over {parts} processes")
        self.batch, self.seed = batch, seed
        self._slice = slice(part * batch // parts, (part + 1) * batch // parts)
        self._orders = {name: Order(each.length, seed, name) for name, each in self.source.apart().items()}

    def indices(self, number: int, name: str = "") -> np.ndarray:
        """Records [batch] of the global batch with this number; of the source of this name, where there are several."""
        return self._orders[name].records(self._places(number))[0]

    def whole(self, number: int) -> Batch:
        """The global batch with this number, all of it on every process."""
        return self._read(self._places(number))

    def block(self, number: int, size: int) -> Batch:
        """This process' slices of `size` batches from `number` on: leaves [size, batch / parts, ...]."""
        places = np.stack([self._places(n)[self._slice] for n in range(number, number + size)])
        flat = self._read(places.reshape(-1))
        return {key: array.reshape(*places.shape, *array.shape[1:]) for key, array in flat.items()}

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

    def _places(self, number: int) -> np.ndarray:
        """Where the examples of a global batch stand in the endless sequence."""
        return np.arange(number * self.batch, (number + 1) * self.batch)

    def _read(self, places: np.ndarray) -> Batch:
        found: Batch = {}
        for name, source in self.source.apart().items():
            records, epochs = self._orders[name].records(places)
            batch = source.read(records)
            if source.vary:
                batch = source.vary(batch, records, self._orders[name].drawn(records, epochs))
            found |= under(name, batch)
        return found


class Order:
    """Which record of a source stands at which place of the endless sequence.

    All of it is a function of the seed and the source's name: a single source, whose name is "", has the order that it
    had when there was no other.
    """

    def __init__(self, length: int, seed: int, name: str = ""):
        self.length, self._seed, self._name = length, seed, name.encode()
        self._order = lru_cache(2)(lambda epoch: self._rng(epoch).permutation(length))
        self._numbers = lru_cache(2)(lambda epoch: self._rng(epoch, 1).integers(1 << 62, size=length))

    def _rng(self, epoch: int, *more: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, epoch, *self._name, *more])

    def records(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places [n] -> the records [n] there, and in which epochs [n] they are."""
        epochs, within = np.divmod(places, self.length)
        return _of_epochs(self._order, epochs, within), epochs

    def drawn(self, records: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        """Random numbers int64 [n], from 0 on: one for each record in each epoch."""
        return _of_epochs(self._numbers, epochs, records)


def _of_epochs(table: Callable[[int], np.ndarray], epochs: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """The entries [n] of the tables of their epochs [n]."""
    found = np.empty(len(entries), np.int64)
    for epoch in np.unique(epochs):
        found[epochs == epoch] = table(int(epoch))[entries[epochs == epoch]]
    return found


def _plainly(blocks: Iterator[Batch]) -> Iterator[Batch]:
    """The same; what a user is to read loses the note, some lines long, that grain adds to what its threads raise."""
    try:
        yield from blocks
    except InputError as error:
        raise InputError(*error.args) from None
