"""Numbers of any depth: what of a file's range is -1 and what is 1, and the way there and back."""

import math

import numpy as np

from jaxgen.data.fields import Field
from jaxgen.errors import InputError, note

Bounds = tuple[float, float]
# What -1 and 1 stand for where nobody says. Silence is 0, so a signal's highest integer is a step below 1.
OWN: dict[tuple[str, str], Bounds] = {
    ("image", "uint8"): (0, 255),
    ("image", "uint16"): (0, 65535),
    ("signal", "uint8"): (0, 256),
    ("signal", "int16"): (-(2**15), 2**15),
    ("signal", "int32"): (-(2**31), 2**31),
}
USUAL = ((0, 1), (-1, 1), (0, 255))  # ranges of floats, to be proposed
LITTLE = 0.1  # of a range: who uses less of it most likely has 10 or 12 bits in 16


def stored(numbers: np.ndarray, where: str) -> str:
    """The name of an array's type as fields have it: uint8, uint16, int16, int32, or float32 for all floats.

    Raises:
      InputError: it is none of these.
    """
    name = "float32" if numbers.dtype.kind == "f" else numbers.dtype.name
    if name not in ("uint8", "uint16", "int16", "int32", "float32"):
        raise InputError(f"{where}: {name}; numbers are uint8, uint16, int16, int32 or floats")
    return name


def agreed(kind: str, numbers: np.ndarray, said: Bounds | None, where: str) -> Bounds | None:
    """The range of a field with such numbers; None is its type's own.

    A line on stderr says where the numbers use little of the range, or leave it.

    Args:
      kind: of the field: image or signal.
      numbers: all of a set, or some that speak for it.
      said: what the user says that -1 and 1 stand for.
      where: the file or folder, for errors.

    Raises:
      InputError: the range is none, some numbers are NaN or infinite, or the type has no range of its own and
        nothing is said.
    """
    if said and not (all(map(math.isfinite, said)) and said[0] < said[1]):
        raise InputError(f"{where}: a range of values is two numbers, the lowest first, not {said[0]:g} {said[1]:g}")
    name = stored(numbers, where)
    low, high = float(numbers.min()), float(numbers.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(f"{where}: {numbers.dtype} with values that are not numbers")
    own = OWN.get((kind, name))
    if not said and not own:
        least, most = next((r for r in USUAL if r[0] <= low and high <= r[1]), (low, high))
        raise InputError(
            f"{where}: {numbers.dtype} from {low:g} to {high:g}; say the lowest and the highest value that there can "
            f"be, such as --value-range {least:g} {most:g}"
        )
    warn(low, high, said or own or (low, high), where)
    return None if said == own else said


def warn(low: float, high: float, bounds: Bounds, where: str) -> None:
    """Say on stderr where numbers from `low` to `high` leave a range, or use little of it."""
    span = f"the range of values {bounds[0]:g} to {bounds[1]:g}"
    if low < bounds[0] or high > bounds[1]:
        note(f"{where}: values from {low:g} to {high:g} are cut off to {span}")
    elif (used := (high - low) / (bounds[1] - bounds[0])) < LITTLE:
        told = f"{where}: values from {low:g} to {high:g} are only {100 * used:.2g} per cent of {span}"
        note(f"{told}: say --value-range LOWEST HIGHEST if there are no others")


def bounds(field: Field) -> Bounds:
    """What -1 and 1 stand for in the files of an image or a signal."""
    return field.range or OWN.get((field.kind, field.stored), (-1, 1))


def scaled(numbers: np.ndarray, field: Field) -> np.ndarray:
    """Numbers as files have them -> float32 in [-1, 1]; what lies outside the field's range is cut off."""
    low, high = bounds(field)
    shares = (numbers.astype(np.float64) - (low + high) / 2) / ((high - low) / 2)
    return np.clip(shares, -1, 1).astype(np.float32)


def unscaled(x: np.ndarray, field: Field) -> np.ndarray:
    """[-1, 1] -> numbers of the field's stored type, integers rounded: the inverse of `scaled`.

    Exact for integers of up to 16 bits; for floats to the rounding of float32 at 1, which is 6e-8 of half the range.
    """
    low, high = bounds(field)
    numbers = np.clip(np.asarray(x, np.float64), -1, 1) * ((high - low) / 2) + (low + high) / 2
    if field.stored == "float32":
        return numbers.astype(np.float32)
    limits = np.iinfo(field.stored)
    return np.clip(np.round(numbers), limits.min, limits.max).astype(field.stored)
