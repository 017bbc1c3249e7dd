"""A GPU that is there and that JAX does not use."""

import importlib.util
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path


def unused(platform: str, asked: str | None, environment: Mapping[str, str], dev: Path = Path("/dev")) -> str | None:
    """What to do where JAX computes on the CPU beside an NVIDIA GPU, in one line; None where all is as it should be.

    Args:
      platform: that JAX computes on.
      asked: what the user asked for, by JAX_PLATFORMS: then that is what is wanted.
      environment: the process'; it may hide the GPUs.
      dev: the folder of device files.
    """
    hidden = environment.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if platform != "cpu" or asked or hidden or not _gpu(environment.get("PATH"), dev):
        return None
    if any(importlib.util.find_spec(f"jax_{cuda}_plugin") for cuda in ("cuda12", "cuda13")):
        return (
            "there is an NVIDIA GPU and JAX's package for it is installed, and still JAX uses the CPU; "
            "with JAX_PLATFORMS=cuda set, the same command says why"
        )
    return (
        "there is an NVIDIA GPU, and this JAX can only use the CPU: pip install 'jaxgen[cuda13]' "
        "(with a driver older than 580, or a GPU older than Turing, 'jaxgen[cuda12]')"
    )


def _gpu(path: str | None, dev: Path) -> bool:
    if any(dev.glob("nvidia[0-9]*")):
        return True
    tool = shutil.which("nvidia-smi", path=path)  # where device files have other names: Windows' Linux
    if tool is None:
        return False
    try:
        return subprocess.run([tool, "-L"], capture_output=True, timeout=10).stdout.startswith(b"GPU ")
    except (OSError, subprocess.TimeoutExpired):
        return False
