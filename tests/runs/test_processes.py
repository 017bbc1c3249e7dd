"""Two processes with two devices each are one device."""

import json
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from jaxgen.run.processes import announced
from rows import ROWS
from running import arrays, assert_same_numbers, experiment, python


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def together(*starts) -> list[str]:
    """What each of two processes with two devices said, which play one start after the other."""
    address = f"127.0.0.1:{free_port()}"
    both = [
        python(
            "import json, sys, running; sys.exit(max(running.experiment(*start) for start in json.loads(sys.argv[1])))",
            json.dumps(
                [[*start, "--coordinator", address, "--processes", 2, "--process-id", i] for start in starts],
                default=str,
            ),
            devices=2,
        )
        for i in range(2)
    ]
    said = [process.communicate(timeout=240)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    return said


def ended_as_one(name: str, executor: str, alone: Path, out: Path, *more) -> None:
    """Asserts that two processes, from a start, a stop and another start, are one: they end in the same state, with one
    folder and one voice, and one goes on with it."""
    row = [ROWS[name].script, *ROWS[name].words]
    start = [*row, *more, "--out", out, "--executor", executor]
    first, second = together([*start, "--rounds", 2], start)
    assert len((out / "metrics.jsonl").read_text().splitlines()) == 4
    assert [start["round"] for start in json.loads((out / "config.json").read_text())["starts"]] == [0, 2]
    assert first.count("is done; look at") == 2
    assert "is done" not in second
    assert_same_numbers(arrays(out), arrays(alone))
    one = shutil.copytree(out, out.with_name("one"))
    shutil.rmtree(one / "checkpoints" / "4")
    assert experiment(*row, "--devices", 1, "--out", one) == 0
    assert_same_numbers(arrays(one), arrays(alone))


@pytest.mark.parametrize(
    ("name", "executor"),
    [("autoencoder", "shard_map"), pytest.param("dcgan", "pmap", marks=pytest.mark.slow)],
)
def test_they_end_in_the_same_state_with_one_folder_and_one_goes_on(name, executor, whole, tmp_path):
    ended_as_one(name, executor, whole(name), tmp_path / "run")


@pytest.mark.slow
def test_scores_during_training_are_those_of_one_process(tmp_path):
    every = ["--every", 2, "--every-metrics", "nearest"]
    alone, out = tmp_path / "alone", tmp_path / "run"
    assert experiment("dcgan", *ROWS["dcgan"].words, *every, "--devices", 1, "--out", alone) == 0
    ended_as_one("dcgan", "shard_map", alone, out, *every)
    found, best = [], []
    for run in (alone, out):
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        found.append([v for line in lines for n, v in sorted(line.items()) if n.startswith("scores/")])
        best.append([path.name for path in sorted((run / "best").iterdir())])
    assert len(found[0]) == 4  # two rounds, two values each
    np.testing.assert_allclose(found[1], found[0], rtol=1e-3)
    assert best[1] == best[0]


@pytest.mark.parametrize(
    ("environment", "several"),
    [
        ({}, False),
        ({"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4"}, False),  # a batch script's own shell: srun has not started yet
        ({"SLURM_JOB_ID": "7", "SLURM_STEP_NUM_TASKS": "4"}, True),
        ({"SLURM_JOB_ID": "7", "SLURM_STEP_NUM_TASKS": "1"}, False),
        ({"OMPI_COMM_WORLD_SIZE": "2"}, True),
        ({"TPU_WORKER_HOSTNAMES": "localhost"}, False),
        ({"TPU_WORKER_HOSTNAMES": "t1v-0,t1v-1"}, True),
        ({"MEGASCALE_COORDINATOR_ADDRESS": "10.0.0.1"}, True),
    ],
)
def test_the_environment_tells_whether_there_are_others(environment, several):
    assert announced(environment) == several
