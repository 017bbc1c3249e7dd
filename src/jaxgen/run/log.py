"""What a run says while it runs: metrics.jsonl, TensorBoard events, a progress line."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from jaxgen.errors import NotFinite
from jaxgen.store.folder import Folder, write


class Log:
    """Collects metrics on the device and writes their means every few rounds.

    Args:
      folder: the run's.
      players: in playing order.
      first: the round that the run starts or goes on from; what was written of later rounds is dropped.
      rounds: the round that it ends at.
      batch: images a round.
      speaks: whether this process writes and prints; all of them check that numbers are finite.
    """

    def __init__(self, folder: Folder, players: Sequence[str], *, first: int, rounds: int, batch: int, speaks: bool):
        self.players = list(players)
        self.first, self.rounds, self.batch, self.speaks = first, rounds, batch, speaks
        self._pending: list[Mapping[str, jax.Array]] = []
        self._round = first
        self._printed = 0.0
        self._waited, self._timed = 0.0, 0
        self._clock = time.perf_counter()
        self._metrics = folder.metrics
        self.lines = [line for line in read_metrics(folder.metrics) if line["round"] <= first]
        self._noted: Mapping[str, float] = {}
        self._seconds = self.lines[-1]["seconds"] if self.lines else 0.0
        if speaks:
            write(folder.metrics, "".join(json.dumps(line) + "\n" for line in self.lines))
            self._events = _events(folder.tensorboard, first)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time in it is part of the run's, but not of its speed: compilation, checkpoints, pictures."""
        began = time.perf_counter()
        yield
        self._clock += time.perf_counter() - began
        self._seconds += time.perf_counter() - began

    def next(self, blocks: Iterator, busy: Mapping[str, jax.Array]) -> Any:
        """The next block of data. The time that it takes is counted as waiting where the devices, which are `busy` with
        what was dispatched last, are done before it is there."""
        began = time.perf_counter()
        block = next(blocks)
        if all(value.is_ready() for value in busy.values()):  # type: ignore[attr-defined]
            self._waited += time.perf_counter() - began
        return block

    def add(self, metrics: Mapping[str, jax.Array], *, timed: bool = True) -> None:
        """Metrics [rounds of one dispatch] of the next rounds; they stay on the device until `flush`."""
        self._pending.append(metrics)
        self._timed += timed * len(next(iter(metrics.values())))

    def note(self, numbers: Mapping[str, float]) -> None:
        """Numbers for the next line that were measured once, in the last round added."""
        self._noted = {**self._noted, **numbers}

    def flush(self) -> None:
        """Fetch, check and write what has been added.

        Raises:
          NotFinite: names the player, what of it, and the round.
        """
        if not self._pending:
            return
        fetched = jax.device_get(self._pending)
        values = {name: np.concatenate([np.asarray(m[name]) for m in fetched]) for name in fetched[0]}
        self._pending = []
        rounds = len(next(iter(values.values())))
        self._check(values)
        self._round += rounds
        elapsed = time.perf_counter() - self._clock
        self._seconds += elapsed
        speed = self._timed * self.batch / elapsed
        line = {
            "round": self._round,
            "seconds": round(self._seconds, 3),
            "images_per_second": round(speed, 1),
            "data_wait": round(self._waited / elapsed, 5),
            **{name: float(np.mean(v)) for name, v in values.items()},
            **self._noted,
        }
        self.lines.append(line)
        self._noted = {}
        self._clock, self._waited, self._timed = time.perf_counter(), 0.0, 0
        if self.speaks:
            self._write(line)
            self._progress(line, speed)

    def _check(self, values: Mapping[str, np.ndarray]) -> None:
        causes = []  # by round, then by who plays first, then its loss and gradient before what follows from them
        shown = {"loss": "its loss", "grad_norm": "its gradient"}
        for name, series in values.items():
            player, _, what = name.partition("/")
            for when in np.flatnonzero(~np.isfinite(series))[:1]:
                told = f"player {player}: {shown.get(what, what)} is {series[when]} in round {self._round + when + 1}"
                causes.append((when, self.players.index(player), what not in shown, told))
        if causes:
            raise NotFinite(min(causes)[-1])

    def _write(self, line: dict) -> None:
        with self._metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")
        for name, value in line.items():
            if name != "round":
                summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
                event = Event(step=line["round"], wall_time=time.time(), summary=summary)
                self._events.write(event.SerializeToString())
        self._events.flush()

    def _progress(self, line: dict, speed: float) -> None:
        last = self._round >= self.rounds
        on_screen = sys.stderr.isatty()
        if not on_screen and not last and time.monotonic() - self._printed < 5:
            return
        self._printed = time.monotonic()
        left = int((self.rounds - self._round) * self.batch / speed) if speed else 0
        wait = f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left" if speed or last else "compiled"
        losses = "  ".join(f"{n.removesuffix('/loss')} {v:.3f}" for n, v in line.items() if n.endswith("/loss"))
        text = (
            f"round {self._round:,}/{self.rounds:,}  {100 * self._round / self.rounds:3.0f}%  {speed:,.0f} images/s  "
            f"loss {losses}  {wait}"
        )
        print(
            f"\r\x1b[K{text}" if on_screen else text,
            end="" if on_screen and not last else "\n",
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        if self.speaks:
            self._events.close()


def read_metrics(path: Path) -> list[dict]:
    """The lines of a metrics.jsonl; one that a crash cut short is left out."""
    lines = []
    for text in path.read_text("utf-8", "replace").splitlines() if path.is_file() else []:
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return [line for line in lines if isinstance(line, dict) and {"round", "seconds"} <= set(line)]


def _events(folder: Path, first: int) -> RecordWriter:
    """A new events file, which tells TensorBoard to forget what older ones say of rounds after `first`."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
    writer = RecordWriter((folder / name).open("wb"))
    writer.write(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
    start = SessionLog(status=SessionLog.START)
    writer.write(Event(wall_time=time.time(), step=first + 1, session_log=start).SerializeToString())
    return writer
