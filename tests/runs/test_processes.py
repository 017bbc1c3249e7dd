"""Two processes with two devices each are one device."""

import json
import shutil
import socket

import numpy as np
import pytest

from jaxgen.run.processes import announced
from rows import ROWS
from running import arrays, assert_same_numbers, experiment, python

EVERY = ["--every", 2, "--every-metrics", "nearest"]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A run in one process on one device."""
    out = tmp_path_factory.mktemp("alone") / "run"
    assert experiment("dcgan", *ROWS["dcgan"].words, *EVERY, "--devices", 1, "--out", out) == 0
    return out


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """Runs of two processes with two devices each, from a start, a stop and another start; and what each of them said.

    The processes are started once, and play one run after the other."""
    place = tmp_path_factory.mktemp("together")
    starts = [
        ["dcgan", *ROWS["dcgan"].words, *more, "--out", place / executor, "--executor", executor]
        for executor, scores in (("shard_map", EVERY), ("pmap", []))
        for more in (["--rounds", 2, *scores], scores)
    ]
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
    return place, said


@pytest.mark.parametrize("executor", ["shard_map", "pmap"])
def test_they_end_in_the_same_state_with_one_folder(alone, together, executor):
    out = together[0] / executor
    assert len((out / "metrics.jsonl").read_text().splitlines()) == 4
    assert [start["round"] for start in json.loads((out / "config.json").read_text())["starts"]] == [0, 2]
    assert_same_numbers(arrays(out), arrays(alone))


def test_they_have_one_voice(together):
    first, second = together[1]
    assert first.count("is done; look at") == 4
    assert "is done" not in second


def test_one_goes_on_where_two_stopped(alone, together, tmp_path):
    shutil.copytree(together[0] / "shard_map", tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "4")
    assert experiment("dcgan", *ROWS["dcgan"].words, "--devices", 1, "--out", tmp_path / "run") == 0
    assert_same_numbers(arrays(tmp_path / "run"), arrays(alone))


def test_scores_during_training_are_those_of_one_process(alone, together):
    found, best = [], []
    for run in (alone, together[0] / "shard_map"):
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
