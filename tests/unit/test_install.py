"""What is installed for which machine: the lock files agree, and the right one is chosen."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from places import REPOSITORY

# What an accelerator's lock file has beside what all machines have: packages of JAX's own version, and the vendor's.
PLUGINS = {
    "cuda12": ({"jax-cuda12-plugin", "jax-cuda12-pjrt"}, r"nvidia-[a-z-]+-cu12"),
    "cuda13": ({"jax-cuda13-plugin", "jax-cuda13-pjrt"}, r"nvidia-[a-z-]+(-cu13)?"),
    "tpu": (set(), r"libtpu"),
}


def locked(name: str) -> dict[str, str]:
    """Package -> version, with the machines that it is for."""
    lines = (REPOSITORY / name).read_text().splitlines()
    return dict(line.split("==", 1) for line in lines)


@pytest.mark.parametrize("accelerator", PLUGINS)
def test_an_accelerators_lock_is_the_usual_one_and_its_packages(accelerator):
    usual, found = locked("requirements.lock"), locked(f"requirements-{accelerator}.lock")
    assert {name: found.get(name) for name in usual} == usual
    plugins, vendors = PLUGINS[accelerator]
    more = {name: version for name, version in found.items() if name not in usual}
    assert {name: more.get(name) for name in plugins} == dict.fromkeys(plugins, usual["jax"])
    others = more.keys() - plugins
    assert others
    assert [name for name in others if not re.fullmatch(vendors, name)] == []


def test_the_tests_have_the_versions_that_users_have():
    usual, found = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: found.get(name) for name in usual} == usual


def chosen(tmp_path: Path, gpus: str | None, **environment: str) -> subprocess.CompletedProcess:
    """What .ci/accelerator says on a machine whose nvidia-smi prints this, or that has none."""
    tools = tmp_path / "bin"
    tools.mkdir()
    fake = tools / "nvidia-smi"
    fake.write_text("#!/bin/sh\n" + (f"printf '{gpus}'\n" if gpus is not None else "exit 9\n"))
    fake.chmod(0o755)
    environment = {**os.environ, "ACCELERATOR": "", "PATH": f"{tools}:{os.environ['PATH']}", **environment}
    command = [REPOSITORY / ".ci" / "accelerator", tmp_path]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(
    ("gpus", "accelerator"),
    [
        ("580.65.06, 9.0\\n", "cuda13"),
        ("595.10, 12.0\\n595.10, 7.5\\n", "cuda13"),
        ("580.65.06, 7.0\\n", "cuda12"),  # a V100, which CUDA 13 cannot do
        ("580.65.06, 9.0\\n580.65.06, 6.1\\n", "cuda12"),
        ("550.54.15, 8.0\\n", "cuda12"),
        ("525.60.13, [N/A]\\n", "cuda12"),
        ("470.82.01, 7.5\\n", "cpu"),
        ("", "cpu"),  # a driver without a GPU
        (None, "cpu"),  # a driver that does not run
    ],
)
def test_the_driver_and_the_gpu_choose(gpus, accelerator, tmp_path):
    found = chosen(tmp_path, gpus)
    assert (found.returncode, found.stdout) == (0, f"{accelerator}\n")
    old = "the NVIDIA driver is 470; JAX needs 525 or later: installing for the CPU\n"
    assert found.stderr == (old if gpus and gpus.startswith("470") else "")


@pytest.mark.parametrize(
    ("device", "vendor", "accelerator"),
    [
        ("dev/accel0", "0x1ae0", "tpu"),
        ("dev/vfio/0", "0x1ae0", "tpu"),
        ("dev/vfio/0", "0x10de", "cpu"),  # what a virtual machine is given, of another maker
        ("dev/accel/accel0", "0x1ae0", "cpu"),  # a laptop's, of another kind
        ("dev/null", "0x1ae0", "cpu"),
    ],
)
def test_a_tpus_device_files_choose(device, vendor, accelerator, tmp_path):
    for path, text in ((device, ""), ("sys/bus/pci/devices/0000:00:04.0/vendor", f"{vendor}\n")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert chosen(tmp_path, None).stdout == f"{accelerator}\n"


def test_the_user_chooses_first(tmp_path):
    assert chosen(tmp_path, "580.65.06, 9.0\\n", ACCELERATOR="cuda12").stdout == "cuda12\n"


def test_what_cannot_be_chosen_is_said(tmp_path):
    found = chosen(tmp_path, None, ACCELERATOR="gpu")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == "error: ACCELERATOR is gpu; it can be cpu, cuda12, cuda13 or tpu\n"
