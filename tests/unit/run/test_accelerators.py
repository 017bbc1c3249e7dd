"""A GPU that JAX does not use is said, and nothing else is."""

import re
from pathlib import Path

import pytest

from jaxgen import run
from jaxgen.run import accelerators, processes

DO_NOT = "this JAX can only use the CPU: pip install 'jaxgen[cuda13]'"


def tool(folder: Path, does: str) -> dict[str, str]:
    """An environment whose nvidia-smi does this."""
    (folder / "bin").mkdir()
    (folder / "bin" / "nvidia-smi").write_text(f"#!/bin/sh\n{does}\n")
    (folder / "bin" / "nvidia-smi").chmod(0o755)
    return {"PATH": str(folder / "bin")}


@pytest.mark.parametrize("files", [["nvidia0", "nvidiactl"], ["nvidia3"]])
def test_a_gpus_device_file_is_found(files, tmp_path):
    for name in files:
        (tmp_path / name).touch()
    assert DO_NOT in accelerators.unused("cpu", None, {"PATH": ""}, tmp_path)


@pytest.mark.parametrize(
    ("does", "found"),
    [("echo 'GPU 0: NVIDIA L4 (UUID: GPU-1)'", True), ("echo 'No devices found.'", False), ("exit 9", False)],
)
def test_nvidia_smi_is_asked(does, found, tmp_path):
    assert (accelerators.unused("cpu", None, tool(tmp_path, does), tmp_path) is not None) == found


@pytest.mark.parametrize(
    ("platform", "asked", "environment"),
    [
        ("gpu", None, {}),
        ("cpu", "cpu", {}),
        ("cpu", None, {"CUDA_VISIBLE_DEVICES": ""}),
        ("cpu", None, {"CUDA_VISIBLE_DEVICES": "-1"}),
    ],
)
def test_nothing_is_said_where_it_is_used_or_not_wanted(platform, asked, environment, tmp_path):
    (tmp_path / "nvidia0").touch()
    assert accelerators.unused(platform, asked, {"PATH": "", **environment}, tmp_path) is None


def test_nothing_is_said_where_there_is_none(tmp_path):
    (tmp_path / "nvidiactl").touch()  # a driver without a GPU
    assert accelerators.unused("cpu", None, {"PATH": ""}, tmp_path) is None


def test_a_package_that_does_not_work_is_another_matter(tmp_path, monkeypatch):
    (tmp_path / "nvidia0").touch()
    package = tmp_path / "jax_cuda12_plugin"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    said = accelerators.unused("cpu", None, {"PATH": ""}, tmp_path)
    assert "installed, and still JAX uses the CPU" in said


def test_a_run_says_it_as_it_starts(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(processes, "unused", lambda platform, asked, *rest: accelerators.unused(platform, None, *rest))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", tool(tmp_path, "echo 'GPU 0: NVIDIA L4 (UUID: GPU-1)'")["PATH"])
    processes.mesh(run.Settings(devices=1))
    assert re.fullmatch(r"there is an NVIDIA GPU.*\n", capsys.readouterr().err)
