"""Two processes with two devices each are one device."""

import json
import socket

import numpy as np
import pytest

from jaxgen.run.processes import announced
from running import TINY, arrays, assert_same_numbers, experiment, spawn


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def flags(images):
    return ["--dataset", images, *TINY, "--width", 8]


@pytest.fixture(scope="module")
def alone(flags, tmp_path_factory):
    out = tmp_path_factory.mktemp("alone") / "run"
    assert experiment("dcgan", *flags, "--out", out, "--devices", 1) == 0
    return out


def together(out, flags, *more):
    """Two processes of two devices; what each of them said."""
    address = f"127.0.0.1:{free_port()}"
    both = [
        spawn(
            "dcgan",
            *flags,
            "--out",
            out,
            "--coordinator",
            address,
            "--processes",
            2,
            "--process-id",
            i,
            *more,
            devices=2,
        )
        for i in range(2)
    ]
    said = [process.communicate(timeout=240)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    return said


@pytest.mark.parametrize("executor", ["shard_map", "pmap"])
def test_they_end_in_the_same_state_with_one_folder_and_one_voice(flags, alone, tmp_path, executor):
    """From a start, a stop and another start; only the first process writes and speaks."""
    out = tmp_path / "run"
    together(out, flags, "--executor", executor, "--rounds", 2)
    said = together(out, flags, "--executor", executor)
    assert "is done; look at" in said[0]
    assert "is done" not in said[1]
    assert len((out / "metrics.jsonl").read_text().splitlines()) == 4
    assert_same_numbers(arrays(out), arrays(alone))


def test_one_goes_on_where_two_stopped(flags, alone, tmp_path):
    out = tmp_path / "run"
    together(out, flags, "--rounds", 2)
    assert experiment("dcgan", *flags, "--out", out, "--devices", 1) == 0
    assert_same_numbers(arrays(out), arrays(alone))


def test_scores_during_training_are_those_of_one_process(flags, tmp_path):
    every = ["--every", 2, "--every-metrics", "nearest"]
    assert experiment("dcgan", *flags, *every, "--devices", 1, "--out", tmp_path / "one") == 0
    together(tmp_path / "two", flags, *every)
    found, best = {}, {}
    for name in ("one", "two"):
        lines = [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        found[name] = [v for line in lines for n, v in sorted(line.items()) if n.startswith("scores/")]
        best[name] = [path.name for path in sorted((tmp_path / name / "best").iterdir())]
    assert len(found["one"]) == 4  # two rounds, two values each
    np.testing.assert_allclose(found["two"], found["one"], rtol=1e-3)
    assert best["two"] == best["one"]


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
