"""The one command for a GPU: in order of worth, never longer than it may, and nothing lost by what goes wrong."""

import json
import subprocess
import sys

import pytest

import on_gpu
import our_games
from budget import Budget, Record, attempt
from peak import published
from places import REPOSITORY
from worker import Unanswered, Worker

MINE = {"ms": 2.0, "images": 64, "images_per_second": 32000.0, "share_of_peak": 0.5, "torch": ["gan", "mlp"]}


class Told:
    """Answers of a process, as a test says them; each takes some time of a clock."""

    def __init__(self, clock, seconds, answer):
        self.clock, self.seconds, self.answer, self.asked = clock, seconds, answer, []

    def ask(self, function, given, seconds):
        self.asked.append(given)
        self.clock.now += min(self.seconds, seconds)
        answer = self.answer(given)
        if self.seconds > seconds or answer is None:
            raise Unanswered("out of memory")
        return dict(answer)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def begun(tmp_path, seconds=100.0):
    clock = Clock()
    budget = Budget(seconds, on_gpu.ENDS, clock)
    return clock, budget, Record(tmp_path / "found.json", budget, {"rows": [], "sampling": []})


def written(tmp_path):
    return json.loads((tmp_path / "found.json").read_text())


def played(tmp_path, ours, theirs, seconds, rows=("dcgan-32", "mlp"), limit=100.0):
    clock, budget, record = begun(tmp_path, limit)
    ours, theirs = Told(clock, seconds, ours), Told(clock, seconds, theirs)
    on_gpu.rows(record, budget, on_gpu.steps(rows), ours, theirs, {"ours": {}, "theirs": {}})
    return record, budget


def test_every_row_is_measured_in_every_way_and_ours_first():
    assert set(on_gpu.ROWS) == set(our_games.RECIPES)
    steps = on_gpu.steps()
    assert len(set(steps)) == len(steps) == len(on_gpu.ROWS) * 2 * 4
    begun = set()
    for step in steps:
        assert step.side == "ours" or step[:2] in begun
        begun |= {step[:2]} if step.side == "ours" else set()
    assert {step.row for step in steps[: 3 * len(on_gpu.ROWS)]} == set(on_gpu.ROWS)  # each once, before anything twice


def test_a_row_is_beside_the_best_of_the_modes(tmp_path):
    times = {"eager": 6.0, "channels_last": 3.0, "compile": 5.0}
    record, _ = played(tmp_path, lambda given: MINE, lambda given: {"ms": times[given["mode"]], "about": {}}, 0.1)
    assert [(row["recipe"], row["dtype"]) for row in record.found["rows"]] == [
        ("dcgan-32", "float32"), ("mlp", "float32"), ("dcgan-32", "bfloat16"), ("mlp", "bfloat16")
    ]  # fmt: skip
    for row in record.found["rows"]:
        assert (row["pytorch_best"], row["ratio"]) == ("channels_last", 1.5)
        assert row["pytorch_images_per_second"] == pytest.approx(32000 / 1.5)
        assert row["pytorch_share_of_peak"] == pytest.approx(0.5 / 1.5)
    assert written(tmp_path)["rows"] == record.found["rows"]


def test_an_error_is_noted_in_its_row_and_the_rest_goes_on(tmp_path):
    record, _ = played(
        tmp_path,
        lambda given: None if given["name"] == "dcgan-32" else MINE,
        lambda given: None if given["mode"] == "compile" else {"ms": 4.0},
        0.1,
    )
    bad, good = record.found["rows"][:2]
    assert bad["error"] == "out of memory"
    assert bad["pytorch"] == {}
    assert good["pytorch"] == {
        "eager": {"ms": 4.0}, "channels_last": {"ms": 4.0}, "compile": {"error": "out of memory"}
    }  # fmt: skip


def test_a_part_ends_when_it_must(tmp_path):
    record, budget = played(tmp_path, lambda given: MINE, lambda given: {"ms": 4.0}, 20.0)
    assert budget.used <= on_gpu.ENDS["rows"] * 100
    assert len(record.found["rows"]) == 1  # ours, a mode, and half of another
    assert "mlp float32 ours" in record.found["left_out"]
    assert budget.left("sampling") > 10


def test_what_was_found_is_on_disk_at_any_time(tmp_path):
    clock, budget, record = begun(tmp_path)
    for i in range(3):
        answer = attempt(record, budget, "sampling", "this", lambda s, i=i: {"ms": float(i)})
        record.found["sampling"].append(answer)
        clock.now += 7
        record.tell("more")
        assert len(written(tmp_path)["sampling"]) == i + 1
        assert written(tmp_path)["wall_s"] == 7.0 * (i + 1)


ASKED = """
import os, time
def double(x): return {"twice": 2 * x}
def printing(): print("noise"); os.write(1, b"more noise"); return {"done": True}
def failing(): raise MemoryError("no room in /home/me/model.py\\nand more")
def dying(): os._exit(3)
def hanging(): time.sleep(60)
"""


def test_a_worker_answers_and_outlives_what_goes_wrong(tmp_path):
    (tmp_path / "asked.py").write_text(ASKED)
    worker = Worker("asked", PYTHONPATH=str(tmp_path))
    try:
        assert worker.ask("double", {"x": 4}, 20) == {"twice": 8}
        assert worker.ask("printing", {}, 20) == {"done": True}
        for function, seconds, why in (
            ("failing", 20, "^MemoryError: no room in model.py$"),
            ("dying", 20, "died|noise"),
            ("hanging", 0.5, "^took longer than"),
        ):
            with pytest.raises(Unanswered, match=why):
                worker.ask(function, {}, seconds)
            assert worker.ask("double", {"x": 1}, 20) == {"twice": 2}
    finally:
        worker.close()


@pytest.mark.parametrize(
    ("device", "dtype", "most"),
    [
        ("NVIDIA H200", "bfloat16", 989.4),
        ("NVIDIA H100 PCIe", "float32", 378.0),
        ("NVIDIA H100 80GB HBM3", "float32", 494.7),
        ("NVIDIA A100-SXM4-80GB", "float32", 156.0),
        ("NVIDIA A10", "float32", 62.5),
        ("NVIDIA GeForce RTX 4090", "bfloat16", 165.2),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "bfloat16", None),
        ("Tesla V100-SXM2-16GB", "bfloat16", None),
        ("cpu", "float32", None),
    ],
)
def test_the_makers_figures(device, dtype, most):
    assert published(device, dtype) == most


@pytest.mark.slow
def test_all_of_it_on_the_cpu(tmp_path):
    command = [sys.executable, REPOSITORY / "benchmarks" / "speed" / "on_gpu.py", "--dry", "--out", tmp_path / "x.json"]
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    found = json.loads((tmp_path / "x.json").read_text())
    assert {row["dtype"] for row in found["rows"]} == {"float32", "bfloat16"}
    every = [*found["rows"], *found["sampling"], *found["dispatch"], found["training"], found["training"]["score"]]
    assert [one["error"] for one in every if "error" in one] == []
    assert all(row["images_per_second"] > 0 for row in found["rows"])
    assert found["sampling"][0]["equal"]
    assert [row["rounds"] for row in found["dispatch"]] == [1, 2]
    assert found["training"]["round"] > 0
    assert found["left_out"] == []
    assert "cpu" in found["environment"]["devices"][0]
