"""Every experiment script as a user starts it, and the README's code as it is written."""

import contextlib
import json
import re
import runpy
import subprocess
import sys
from dataclasses import fields

import pytest

import running
from jaxgen import run
from jaxgen.run.settings import GROUPS
from places import REPOSITORY
from rows import EACH, ROWS, SCRIPTS, params
from running import TINY, experiment, script

README = (REPOSITORY / "README.md").read_text()
CODE = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def start(path, *flags):
    """A script as Python starts it, but in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(path), *map(str, flags)])
        with contextlib.suppress(SystemExit):
            runpy.run_path(str(path), run_name="__main__")


@pytest.mark.parametrize("name", params(SCRIPTS, fast=EACH))
def test_a_script_plays_and_writes_its_report(name, whole):
    out = whole(name)
    said = out.with_name(f"{out.name}.said").read_text()
    assert "round 4/4  100%" in said
    assert re.search(r"[\d,]+ images/s  loss .* left", said)
    assert (out / "report.html").stat().st_size > 10_000
    last = json.loads((out / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["round"] == 4


@pytest.mark.parametrize("name", params(EACH, fast=["gan"]))
def test_a_script_in_a_process_of_its_own(name, tmp_path):
    """As a user starts it."""
    row = ROWS[name]
    command = [sys.executable, script(row.script), *row.words, "--rounds", 2, "--out", tmp_path / "run"]
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "round 2/2  100%" in ended.stderr
    assert "is done; look at" in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", running.SCRIPTS)
def test_a_script_plays_without_flags(name, tfds_dir, tmp_path):
    """With those that stand for none; that each is built so is in unit/run/test_settings_since.py."""
    flags = re.sub(r"--rounds \d+", "", running.module(name).Config.ALONE).split()
    more = ["--rounds", 2, "--devices", 1, "--data-dir", tfds_dir, "--out", tmp_path / "run"]
    assert experiment(name, *flags, *more) == 0


@pytest.mark.parametrize("name", running.SCRIPTS)
def test_a_script_that_is_started_starts_what_it_defines(name, monkeypatch):
    """So that what is true of its run in this process is true of it in its own."""
    given = []
    monkeypatch.setattr(run, "start", lambda *args, **kwargs: given.append((args, kwargs)))
    mine = runpy.run_path(str(script(name)), run_name="__main__")
    own = {part: mine[part] for part in ("source", "instead") if part in mine}
    assert given == [((mine["build"], mine["Config"]), own)]


@pytest.mark.parametrize("name", params(EACH, fast=["dcgan"]))
def test_a_script_in_bfloat16(name, tmp_path, capfd):
    """Of each family it is traced: tests/properties/test_rows.py."""
    row = ROWS[name]
    flags = ["--rounds", 2, "--devices", 1, "--precision", "bfloat16", "--out", tmp_path / "run"]
    assert experiment(row.script, *row.words, *flags) == 0
    assert "round 2/2  100%" in capfd.readouterr().err


@pytest.mark.lowest
@pytest.mark.parametrize("name", running.SCRIPTS)
def test_help_explains_every_setting(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert experiment(name, "--help-all") == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out.partition("\nExamples:\n")[0])
    text = re.sub(r"\s+", " ", re.sub(r"[│╭╰─╮╯]", " ", text))
    flags = set(re.findall(r"--[a-z][\w-]*", text)) - {"--help"}
    for flag in ("dataset", "out", "rounds", "batch", "seed", "save-every", "precision", "executor"):
        assert f"--{flag}" in flags
    assert len(flags) > 20
    parts = re.split(r" (?=--[a-z][\w-]* (?:STR|INT|FLOAT|PATH|\{|,|--))", text)
    for part in (part for part in parts[1:] if not part.endswith(",")):  # which is one of two names
        words = re.sub(r"--\S+|\{.*?\}|\(.*?\)|\b[A-Z]+\b|[|,]", "", part).split()
        assert len(words) >= 2, f"nothing is said of {part!r}"


def titles(text: str) -> list[str]:
    return re.findall(r"^\W*(\w+) options", text, flags=re.M)


@pytest.mark.lowest
@pytest.mark.parametrize("name", running.SCRIPTS)
def test_help_begins_with_what_most_need(name, capsys):
    assert experiment(name, "--help") == 0
    said = capsys.readouterr().out
    assert titles(said) == ["data", "run", "model"]
    assert "--dataset" in said
    assert "--coordinator" not in said
    _, _, examples = said.partition("\nExamples:\n")
    commands = [line for line in examples.splitlines() if not line.startswith(" ")]
    assert len(commands) == 2
    own = f"python experiments/{script(name).parent.name}/{name}.py "
    assert commands[0].startswith(own)
    assert "--help-all" in said


@pytest.mark.parametrize("columns", ["80", "200"])
def test_all_help_shows_each_setting_once(columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    assert experiment("dcgan", "--rounds", "no number", "--help-all") == 0
    said = capsys.readouterr().out
    assert titles(said) == ["data", "run", "model", "scoring", "machines"]
    shown = re.findall(r"^(?:  |│ )--([a-z][\w-]*)", said, flags=re.M)
    names = [field.name.replace("_", "-") for field in fields(running.module("dcgan").Config)]
    assert sorted(shown) == sorted(names)


def test_groups_name_settings_that_there_are():
    named = " ".join(GROUPS.values()).split()
    assert sorted(named) == sorted(field.name for field in fields(run.Settings))


def test_every_experiment_has_a_row_and_a_page():
    assert {row.script for row in ROWS.values() if not row.game} == set(running.SCRIPTS)
    pages = README + "".join(page.read_text() for page in sorted((REPOSITORY / "docs").rglob("*.md")))
    assert all(f"experiments/{script(name).parent.name}/{name}.py" in pages for name in running.SCRIPTS)


@pytest.mark.parametrize("code", [code for code in CODE if "run.start" in code])
def test_the_readmes_script_runs_as_it_is_written(code, images, tmp_path, monkeypatch, capfd):
    assert len([line for line in code.splitlines() if line.strip()]) < 20
    (tmp_path / "mine.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    start("mine.py", "--dataset", images, *TINY, "--rounds", 2, "--devices", 1, "--out", "run")
    assert "round 2/2  100%" in capfd.readouterr().err


@pytest.mark.parametrize("code", [code for code in CODE if "run.start" not in code])
def test_the_readmes_own_loop_runs_as_it_is_written(code, tmp_path, capfd):
    assert len([line for line in code.splitlines() if line.strip()]) <= 40
    (tmp_path / "loop.py").write_text(code)
    start(tmp_path / "loop.py")
    loss = float(capfd.readouterr().out)
    assert 0.5 < loss < 3  # the hinge of scores that differ less than the margins, with a penalty


def test_the_readme_has_code():
    assert len(CODE) == 2
