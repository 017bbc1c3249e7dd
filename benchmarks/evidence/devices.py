"""The same run on 1, 2 and 8 devices and on two processes with two devices each: how far apart do they end?

    python benchmarks/evidence/devices.py --dataset mnist --out docs/results/devices.json

Devices are fake ones of the CPU, which says nothing of speed and everything of the numbers. The last line is JSON.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxgen.cli import guarded, parse
from jaxgen.errors import InputError
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.environment import environment
from jaxgen.store.folder import Folder, write_json

EXPERIMENT = Path(__file__).resolve().parents[2] / "experiments" / "gan" / "dcgan.py"
# name -> devices of a process, processes, executor
LAYOUTS = {
    "1": (1, 1, "shard_map"),
    "2": (2, 1, "shard_map"),
    "8": (8, 1, "shard_map"),
    "8 with pmap": (8, 1, "pmap"),
    "2 processes x 2": (2, 2, "shard_map"),
    "2 processes x 2 with pmap": (2, 2, "pmap"),
}


@dataclass(frozen=True)
class Config:
    """What is run."""

    # As for the experiments.
    dataset: str = "digits"
    # As for the experiments.
    size: int | None = None
    # Rounds before the comparison. Rounding differs from layout to layout, and a GAN's dynamics amplify it round by
    # round (a ReLU's input that is 1e-8 in one and -1e-8 in the other), so this says how much one round adds.
    rounds: int = 1
    # As for the experiments.
    batch: int = 64
    # As for the experiments.
    width: int = 64
    # A file for the JSON.
    out: Path | None = None


def play(config: Config, layout: tuple[int, int, str], out: Path) -> dict[str, np.ndarray]:
    """The arrays that the experiment ends with."""
    devices, processes, executor = layout
    flags = [f"--{n}={getattr(config, n)}" for n in ("dataset", "rounds", "batch", "width")] + [
        f"--executor={executor}"
    ]
    flags += [f"--size={config.size}"] if config.size else []
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{s.getsockname()[1]}"
    cluster = [f"--coordinator={address}", f"--processes={processes}"] if processes > 1 else []
    env = os.environ | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"}
    started = []
    for i in range(processes):
        mine = [*cluster, f"--process-id={i}"] if cluster else []
        command = [sys.executable, str(EXPERIMENT), *flags, *mine, f"--out={out}"]
        started.append(subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True))
    said = [process.communicate()[1] for process in started]
    if any(process.returncode for process in started):
        raise InputError(said[0].strip().splitlines()[-1].removeprefix("error: "))
    checkpoints = Checkpoints(Folder(out).checkpoints, keep=0)
    try:
        return checkpoints.read()[0]
    finally:
        checkpoints.close()


def main(config: Config) -> None:
    """Compare the final states of the same run on several layouts of devices."""
    with tempfile.TemporaryDirectory() as place:
        ends = {name: play(config, layout, Path(place) / str(i)) for i, (name, layout) in enumerate(LAYOUTS.items())}
    result: dict = {"rounds": config.rounds, "largest_difference_from_one_device": {}}
    for name, arrays in ends.items():
        apart = max(float(np.abs(arrays[n].astype(float) - ends["1"][n].astype(float)).max()) for n in arrays)
        result["largest_difference_from_one_device"][name] = apart
        print(f"{name:28} {apart:.2e}")
    result |= {"environment": environment()}
    if config.out:
        write_json(config.out, result)
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
