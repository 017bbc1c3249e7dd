"""What settings may be, in one line each, and what runs had before a setting came."""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_type_hints

import pytest

from jaxgen.cli import parse
from jaxgen.commands.main import COMMANDS, command
from jaxgen.errors import InputError
from jaxgen.limits import Above, AtLeast, AtMost, Below, Finite, Seed, Was, before, within
from running import SCRIPTS, module


@dataclass(frozen=True)
class Some:
    rounds: Annotated[int, AtLeast(1)] = 3
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.9
    lr: Annotated[float | None, Above(0)] = None
    share: Annotated[float, AtMost(1)] = 0.5
    widths: Annotated[tuple[int, ...], AtLeast(1)] = (1, 2)
    ends: Annotated[tuple[float, float] | None, Finite()] = None
    seed: Seed = 0
    clip: Annotated[float | None, Above(0), Was(None)] = 1.0
    name: str = "any"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"rounds": 0}, "--rounds is 0; it must be at least 1"),
        ({"rounds": 2**31}, "--rounds is 2147483648; it must be below 2147483648"),
        ({"ema": 1.0}, "--ema is 1.0; it must be below 1"),
        ({"ema": float("nan")}, "--ema is nan; it must be at least 0"),
        ({"lr": 0.0}, "--lr is 0.0; it must be above 0"),
        ({"lr": float("inf")}, "--lr is inf; it must be above 0"),
        ({"share": 1.5}, "--share is 1.5; it must be at most 1"),
        ({"share": float("-inf")}, "--share is -inf; it must be at most 1"),
        ({"widths": (4, 0)}, "--widths is 0; it must be at least 1"),
        ({"ends": (0.0, float("nan"))}, "--ends is nan; it must be a number"),
        ({"seed": -1}, "--seed is -1; it must be at least 0"),
        ({"seed": 2**32}, "--seed is 4294967296; it must be below 4294967296"),
    ],
)
def test_what_is_out_of_its_limits_is_said(settings, line):
    with pytest.raises(InputError) as error:
        within(Some(**settings))
    assert str(error.value) == line


def test_what_is_within_them_passes():
    within(Some())
    within(Some(rounds=1, ema=0.0, lr=1e-9, share=-1.0, widths=(), ends=(-1.0, 1.0), seed=2**32 - 1, clip=None))


def test_a_command_line_is_held_to_them():
    assert parse(Some, ["--widths", "3", "4"], "some", "").widths == (3, 4)
    with pytest.raises(InputError, match="--widths is 0; it must be at least 1"):
        parse(Some, ["--widths", "3", "0"], "some", "")


def test_a_setting_that_came_later_says_what_was_before():
    assert before(Some) == {"clip": None}


def numeric(hint: Any) -> bool:
    """Whether values of a type may be numbers, or hold some."""
    kinds = get_args(hint) if not isinstance(hint, type) else ()
    return hint in (int, float) or (getattr(hint, "__origin__", None) is not Literal and any(map(numeric, kinds)))


@pytest.mark.parametrize("name", [*SCRIPTS, *(f"jaxgen {name}" for name in COMMANDS)])
def test_every_number_of_an_experiment_and_a_command_has_its_limits(name):
    """A lower one or both: above, whole numbers have one without being told."""
    kind = command(name.split()[1]) if name.startswith("jaxgen ") else module(name).Config
    hints = get_type_hints(kind, include_extras=True)
    told = {field.name: get_args(hints[field.name])[1:] for field in dataclasses.fields(kind)
            if numeric(hints[field.name])}  # fmt: skip
    assert [one for one, marks in told.items() if not any(isinstance(m, AtLeast | Above | Finite) for m in marks)] == []


@pytest.mark.parametrize("name", [*SCRIPTS, *(f"jaxgen {name}" for name in COMMANDS)])
def test_what_settings_are_without_being_told_is_within_their_limits(name):
    kind = command(name.split()[1]) if name.startswith("jaxgen ") else module(name).Config
    given = {field.name: () for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING}
    within(kind(**given))


def test_numbers_are_found_in_types():
    assert all(map(numeric, (int, float, int | None, tuple[int, ...], Annotated[float | None, Was(None)])))
    assert not any(map(numeric, (bool, str, Literal[1, 3], tuple[str, ...], Annotated[bool, Was(False)])))
