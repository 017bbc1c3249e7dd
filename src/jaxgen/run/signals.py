"""Being asked to stop."""

import signal
from types import FrameType

import jax
import numpy as np
from jax.experimental import multihost_utils

from jaxgen.errors import Halt


class Stopped(Halt):
    """A run was asked to stop, and has saved."""

    then = ", saved; go on with: "

    def __init__(self, number: int, round: int):
        super().__init__(f"stopped by {signal.Signals(number).name} at round {round}")
        self.number, self.round, self.status = number, round, 128 + number


class StopSignals:
    """Within it, SIGTERM and Ctrl-C are noted instead of ending the process; a second one ends it at once."""

    def __init__(self) -> None:
        self.number = 0

    def __enter__(self) -> "StopSignals":
        self._before = {n: signal.signal(n, self._note) for n in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            raise KeyboardInterrupt
        self.number = number

    def asked(self) -> int:
        """The signal that any process has got, or 0. All processes call it in the same rounds and get one answer."""
        if jax.process_count() == 1:
            return self.number
        return int(np.max(multihost_utils.process_allgather(np.int32(self.number))))
