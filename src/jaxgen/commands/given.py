"""What images are to be drawn by, as a user writes it: classes, sentences, boxes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxgen.commands import changes, keypoints
from jaxgen.errors import InputError

if TYPE_CHECKING:
    from jaxgen.data.fields import Field


@dataclass(frozen=True, kw_only=True)
class Given:
    """Flags of all commands that draw."""

    # Classes to draw, by name or number, for a run that is told them; a row each. By default all, one a row.
    label: tuple[str, ...] = ()
    # Classes of a code that the run found by itself, by number, for a run of InfoGAN; a row each. By default all.
    code: tuple[str, ...] = ()
    # Sentences to draw by, for a run that is told them; a row each: "blue hair red eyes".
    caption: tuple[str, ...] = ()
    # A text file of such sentences, one a line.
    captions: Path | None = None
    # A .npy file of vectors [n, d] to draw by, for a run that is told such in the place of sentences.
    embedding: Path | None = None
    # Where to draw what is drawn, for a run that is told it: left, top, width and height, as shares of the image. Of
    # several boxes each is a row: 0.1,0.2,0.5,0.5 0.4,0.2,0.5,0.5.
    box: tuple[str, ...] = ()
    # A file of keypoints to draw at, for a run that is told them, .json {"beak": [0.7, 0.4]} or .csv with name,x,y:
    # shares from the left and the top. Those that it does not name, without it all, are drawn by chance.
    keypoints: Path | None = None
    # Attributes to give images, for a run that changes them: hair=green, or smiling. A number after a colon says how
    # much of it: -1 lacks it, 1 has it, 2 is more than images have. Others stay as they are: hair=green:2 smiling:-1
    set: tuple[str, ...] = ()

    def told(self, fields: Mapping[str, "Field"], without: Sequence[str] = ()) -> dict[str, np.ndarray]:
        """What was given for each field, [n, ...].

        Args:
          fields: that are taken.
          without: fields that come from elsewhere.

        Raises:
          InputError: something is given that nothing is drawn by, or is missing, or cannot be understood.
        """
        found: dict[str, np.ndarray] = {}
        for flag, read in READ.items():
            value = self.sentences() if flag == "caption" else getattr(self, flag)
            names = [name for name, field in fields.items() if _flag(name, field) == flag and name not in without]
            if not names and value not in ((), None):
                raise InputError(f"--{flag}: the run is not told one{_but(fields, without)}")
            if names and value not in ((), None):
                found[names[0]] = read(fields[names[0]], value, flag)
        for name, field in fields.items():
            if field.kind == "points" and name not in without:
                found.setdefault(name, np.full((1, *field.shape), np.nan, np.float32))
            if name not in found and name not in without and not (field.kind == "label" and field.names):
                known = _flag(name, field)
                said = f": say --{known}" if known else ", which this command cannot be told"
                said += f", one or several of {changes.could(field)}" if known == "set" else ""
                raise InputError(f"the run draws by {name}{said}")
        return found

    def sentences(self) -> tuple[str, ...]:
        """Those of --caption, and those of the file --captions.

        Raises:
          InputError: it cannot be read, or has none.
        """
        if self.captions is None:
            return self.caption
        try:
            lines = self.captions.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, ValueError) as error:
            raise InputError(f"--captions: {self.captions} cannot be read ({error})") from None
        if not (some := tuple(line.strip() for line in lines if line.strip())):
            raise InputError(f"--captions: {self.captions} has no sentence in it")
        return (*self.caption, *some)

    def turns(self, fields: Mapping[str, "Field"]) -> int:
        """How many rows of images there are to draw: classes, sentences or boxes, in turn; 1 where there are none."""
        labels = [field.count for field in fields.values() if field.kind == "label" and field.names]
        boxes = len(_boxes(self.box)) if self.box else 0
        return len(self.label) or len(self.code) or len(self.sentences()) or boxes or (labels[0] if labels else 1)


def _but(fields: Mapping[str, "Field"], without: Sequence[str]) -> str:
    told = [name for name in fields if name not in without]
    return f", only {', '.join(told)}" if told else ""


def _labels(field: "Field", given: Sequence[str], flag: str) -> np.ndarray:
    return np.array([_label(field, one, flag) for one in given], np.int32 if field.names else np.float32)


def _label(field: "Field", given: str, flag: str) -> float:
    if given in field.names:
        return field.names.index(given)
    try:
        number = int(given) if field.names else float(given)
    except ValueError:
        number = -1
    if field.names and not 0 <= number < field.count:
        some = ", ".join(field.names[:8]) + (", ..." if field.count > 8 else "")
        raise InputError(f"--{flag} {given}: the run knows the classes 0 to {field.count - 1} ({some})")
    return number


def _captions(field: "Field", given: Sequence[str], flag: str) -> np.ndarray:
    from jaxgen.data.reading import words  # here: it comes with all that opens data

    try:
        return words.encode(given, field)
    except InputError as error:
        raise InputError(f"--caption: {error}") from None


def _boxes(words: Sequence[str]) -> list[list[float]]:
    """Four numbers each, with commas between them or without.

    Raises:
      InputError: they are not.
    """
    try:
        numbers = [float(number) for word in words for number in word.split(",") if number]
    except ValueError:
        numbers = []
    if not numbers or len(numbers) % 4:
        raise InputError(f"--box {' '.join(words)}: a box is four numbers, such as 0.2,0.2,0.5,0.5")
    return [numbers[i : i + 4] for i in range(0, len(numbers), 4)]


def _box(field: "Field", given: Sequence[str], flag: str) -> np.ndarray:
    boxes = _boxes(given)
    for left, top, width, height in boxes:
        if not (0 <= left < 1 and 0 <= top < 1 and 0 < width <= 1 - left + 1e-6 and 0 < height <= 1 - top + 1e-6):
            raise InputError(f"--box {left:g},{top:g},{width:g},{height:g}: these are shares inside the image")
    found = np.full((len(boxes), *field.shape), np.nan, np.float32)
    found.reshape(len(boxes), -1, 4)[:, 0] = boxes
    return found


def _vectors(field: "Field", given: Path, flag: str) -> np.ndarray:
    try:
        found = np.atleast_2d(np.load(given, allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"--embedding: {given} cannot be read as an .npy file ({error})") from None
    if not isinstance(found, np.ndarray) or found.shape[1:] != field.shape or found.dtype.kind != "f" or not len(found):
        raise InputError(f"--embedding: {given} has {np.shape(found)} numbers, not vectors of {field.shape[0]} floats")
    return found.astype(np.float32)


def _flag(name: str, field: "Field") -> str | None:
    """How a field is given: a class that the run found by itself is a label too, under a name of its own."""
    return OWN.get(name) or FLAGS.get(field.kind)


OWN = {"code": "code", "embedding": "embedding", "attributes": "set"}  # by a field's name
FLAGS = {"label": "label", "tokens": "caption", "boxes": "box", "points": "keypoints"}  # by a field's kind
READ: Mapping[str, Callable[["Field", Any, str], np.ndarray]] = {
    "label": _labels,
    "code": _labels,
    "caption": _captions,
    "embedding": _vectors,
    "box": _box,
    "keypoints": keypoints.read,
    "set": changes.read,
}
