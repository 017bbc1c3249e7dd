"""What is done between rounds, when, and in which order. The order is the argument for a run's safety:

measure, score   before the line is written that has their numbers
log              before anything is saved: what is not finite stops the run here, and never reaches a checkpoint
look             after the line is written: it reads the lines
keep, save       after all numbers are known to be finite
draw             last: a picture is worth less than a checkpoint
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, NamedTuple


class Phase(IntEnum):
    """In the order in which they come after a round."""

    MEASURE = 0
    SCORE = 1
    LOG = 2
    LOOK = 3
    KEEP = 4
    SAVE = 5
    DRAW = 6


class Why(Enum):
    """What calls for a task beside its time."""

    LAST = "the last round"
    ASKED = "a signal"
    FOUND = "a finding to stop on"


@dataclass
class Moment:
    """The end of a round, and what is special about it. A task may add to `why` what later ones answer to."""

    round: int
    state: Any
    why: set[Why] = field(default_factory=set)


class Task(NamedTuple):
    phase: Phase
    every: Iterable[int]  # it is due in rounds that one of these divides; 0 divides none
    also: frozenset[Why]  # and where one of these holds
    act: Callable[[Moment], object]

    def due(self, moment: Moment) -> bool:
        return bool(self.also & moment.why) or any(n and moment.round % n == 0 for n in self.every)


def carry_out(tasks: Iterable[Task], moment: Moment) -> None:
    """Do what is due at a moment, phase by phase. Whether a task is due is asked when its phase has come."""
    for task in sorted(tasks, key=lambda task: task.phase):
        if task.due(moment):
            task.act(moment)
