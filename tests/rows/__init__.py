"""Every system, small: a new one is a new row of its family, and all of the shared tests run on it."""

from rows import autoencoders, by_hand, classifiers, energy, gan, pixels, search
from rows.row import Row as Row

FAMILIES = (gan, autoencoders, pixels, energy, classifiers, search, by_hand)
ROWS: dict[str, Row] = {name: row for family in FAMILIES for name, row in family.ROWS.items()}
