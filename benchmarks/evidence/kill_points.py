"""kill -9 at random moments, in the middle of saves too: does the run end bit for bit as one that nothing stopped?

    python benchmarks/evidence/kill_points.py --kills 50 --out docs/results/kill_points.json

The run is a small DCGAN on scikit-learn's digits that saves every 7 rounds. The last line is JSON.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from jaxgen.cli import guarded, parse
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.environment import environment
from jaxgen.store.folder import Folder, write_json

EXPERIMENT = Path(__file__).resolve().parents[2] / "experiments" / "gan" / "dcgan.py"


@dataclass(frozen=True)
class Config:
    """How often to kill, and where to write what came of it."""

    # How many times.
    kills: int = 50
    # Of the moments.
    seed: int = 0
    # As for the experiments; by default scikit-learn's digits, prepared in a temporary folder.
    dataset: str | None = None
    # A file for the JSON.
    out: Path | None = None


class Run:
    """One run that is started again and again, and its twin that nothing stops."""

    def __init__(self, dataset: str | None, place: Path, rounds: int):
        data = (
            ["--dataset", dataset] if dataset else ["--data-dir", str(place / "tfds"), "--split", "all", "--size", "16"]
        )
        often = ["--log-every", "50", "--keep", "2", "--sample-every", str(rounds)]
        self.flags = [*data, *often, "--batch", "8", "--width", "8", "--rounds", str(rounds)]
        self.environment = os.environ | {
            "XLA_FLAGS": "--xla_force_host_platform_device_count=1",
            "JAX_COMPILATION_CACHE_DIR": str(place / "cache"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        }
        self.killed, self.straight = Folder(place / "killed"), Folder(place / "straight")

    def start(self, folder: Folder, save_every: int) -> subprocess.Popen:
        command = [
            sys.executable,
            str(EXPERIMENT),
            *self.flags,
            "--out",
            str(folder.path),
            "--save-every",
            str(save_every),
        ]
        return subprocess.Popen(command, env=self.environment, stderr=subprocess.PIPE, text=True)

    def finish(self, folder: Folder, save_every: int) -> str:
        """Let it end; its digest."""
        process = self.start(folder, save_every)
        _, said = process.communicate()
        if process.returncode:
            raise RuntimeError(said)
        checkpoints = Checkpoints(folder.checkpoints, keep=0)
        try:
            return checkpoints.read()[1]["digest"]
        finally:
            checkpoints.close()

    def names(self) -> set[str]:
        there = self.killed.checkpoints
        return {p.name for p in there.iterdir() if p.name.isdigit()} if there.exists() else set()

    def saving(self) -> bool:
        there = self.killed.checkpoints
        return there.exists() and any("tmp" in p.name for p in there.iterdir())


def survive(config: Config, place: Path) -> dict:
    """Kill a run as often as said, let it end, and compare it with its twin."""
    rng, rounds = random.Random(config.seed), 400 * config.kills
    run = Run(config.dataset, place, rounds)
    moments = [kill(run, rng) for _ in range(config.kills)]
    digests = {"killed": run.finish(run.killed, 50), "straight": run.finish(run.straight, rounds)}
    counted = {f"while_{moment}": moments.count(moment) for moment in ("starting", "training", "saving")}
    equal = digests["killed"] == digests["straight"]
    return {"kills": len(moments), **counted, "rounds": rounds, **digests, "equal": equal}


def kill(run: Run, rng: random.Random) -> str:
    """Start the run and kill it at a random moment; which one it was."""
    before, process = run.names(), run.start(run.killed, 7)

    def ended() -> bool:
        return process.poll() is not None

    early = rng.random() < 0.15
    if early:
        time.sleep(rng.uniform(0, 6))
    else:  # once it trains, every second time during a save
        _wait(lambda: ended() or bool(run.names() - before))
        time.sleep(rng.uniform(0, 1.5))
        if rng.random() < 0.5:
            _wait(lambda: ended() or run.saving(), pause=0.0005)
            time.sleep(rng.uniform(0, 0.03))
    if ended():
        raise RuntimeError(f"it ended before it could be killed: {process.communicate()[1]}")
    process.kill()
    process.communicate()
    return "saving" if run.saving() else "starting" if early else "training"


def _wait(done: Callable[[], bool], pause: float = 0.02, patience: float = 300) -> None:
    limit = time.monotonic() + patience
    while not done():
        if time.monotonic() > limit:
            raise RuntimeError("nothing happened")
        time.sleep(pause)


def main(config: Config) -> None:
    """Kill a run again and again and compare its end with that of a run that nothing stopped."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        result = survive(config, Path(place))
    settings = {name: value for name, value in asdict(config).items() if name != "out"}
    result |= {"seconds": round(time.monotonic() - began, 1), "settings": settings, "environment": environment()}
    if config.out:
        write_json(config.out, result)
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
