"""What a batch holds: named fields, each of a kind that says how it is resized, flipped, prepared, read and written."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from jaxgen.errors import InputError

Kind = Literal["image", "mask", "label", "vector", "boxes", "points", "tokens", "signal"]
STORED = ("uint8", "uint16", "int16", "int32", "float32")
UNKNOWN = "<unknown>"  # among a vocabulary's words: all that it does not have


@dataclass(frozen=True)
class Field:
    """One field of every example, as the whole data set has it, whatever slice of it is read.

    kind      as `read` gives it
    image     uint8 [H, W, C], or float32 [H, W, C] in [-1, 1] where files have more than 8 bits: see `range`
    mask      int32 [H, W]: the number of a pixel's class
    label     int32 []: the number of a class; or float32 [] for a number, where there are no `names`
    vector    float32 [d]: columns; NaN where an entry is missing
    boxes     float32 [n, 4]: left, top, width, height as shares of the image's sides; NaN where there is none
    points    float32 [n, 2]: x and y as shares of the image's sides; NaN where one is not seen
    tokens    int32 [L]: numbers of words or characters; 0 is what stands after the end and has the name ""
    signal    float32 [T, C] in [-1, 1]
    """

    kind: Kind
    shape: tuple[int, ...]  # of one example
    names: tuple[str, ...] = ()  # of a label's or a mask's classes, a vector's columns, points, a vocabulary's words
    stored: str = "uint8"  # the type of images' and signals' numbers in files, in which results are written
    range: tuple[float, float] | None = None  # what -1 and 1 stand for in files; None is the type's own
    rate: int | None = None  # of a signal, numbers a second
    values: tuple[tuple[str, ...], ...] = ()  # of a vector's columns: their categories; () where numbers are
    levels: int | None = None  # 2 where images are known to have only 0 and 255 (`data.levels`); None is not known

    @property
    def channels(self) -> int:
        """Of an image or a signal."""
        return self.shape[-1]

    @property
    def size(self) -> int:
        """The side of a square image or mask.

        Raises:
          InputError: it is not square.
        """
        height, width = self.shape[:2]
        if height != width:
            raise InputError(f"the images are {height}x{width}: say --size to crop and resize them to squares")
        return height

    @property
    def count(self) -> int:
        """How many classes, columns, points or words there are."""
        return len(self.names)

    def number(self, told: str, flag: str) -> int:
        """The number of a class, which is told by its name or number.

        Raises:
          InputError: there is none; `flag` is what told it.
        """
        number = self.names.index(told) if told in self.names else int(told) if told.isdecimal() else -1
        if not 0 <= number < self.count:
            some = ", ".join(self.names[:8]) + (", ..." if self.count > 8 else "")
            raise InputError(f"--{flag} {told}: there is no such class, only 0 to {self.count - 1} ({some})")
        return number

    def describe(self) -> dict[str, Any]:
        """This field as JSON; what is as by default is left out."""
        told: dict[str, Any] = {"kind": self.kind, "shape": list(self.shape)}
        if self.names:
            told["names"] = list(self.names)
        if self.stored != "uint8":
            told["stored"] = self.stored
        if self.range:
            told["range"] = list(self.range)
        if self.values:
            told["values"] = [list(column) for column in self.values]
        if self.levels:
            told["levels"] = self.levels
        return told | ({"rate": self.rate} if self.rate else {})

    @staticmethod
    def build(told: Any) -> "Field":
        """The field that `describe` described.

        Raises:
          InputError: it describes none.
        """
        match told:
            case {"kind": str(kind), "shape": list(shape)} if kind in get_args(Kind) and told.keys() <= DESCRIBED:
                names, values, bounds = told.get("names", []), told.get("values", []), told.get("range")
                stored, rate, levels = told.get("stored", "uint8"), told.get("rate"), told.get("levels")
                plain = _all(shape, int) and min(shape, default=0) >= 0 and _all(names, str) and stored in STORED
                plain = plain and isinstance(values, list) and all(_all(column, str) for column in values)
                plain = plain and (bounds is None or (_all(bounds, int, float) and len(bounds) == 2))
                if plain and (rate is None or _all([rate], int)) and levels in (None, 2):
                    columns, bounds = tuple(map(tuple, values)), bounds and tuple(bounds)
                    return Field(cast(Kind, kind), tuple(shape), tuple(names), stored, bounds, rate, columns, levels)
        raise InputError(f"not a field: {told}")

    def __str__(self) -> str:
        shape = "x".join(map(str, self.shape)) + ("" if self.stored == "uint8" else f" ({self.stored})")
        first = f" ({', '.join(self.names[:3])}{', ...' if self.count > 3 else ''})" if self.names else ""
        told = {
            "label": f"{self.count} classes{first}" if self.names else "a number",
            "mask": f"{shape} of {self.count} classes{first}",
            "vector": f"{shape}{first}",
            "points": f"{shape}{first}",
            "tokens": f"{shape} tokens, {len({*self.names} - {'', UNKNOWN})} different",
        }
        return told.get(self.kind, shape) + (" of 0 and 255 alone" if self.levels == 2 else "")


DESCRIBED = {field.name for field in dataclasses.fields(Field)}


def _all(told: Any, *types: type) -> bool:
    return isinstance(told, list) and all(type(each) in types for each in told)


class Fields(Mapping[str, Field]):
    """The fields of a data set by name, and what an experiment asks of them in one line."""

    def __init__(self, fields: Mapping[str, Field]):
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    @property
    def image(self) -> Field:
        """The field "image"."""
        return self.of("image", "image")

    @property
    def label(self) -> Field:
        """The field "label", which has classes.

        Raises:
          InputError: there is none, or it has numbers instead of classes.
        """
        field = self.of("label", "label")
        if not field.names:
            raise InputError("the labels are numbers, and classes are needed")
        return field

    def images(self, *names: str) -> tuple[Field, ...]:
        """Some image fields, as large as each other.

        Raises:
          InputError: one is missing, or they differ in size.
        """
        found = tuple(self.of(name, "image") for name in names)
        if len({field.shape[:2] for field in found}) > 1:
            sizes = ", ".join(f"{name} {field}" for name, field in zip(names, found))
            raise InputError(f"the images of a pair must be of one size ({sizes}): say --size")
        return found

    def of(self, name: str, kind: Kind) -> Field:
        """A field of a kind.

        Raises:
          InputError: there is none.
        """
        if name not in self._fields or self._fields[name].kind != kind:
            has = ", ".join(f"{n} ({f.kind})" for n, f in self._fields.items())
            raise InputError(f"the data has no field {name!r} of the kind {kind}, which is needed; it has {has}")
        return self._fields[name]

    def __str__(self) -> str:
        return ", ".join(f"{name} {field}" for name, field in self._fields.items())
