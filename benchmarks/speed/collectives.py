"""What a compiled program sends between devices, read from its text."""

import math
import re
from typing import NamedTuple

KINDS = ("all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective-permute", "collective-broadcast")
_CALL = re.compile(rf"= (.*?) ({'|'.join(KINDS)})(-start)?\(")
_ARRAY = re.compile(r"\b(pred|[a-z]+\d+)\w*\[([\d,]*)\]")


class Collective(NamedTuple):
    kind: str  # one of `KINDS`
    numbers: int  # that a device has of its result
    bytes: int


def collectives(program: str) -> list[Collective]:
    """Of a program's text (`compiled.as_text()`), in its order. Those in a loop are in it once.

    Where a backend starts and awaits them apart, only the start counts. Its result holds what goes in beside what comes
    out, but for an all-reduce's.
    """
    found = []
    for shapes, kind, begun in _CALL.findall(program):
        arrays = [(_bits(dtype), _count(dims)) for dtype, dims in _ARRAY.findall(shapes)]
        if begun and kind != "all-reduce":
            arrays = [(bits, n) for bits, n in arrays if n > 1]  # without a permutation's two counters
            arrays = arrays[len(arrays) // 2 :]
        found.append(Collective(kind, sum(n for _, n in arrays), sum(bits * n for bits, n in arrays) // 8))
    return found


def _count(dims: str) -> int:
    return math.prod(int(n) for n in dims.split(",") if n)


def _bits(dtype: str) -> int:
    return 8 if dtype == "pred" else int(re.sub(r"\D", "", dtype))
