"""Measuring for so long and no longer, with results that are on disk as they come."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jaxgen.store.folder import write_json
from worker import Unanswered

LEAST, LONGEST = 5.0, 90.0  # seconds that an answer needs in any case, and may take


class Budget:
    """The time that there is.

    Args:
      seconds: of all parts.
      ends: when each part must be over, in shares of them.
      clock: that goes on in seconds.
    """

    def __init__(self, seconds: float, ends: Mapping[str, float], clock: Callable[[], float] = time.monotonic):
        self.seconds, self._ends, self._clock, self._began = seconds, ends, clock, clock()

    @property
    def used(self) -> float:
        return self._clock() - self._began

    def left(self, part: str) -> float:
        """Seconds until a part must be over."""
        return self._ends[part] * self.seconds - self.used


class Record:
    """The results: said, and written whenever there is more."""

    def __init__(self, out: Path, budget: Budget, found: dict[str, Any]):
        self._out, self._budget = out, budget
        self.found: dict[str, Any] = {**found, "left_out": []}

    def tell(self, line: str) -> None:
        print(f"{self._budget.used:5.0f} s  {line}", flush=True)
        write_json(self._out, {**self.found, "wall_s": round(self._budget.used, 1)})


def attempt(record: Record, budget: Budget, part: str, what: str, ask: Callable[[float], dict]) -> dict | None:
    """An answer, its error under "error", or None where there is no time for it.

    Args:
      record: where it is noted that there was no time.
      budget: of time.
      part: that it belongs to.
      what: it is, in words.
      ask: seconds -> the answer.
    """
    if (seconds := min(LONGEST, budget.left(part))) < LEAST:
        record.found["left_out"].append(what)
        return None
    try:
        return ask(seconds)
    except Unanswered as why:
        return {"error": str(why)}


def said(answer: dict[str, Any]) -> str:
    """An answer in one line."""
    shown = ("error", "ms", "images_per_second", "share_of_peak", "naive_s", "cached_s", "ratio", "equal", "scores")
    values = {name: answer[name] for name in shown if answer.get(name) is not None}
    return ", ".join(f"{n} {v:.4g}" if isinstance(v, float) else f"{n} {v}" for n, v in values.items())
