"""Being asked to stop."""

import os
import signal
import sys
import threading
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
    """Within it, SIGTERM, Ctrl-C and the hang-up of a lost connection are noted instead of ending the process; a second
    one ends it at once. Outside of the main thread, which alone gets signals, it changes nothing."""

    def __init__(self) -> None:
        self.number = 0

    def __enter__(self) -> "StopSignals":
        numbers = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
            numbers.append(signal.SIGHUP)
        main = threading.current_thread() is threading.main_thread()
        self._before = {n: signal.signal(n, self._note) for n in numbers} if main else {}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            raise KeyboardInterrupt
        self.number = number
        if number == signal.SIGHUP:
            _silence()

    def asked(self) -> int:
        """The signal that any process has got, or 0. All processes call it in the same rounds and get one answer."""
        if jax.process_count() == 1:
            return self.number
        return int(np.max(multihost_utils.process_allgather(np.int32(self.number))))


def _silence() -> None:
    """Say nothing more to a terminal that is gone: writing to it would fail, and end the run before it has saved."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream.isatty():
                away = os.open(os.devnull, os.O_WRONLY)
                os.dup2(away, stream.fileno())
                os.close(away)
        except (OSError, ValueError):  # it has no file
            continue
