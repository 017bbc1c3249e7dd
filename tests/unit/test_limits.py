"""What settings may be, in one line each, and what runs had before a setting came."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from jaxgen.errors import InputError
from jaxgen.limits import Above, AtLeast, AtMost, Below, Was, before, within


@dataclass(frozen=True)
class Some:
    rounds: Annotated[int, AtLeast(1)] = 3
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.9
    lr: Annotated[float | None, Above(0)] = None
    share: Annotated[float, AtMost(1)] = 0.5
    widths: Annotated[tuple[int, ...], AtLeast(1)] = (1, 2)
    clip: Annotated[float | None, Above(0), Was(None)] = 1.0
    name: str = "any"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"rounds": 0}, "--rounds is 0; it must be at least 1"),
        ({"ema": 1.0}, "--ema is 1.0; it must be below 1"),
        ({"ema": float("nan")}, "--ema is nan; it must be at least 0"),
        ({"lr": 0.0}, "--lr is 0.0; it must be above 0"),
        ({"lr": float("inf")}, "--lr is inf; it must be above 0"),
        ({"share": 1.5}, "--share is 1.5; it must be at most 1"),
        ({"widths": (4, 0)}, "--widths is 0; it must be at least 1"),
    ],
)
def test_what_is_out_of_its_limits_is_said(settings, line):
    with pytest.raises(InputError) as error:
        within(Some(**settings))
    assert str(error.value) == line


def test_what_is_within_them_passes():
    within(Some())
    within(Some(rounds=1, ema=0.0, lr=1e-9, share=1.0, widths=(), clip=None))


def test_a_setting_that_came_later_says_what_was_before():
    assert before(Some) == {"clip": None}
