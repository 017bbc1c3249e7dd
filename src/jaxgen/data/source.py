"""What a data set is to the rest: examples that can be read at random, and which fields they have."""

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from jaxgen.data.fields import Field, Fields
from jaxgen.data.reading import files as image_files
from jaxgen.errors import InputError

Batch = dict[str, np.ndarray]
MEMORY = 1 << 30  # bytes: sets that are smaller when decoded are decoded once and kept
CHUNK = 1000  # records that are read together where all are


@dataclass(frozen=True)
class Source:
    """Examples at random: `read` takes record numbers [B] and gives every field, [B, ...].

    What changes from epoch to epoch, such as which of an image's captions is seen, is `vary`'s: it takes what `read`
    gave, the record numbers and as many random numbers [B], and gives the batch. `Stream` draws these numbers, one for
    every record and epoch; without it examples are as `read` gives them.
    """

    name: str
    length: int
    fields: Fields
    read: Callable[[np.ndarray], Batch]
    vary: Callable[[Batch, np.ndarray, np.ndarray], Batch] | None = None
    split: str = ""  # what was asked for, for those who read about it
    files: tuple[Path, ...] = ()  # from which records are read each time anew; () where these are in memory
    images: bool = False  # whether these files are images
    drawn: tuple[np.ndarray, ...] = ()  # what `vary` draws from, beside what `read` gives
    origin: str = ""  # what its records are numbered in, such as the folder of a split; "" is nothing known
    places: np.ndarray | None = None  # the numbers [length] of its records there; None is all, in order
    names: Sequence[str] = ()  # of the records, where each is a file: paths below the data's folder

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one image: H, W, C; of an experiment's own data under that name, such as points, theirs."""
        return self.fields["image"].shape

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes of "label", of the whole set; () where there are none."""
        return self.fields["label"].names if "label" in self.fields else ()

    def apart(self) -> Mapping[str, "Source"]:
        """The sources of which each has an order of its own, by name: only this one, without a name."""
        return {"": self}

    def fingerprint(self, of_files: "OfFiles | None" = None) -> str:
        """SHA-256 over every record, in their order, wherever they lie: two sets are the same when these are.

        Of a set that is not in memory it is over the bytes and the relative names of its files, and over which of
        their records are meant.

        Args:
          of_files: what is known of a source's files, for those who have looked at them before; by default they are
            read.
        """
        shapes = {name: (each.kind, each.shape) for name, each in self.fields.items()}
        digest = hashlib.sha256(f"{sorted(shapes.items())} {self.length}".encode())
        if self.files:
            digest.update((of_files(self) if of_files else image_files.digest(self.files)).encode())
            digest.update(b"" if self.places is None else self.places.tobytes())
        else:
            for batch in self.chunks():
                for key in sorted(batch):
                    digest.update(np.ascontiguousarray(batch[key]).data)
        for array in self.drawn:
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def fingerprint_of_some(self) -> str:
        """What runs knew their data by that were begun before every record counted: SHA-256 over the shape, the length
        and 256 records spread over the set."""
        indices = np.linspace(0, self.length - 1, min(256, self.length)).astype(np.int64)
        some = self.read(indices)
        if self.vary:
            some = self.vary(some, indices, np.arange(len(indices)))
        shapes = {name: (each.kind, each.shape) for name, each in self.fields.items()}
        shape = self.shape if "image" in self.fields else shapes
        digest = hashlib.sha256(f"{shape} {self.length} {sorted(some)}".encode())
        for key in sorted(some):
            digest.update(np.ascontiguousarray(some[key]).tobytes())
        return digest.hexdigest()

    def chunks(self) -> Iterator[Batch]:
        """All records, some at a time."""
        for start in range(0, self.length, CHUNK):
            yield self.read(np.arange(start, min(start + CHUNK, self.length)))


@dataclass(frozen=True)
class Several(Source):
    """Sources that have nothing to do with each other, such as two folders of unpaired images: see `several`.

    As a source by itself it is as long as its longest, and record n of a shorter one is its record n modulo its length.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)

    def apart(self) -> Mapping[str, Source]:
        return self.sources

    def fingerprint(self, of_files: "OfFiles | None" = None) -> str:
        """SHA-256 over the sources' names and fingerprints."""
        return _joined({name: source.fingerprint(of_files) for name, source in self.sources.items()})

    def fingerprint_of_some(self) -> str:
        return _joined({name: source.fingerprint_of_some() for name, source in self.sources.items()})


OfFiles = Callable[[Source], str]


def _joined(fingerprints: Mapping[str, str]) -> str:
    told = " ".join(f"{name} {fingerprint}" for name, fingerprint in fingerprints.items())
    return hashlib.sha256(told.encode()).hexdigest()


def several(sources: Mapping[str, Source], name: str = "") -> Several:
    """Several sources as one; in a stream each has an order of its own.

    The field "image" of the source "a" is the field "a" of them all, its field "label" is "a_label".
    """

    def read(indices: np.ndarray) -> Batch:
        found: Batch = {}
        for called, source in sources.items():
            found |= under(called, source.read(indices % source.length))
        return found

    fields = {key: f for called, source in sources.items() for key, f in under(called, source.fields).items()}
    name = name or " and ".join(source.name for source in sources.values())
    length = max(source.length for source in sources.values())
    return Several(name, length, Fields(fields), read, sources=dict(sources))


def describe(source: Source) -> str:
    """A line that says what was read: "faces (train): 400 examples: image 64x64x3, label 2 classes (no, yes)"."""
    split = f" ({source.split})" if source.split else ""
    told = [
        f"{each.length} examples{f' of {name}' if name else ''}: {Fields(under(name, each.fields))}"
        for name, each in source.apart().items()
    ]
    return f"{source.name}{split}: {'; '.join(told)}"


def under[T](name: str, fields: Mapping[str, T]) -> dict[str, T]:
    """Fields as they are called where they are one of several sources' (`several`); "" leaves them as they are."""
    return {(name if key == "image" else f"{name}_{key}") if name else key: value for key, value in fields.items()}


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
    """Names for classes that have none: their numbers, up to the largest that is seen in all of a set; () where labels
    below 0 say that they are no classes."""
    if labels.min(initial=0) < 0:
        return ()
    return tuple(map(str, range(int(labels.max(initial=0)) + 1)))


def decoded(source: Source, files: Sequence[Path] = ()) -> Source:
    """The same source with its examples decoded once and kept, where they fit in memory; else as it is, from files.

    Args:
      source: that reads files.
      files: all of them.

    Raises:
      InputError: files are damaged: all of them are counted, and the first are named.
    """
    if not fits(source):
        return replace(source, files=tuple(files), images=bool(files))
    try:
        chunks = list(source.chunks())
    except InputError as error:
        raise (image_files.broken(files) or error) from None
    arrays = {key: np.concatenate([chunk[key] for chunk in chunks]) for key in chunks[0]}
    return replace(source, read=in_memory(source.name, arrays, fields=source.fields).read)


def fits(source: Source) -> bool:
    """Whether a source's examples are kept in memory, once they are decoded."""
    return source.length * sum(_bytes(each) for each in source.fields.values()) <= MEMORY


def numbered_in(source: Source, origin: str) -> Source:
    """A source that says what its records, all of a split in their order, are numbered in."""
    if isinstance(source, Several):
        apart = {name: numbered_in(each, f"{origin} {name}") for name, each in source.sources.items()}
        return replace(source, sources=apart)
    return source if source.origin else replace(source, origin=origin)


def shared(source: Source, other: Source) -> int:
    """How many of the other source's records, parts of the same data, this one has too."""
    ours, count = source.apart(), 0
    for name, theirs in other.apart().items():
        if name in ours and theirs.origin and ours[name].origin == theirs.origin:
            count += int(np.isin(places(theirs), places(ours[name])).sum())
    return count


def places(source: Source) -> np.ndarray:
    """The numbers [length] of a source's records in its origin."""
    return np.arange(source.length) if source.places is None else source.places


def _bytes(each: Field) -> int:
    return math.prod(each.shape) * (1 if each.kind == "image" and each.stored == "uint8" else 4)
