"""How far something is that takes long."""

import sys
import time


class Progress:
    """A line on stderr every few seconds."""

    def __init__(self, total: int, what: str):
        self._total, self._what = total, what
        self._began = self._said = time.monotonic()

    def __call__(self, count: int) -> None:
        now = time.monotonic()
        if self._total and now - self._said > 5:
            left = int((self._total - count) * (now - self._began) / count)
            print(f"{self._what}: {count:,} of {self._total:,}, {left // 60}:{left % 60:02} left", file=sys.stderr)
            self._said = now
