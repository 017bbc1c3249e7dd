"""Every system, small: a new one is a new row of its family, and all of the shared tests run on it."""

import pytest

from rows import autoencoders, by_hand, classifiers, conditional, energy, gan, pixels, search, translation
from rows.row import Row as Row

FAMILIES = (gan, conditional, translation, autoencoders, pixels, energy, classifiers, search, by_hand)
ROWS: dict[str, Row] = {name: row for family in FAMILIES for name, row in family.ROWS.items()}
SCRIPTS = [name for name, row in ROWS.items() if not row.game]  # rows that a script plays
GAMES = [name for name, row in ROWS.items() if not row.plays]
FIRST = [next(iter(family.ROWS)) for family in FAMILIES if family is not by_hand]  # one of each family


def scripts() -> list[str]:
    """A row of each script, the first one."""
    first = {row.script: name for name, row in reversed(ROWS.items()) if not row.game}
    return list(first.values())


def params(names: list[str]) -> list:
    """Rows as parameters of a test; the oldest versions play one of each family."""
    return [pytest.param(name, marks=pytest.mark.lowest) if name in FIRST else name for name in names]
