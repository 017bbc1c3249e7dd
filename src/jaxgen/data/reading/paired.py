"""Which images of two places belong together: those of one name; else those with the same numbers in their names."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from jaxgen.data.reading.names import natural, some, stem
from jaxgen.errors import InputError

NUMBER = re.compile(r"[0-9]+")


class Paired(NamedTuple):
    """What belongs together, as places in the two lists of names, and the names that have no partner."""

    pairs: list[tuple[int, int]]
    alone: tuple[list[str], list[str]]
    how: str = ""  # in words, where it was not by equal names

    def whole(self, *places: str) -> list[tuple[int, int]]:
        """The pairs.

        Raises:
          InputError: a name has no partner; `places` are what the two are called.
        """
        if not any(self.alone):
            return self.pairs
        told = " and ".join(f"{some(names)} in {place}" for names, place in zip(self.alone, places) if names)
        raise InputError(f"no partner for {told}: pairs have equal names, but for the suffix, or equal numbers in them")


def paired(ours: Sequence[str], theirs: Sequence[str]) -> Paired:
    """Pairs of names (paths below two folders).

    1. All have a partner of an equal name, but for the suffix: these, in the order of the text.
    2. All have a partner in a folder of the same name with the same numbers in their own, but for leading zeros and
       numbers that all names of a place share: 7.png and epoch3_0007_fake.png. These, in the order of the numbers.
    3. Else those of equal names, and the others are alone.

    Raises:
      InputError: two names of one place differ in the suffix alone.
    """
    if sorted(ours) == sorted(theirs):  # to the suffix, which may be all that differs in one place
        return _matched([(stem(name), name) for name in ours], [(stem(name), name) for name in theirs], ours, theirs)
    by_name = _matched(_stems(ours), _stems(theirs), ours, theirs)
    if not any(by_name.alone):
        return by_name
    a, b = _numbers(ours), _numbers(theirs)
    for first, second in ((a, b), (_varying(a), _varying(b))):
        told = all(len(set(side)) == len(side) and all(numbers for _, numbers in side) for side in (first, second))
        if told and not any((found := _matched(first, second, ours, theirs)).alone):
            return found._replace(how=_told(found.pairs, ours, theirs))
    return by_name


def _stems(names: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    for name in names:
        if (first := found.setdefault(stem(name), name)) != name:
            raise InputError(f"{name} and {first} have one name: pairs are matched by their names")
    return list(found)


def _matched(a: Sequence[Any], b: Sequence[Any], ours: Sequence[str], theirs: Sequence[str]) -> Paired:
    """By equal keys, `a` of our names and `b` of theirs, in the order of these."""
    first, second = ({key: i for i, key in enumerate(keys)} for keys in (a, b))
    pairs = [(first[key], second[key]) for key in sorted(first.keys() & second.keys())]
    alone = ([name for key, name in zip(a, ours) if key not in second],
             [name for key, name in zip(b, theirs) if key not in first])  # fmt: skip
    return Paired(pairs, (sorted(alone[0], key=natural), sorted(alone[1], key=natural)))


Numbers = list[tuple[str, tuple[int, ...]]]  # of each name: its folder, and the numbers in it


def _numbers(names: Sequence[str]) -> Numbers:
    paths = [stem(name).rpartition("/") for name in names]
    return [(folder, tuple(map(int, NUMBER.findall(name)))) for folder, _, name in paths]


def _varying(side: Numbers) -> Numbers:
    """Without the numbers in which all names agree: those of a model, a size, a date."""
    if len({len(numbers) for _, numbers in side}) != 1 or len(side) == 1:
        return side
    columns = list(zip(*(numbers for _, numbers in side)))
    varied = [i for i, column in enumerate(columns) if len(set(column)) > 1]
    return [(folder, tuple(numbers[i] for i in varied)) for folder, numbers in side]


def _told(pairs: Sequence[tuple[int, int]], ours: Sequence[str], theirs: Sequence[str]) -> str:
    first, last = (f"{ours[a]} with {theirs[b]}" for a, b in (pairs[0], pairs[-1]))
    which = first if len(pairs) == 1 else f"{first} ... {last}"
    return f"{len(pairs)} pairs by the numbers in their names: {which}"
