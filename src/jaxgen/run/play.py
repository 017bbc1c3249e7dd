"""The rounds of a run, and what is done between them."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax

from jaxgen.game import State
from jaxgen.run.best import Best
from jaxgen.run.log import Log
from jaxgen.run.schedule import Moment, Phase, Task, Why, carry_out
from jaxgen.run.settings import Settings
from jaxgen.run.signals import Stopped, StopSignals
from jaxgen.run.watch import Found, Measure, Watch

NEVER: frozenset[Why] = frozenset()


class Beside(NamedTuple):
    """What a run does between its rounds."""

    draw: Callable[[State], None]
    measure: Measure
    best: Best | None
    save: Callable[[State], None]
    position: Callable[[int], dict[str, Any]]  # of the data, after a round


def play(step: Callable, state: State, blocks: Iterator[Any], settings: Settings, log: Log, beside: Beside) -> State:
    """Play until a state has had `settings.rounds` rounds.

    Args:
      step: state, a block of batches -> the state after its rounds, and metrics.
      state: the first one.
      blocks: of data on the devices, from the state's round on.
      settings: the run's.
      log: its log; closed at the end.
      beside: what is done between rounds.

    Raises:
      Stopped, Found, NotFinite, OSError: as `Session.train`.
    """
    first, at_once = int(state.round), settings.rounds_per_dispatch
    watcher = Watch(settings.stop_on, log.lines, log.speaks)
    found: list[Found] = []

    def look(moment: Moment) -> None:
        if finding := watcher.look(log.lines):
            found.append(Found(finding, moment.round))
            moment.why.add(Why.FOUND)

    tasks = _tasks(settings, log, beside, look)
    logging = [task for task in tasks if task.phase is Phase.LOOK]
    in_flight: deque[Any] = deque()  # so that the host runs at most two dispatches ahead
    if first == 0:
        beside.draw(state)
    with contextlib.closing(log), StopSignals() as signals:
        block = next(blocks)
        for done in range(first + at_once, settings.rounds + 1, at_once):
            compiling = done == first + at_once
            with log.paused() if compiling else contextlib.nullcontext():
                state, metrics = step(state, block)
                if compiling:
                    jax.block_until_ready(metrics)
            log.add(metrics, timed=not compiling)
            in_flight.append(metrics)
            block = log.next(blocks, busy=in_flight[-1])  # while the devices compute
            if len(in_flight) > 2:
                jax.block_until_ready(in_flight.popleft())
            moment = Moment(done, state, {Why.LAST} if done == settings.rounds else set())
            # Several processes agree on a signal in rounds in which all of them write a line.
            asked = signals.asked() if jax.process_count() == 1 or any(t.due(moment) for t in logging) else 0
            if asked:
                moment.why.add(Why.ASKED)
            carry_out(tasks, moment)
            if asked:
                raise Stopped(asked, done)
            if found and Why.LAST not in moment.why:
                raise found[0]
    return state


def _tasks(s: Settings, log: Log, beside: Beside, look: Callable[[Moment], None]) -> Sequence[Task]:
    best = beside.best

    def paused(act: Callable[[Moment], object]) -> Callable[[Moment], None]:
        def timeless(moment: Moment) -> None:
            with log.paused():
                act(moment)

        return timeless

    def noted(measure: Callable[[State], Mapping[str, float]]) -> Callable[[Moment], None]:
        return paused(lambda moment: log.note(measure(moment.state)))

    def save(moment: Moment) -> None:
        beside.save(moment.state)

    lines, last = (s.log_every, s.every), frozenset({Why.LAST})
    tasks = [
        # Not where a run happens to stop: going on must give the same lines.
        Task(Phase.MEASURE, (s.sample_every,), NEVER, noted(beside.measure)),
        Task(Phase.LOG, (*lines, s.save_every), last | {Why.ASKED}, lambda moment: log.flush()),
        Task(Phase.LOOK, lines, last, look),
        Task(Phase.SAVE, (s.save_every,), last | {Why.ASKED, Why.FOUND}, paused(save)),
        Task(Phase.DRAW, (s.sample_every,), last | {Why.FOUND}, paused(lambda moment: beside.draw(moment.state))),
    ]
    if best is None:
        return tasks

    def keep(moment: Moment) -> None:
        best.keep(moment.state, beside.position(moment.round), log.lines)

    return [
        *tasks,
        Task(Phase.SCORE, (s.every,), NEVER, noted(best.score)),
        Task(Phase.KEEP, (s.every,), NEVER, paused(keep)),
    ]
