"""Attributes to give images, as a user writes them: hair=green, or hair=green:2 for more of it than images have."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jaxgen.errors import InputError

if TYPE_CHECKING:
    from jaxgen.data.fields import Field


def read(field: "Field", given: Sequence[str], flag: str) -> np.ndarray:
    """Attributes float32 [1, n], NaN where nothing is said. Of those that exclude each other the others become -1.

    Raises:
      InputError: an attribute is none of the run's, its number is none, or one is given twice.
    """
    from jaxgen.data.derived.attributes import groups

    found = np.full((1, *field.shape), np.nan, np.float32)
    for one in given:
        name, told, number = one.rpartition(":") if ":" in one and one not in field.names else (one, "", "")
        if name not in field.names:
            raise InputError(f"--{flag} {one}: the run can set {could(field)}")
        (places,) = [places for places in groups(field.names) if field.names.index(name) in places]
        if not np.isnan(found[0, places]).all():
            raise InputError(f"--{flag} {' '.join(given)}: what excludes each other, or is the same, is set twice")
        found[0, places] = -1
        found[0, field.names.index(name)] = _number(number, f"--{flag} {one}") if told else 1
    return found


def could(field: "Field") -> str:
    """What there is to set, in words: "hair=aqua, black, ...; smiling"."""
    from jaxgen.data.derived.attributes import groups

    told = []
    for places in groups(field.names):
        of, equals, _ = field.names[places[0]].partition("=")
        told.append(of + equals + ", ".join(field.names[place].removeprefix(of + equals) for place in places if equals))
    return "; ".join(told)


def _number(text: str, told: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise InputError(f"{told}: after the colon stands a number: -1 lacks it, 1 has it, 2 is beyond")
    return number
