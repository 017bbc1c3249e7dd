"""The last part of on_gpu.py: a real training in the time that is left, and its score."""

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from budget import LEAST, Budget, Record, attempt, said
from worker import Worker, short

EXPERIMENT = Path(__file__).resolve().parents[2] / "experiments" / "gan" / "dcgan.py"
SCORING, SAVING = 45.0, 20.0  # seconds for the score, and in which a run that is stopped has saved
DRY = 15.0  # seconds of a training on the CPU
SETS = (("cifar10", None), ("mnist", None), ("digits", 16))  # to train on, the first that is there; side in pixels


class Training(NamedTuple):
    """What is trained, and where."""

    out: Path
    dataset: str | None  # None is the first of `SETS` that is there
    data_dir: Path | None
    dry: bool


def train(record: Record, budget: Budget, ours: Worker, given: Training, variables: dict[str, str]) -> None:
    """The last part: until there is just time for a score."""
    sets = [(given.dataset, None)] if given.dataset else SETS[-1:] if given.dry else SETS
    where = {"choices": sets, "data_dir": given.data_dir and str(given.data_dir)}
    data = attempt(record, budget, "training", "data to train on", partial(ours.ask, "dataset", where))
    ours.close()  # the training takes the device's memory
    if data is None or "error" in data:
        record.found["training"] = data
        return
    run, dry = given.out, given.dry
    flags: list[Any] = ["--dataset", data["dataset"], "--objective", "r3gan", "--rounds", 10_000_000, "--out", run]
    flags += ["--save-every", 10_000_000, "--sample-every", 1000, "--log-every", 1 if dry else 100]
    flags += ["--batch", 8, "--width", 8] if dry else ["--batch", 256, "--flip"]
    flags += ["--size", data["size"]] if data["size"] else []
    flags += ["--data-dir", given.data_dir] if given.data_dir else []
    words = [str(word) for word in (sys.executable, EXPERIMENT, *flags)]
    seconds = min(DRY if dry else 1e9, budget.left("training") - SCORING)
    if seconds < LEAST:
        record.found["left_out"].append("training")
        return
    command = shlex.join(["python", "experiments/gan/dcgan.py", *words[2:]])
    result = {**data, "command": command, "seconds": seconds, **played(words, seconds, variables, run)}
    record.found["training"] = result
    record.tell(f"trained on {data['dataset']}: {said(result)}")
    which = {"run": str(run), "images": 64 if dry else 2000}
    answer = attempt(record, budget, "training", "score", partial(ours.ask, "score", which))
    if answer is not None:
        result["score"] = answer
        record.tell(f"score: {said(answer)}")


def played(words: Sequence[str], seconds: float, variables: dict[str, str], run: Path) -> dict[str, Any]:
    """Train for so long, and stop as a user does: what the run's log says last."""
    with tempfile.TemporaryFile("w+") as heard:
        process = subprocess.Popen(words, env={**os.environ, **variables}, stdout=heard, stderr=heard)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(SAVING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        heard.seek(0)
        lines = heard.read().strip().splitlines()
    metrics = run / "metrics.jsonl"
    last = json.loads(metrics.read_text().splitlines()[-1]) if metrics.exists() and metrics.stat().st_size else {}
    found = {name: last[name] for name in ("round", "images_per_second", "data_wait") if name in last}
    stopped = process.returncode in (0, 128 + signal.SIGTERM)
    return found if stopped else {**found, "error": short(lines[-1]) if lines else f"exit status {process.returncode}"}
