"""What a setting may be, and what runs had before there was it: said beside the setting, in its type.

lr: Annotated[float, Above(0)] = 2e-4
widths: Annotated[tuple[int, ...], AtLeast(1)] = (8, 16)      # each of them
seed: Seed = 0
clip: Annotated[float | None, Above(0), Was(None)] = 1.0      # runs of before had no such setting, and did not clip
"""

import functools
import math
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from jaxgen.errors import InputError


class AtLeast(NamedTuple):
    bound: float


class Above(NamedTuple):
    bound: float


class Below(NamedTuple):
    bound: float


class AtMost(NamedTuple):
    bound: float


class Finite(NamedTuple):
    """Any number, but neither infinite nor none at all."""


class Was(NamedTuple):
    """A setting that came later: what runs did that were begun before it."""

    value: Any


# What keys of random numbers are made of: of a larger number they would take the last 32 bits.
Seed = Annotated[int, AtLeast(0), Below(2**32)]
WHOLE = 2**31  # whole numbers are below it where they have no other limit: arrays hold them in 32 bits


def within(settings: Any) -> None:
    """Every number of some settings (a dataclass) is one and within its limits; None is what a setting says by default.

    Raises:
      InputError: the first that is not, in one line.
    """
    for name, limits in _marks(settings.__class__).items():
        value = getattr(settings, name)
        for number in value if isinstance(value, tuple) else [value]:
            if isinstance(number, int | float) and (wrong := _wrong(number, limits)):
                raise InputError(f"--{name.replace('_', '-')} is {number}; it must be {wrong}")


def before(settings: type) -> dict[str, Any]:
    """Settings of a class that came later, by name, with what runs had before them."""
    return {n: mark.value for n, marks in _marks(settings).items() for mark in marks if isinstance(mark, Was)}


@functools.cache
def _marks(settings: Any) -> dict[str, tuple[Any, ...]]:
    hints = get_type_hints(settings, include_extras=True)
    return {name: get_args(hint)[1:] for name, hint in hints.items() if get_origin(hint) is Annotated}


def _wrong(number: float, limits: tuple[Any, ...]) -> str:
    for limit in limits:
        match limit:
            case AtLeast(bound) if not bound <= number < math.inf:
                return f"at least {bound}"
            case Above(bound) if not bound < number < math.inf:
                return f"above {bound}"
            case Below(bound) if not -math.inf < number < bound:
                return f"below {bound}"
            case AtMost(bound) if not -math.inf < number <= bound:
                return f"at most {bound}"
            case Finite() if not math.isfinite(number):
                return "a number"
    most = any(isinstance(limit, Below | AtMost) for limit in limits)
    return f"below {WHOLE}" if isinstance(number, int) and number >= WHOLE and not most else ""
