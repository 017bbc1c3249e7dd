"""What a run ran on, for whoever reads its numbers later."""

import os
import platform
import shlex
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

from jaxgen.errors import InputError

PACKAGES = ("jaxgen", "jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "grain", "numpy")


def devices() -> list[jax.Device]:
    """All devices.

    Raises:
      InputError: those that JAX_PLATFORMS asks for are not there.
    """
    try:
        return jax.devices()
    except (AssertionError, RuntimeError) as error:  # jax asserts that there is one
        asked, told = os.environ.get("JAX_PLATFORMS", ""), " ".join(str(error).split())[:200]
        raise InputError(
            f"there is no device for JAX_PLATFORMS={asked}{told and f' ({told})'}: without it, or with "
            "JAX_PLATFORMS=cpu, what is there is used; docs/machines.md says how to install for a GPU or TPU"
        ) from None


def environment() -> dict[str, Any]:
    """Command, time, machine, devices and versions."""
    return {
        "command": _command(),
        "time": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "devices": [f"{d.platform}: {d.device_kind}" for d in jax.devices()],
        "processes": jax.process_count(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _command() -> str:
    """As it was typed, without the folders above a script that was called by its full path."""
    script = Path(sys.argv[0])
    name = script.name if script.is_absolute() else str(script)
    return shlex.join([*(["python"] if script.suffix == ".py" else []), name, *sys.argv[1:]])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
