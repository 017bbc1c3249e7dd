"""Names of files and classes: their order, and how some of them are said."""

import re
from collections.abc import Sequence


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key to sort names by, numbers in them by their size: 2.png is before 10.png, and numbers before words."""
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in re.split("([0-9]+)", name) if part]


def some(names: Sequence[str], most: int = 5) -> str:
    """A line's worth of names: the first ones, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: int, what: str) -> str:
    """A number of things: "1 file", "1,200 files"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def stem(name: str) -> str:
    """A path without its suffix; numbers behind a dot are none."""
    told, dot, suffix = name.rpartition(".")
    return told if dot and "/" not in suffix and not suffix.isdecimal() else name
