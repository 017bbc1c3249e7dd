"""Every system, small: a new one is a new row of its family, and all of the shared tests run on it."""

from collections.abc import Collection

import pytest

from rows import autoencoders, by_hand, classifiers, conditional, energy, gan, pixels, search, translation
from rows.row import Row as Row

FAMILIES = (gan, conditional, translation, autoencoders, pixels, energy, classifiers, search, by_hand)
ROWS: dict[str, Row] = {name: row for family in FAMILIES for name, row in family.ROWS.items()}
SCRIPTS = [name for name, row in ROWS.items() if not (row.game or row.begins)]  # rows that a script plays
GAMES = [name for name, row in ROWS.items() if not row.plays]
FIRST = [next(iter(family.ROWS)) for family in FAMILIES if family is not by_hand]  # one of each family
EACH = list(
    {row.script: name for name, row in reversed(ROWS.items()) if name in SCRIPTS}.values()
)  # one of each script


def params(names: list[str], fast: Collection[str] = ROWS) -> list:
    """Rows as parameters of a test: of the fast suite or of `make test-all`; the oldest versions play one of each
    family."""

    def marks(name: str) -> list[pytest.MarkDecorator]:
        return [pytest.mark.lowest] * (name in FIRST) + [pytest.mark.slow] * (ROWS[name].slow or name not in fast)

    return [pytest.param(name, marks=marks(name)) for name in names]
