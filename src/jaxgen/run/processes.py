"""One program on many processes."""

import contextlib
import importlib.util
import logging
import os
import warnings
from collections.abc import Mapping

import jax
from jax.sharding import Mesh

from jaxgen.errors import InputError, note
from jaxgen.executors import data_mesh
from jaxgen.run.accelerators import unused
from jaxgen.run.settings import Settings
from jaxgen.store.environment import devices


def join(settings: Settings) -> None:
    """Join the other processes: by the flags, else as TPU pods, Slurm and Open MPI tell, else stay alone.

    Raises:
      InputError: the others did not come.
    """
    if jax.distributed.is_initialized():
        return
    try:
        if settings.coordinator is not None:
            jax.distributed.initialize(
                settings.coordinator, num_processes=settings.processes, process_id=settings.process_id
            )
        elif announced(os.environ):
            jax.distributed.initialize()
        elif importlib.util.find_spec("libtpu"):  # perhaps a TPU virtual machine, whose metadata jax asks
            with contextlib.suppress(RuntimeError, ValueError):
                jax.distributed.initialize()
    except (RuntimeError, ValueError) as error:
        raise InputError(f"the processes did not find each other: {str(error).splitlines()[0]}") from None


def announced(environment: Mapping[str, str]) -> bool:
    """Whether a process' environment says that it is one of several: Slurm's srun, Open MPI's mpirun, a TPU pod."""
    sizes = [environment.get(name, "1") for name in ("SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE")]
    several = any(size.isdigit() and int(size) > 1 for size in sizes)
    return (
        several or "," in environment.get("TPU_WORKER_HOSTNAMES", "") or "MEGASCALE_COORDINATOR_ADDRESS" in environment
    )


def mesh(settings: Settings) -> Mesh:
    """The devices that the settings ask for.

    Raises:
      InputError: there are not so many, or the batch does not divide over them.
    """
    # JAX says of a GPU that it cannot use only that it is there; `unused` says what to do.
    logging.getLogger("jax._src.xla_bridge").addFilter(lambda record: "GPU may be present" not in record.getMessage())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jax warns where it looks for accelerators that are not there
        there = devices()
    if jax.process_index() == 0 and (line := unused(there[0].platform, jax.config.jax_platforms, os.environ)):
        note(line)
    wanted = settings.devices or len(there)
    if not 1 <= wanted <= len(there):
        raise InputError(f"--devices is {wanted}; there are {len(there)} ({there[0].platform})")
    if wanted < len(there) and jax.process_count() > 1:
        raise InputError("--devices cannot be less than all devices where there are several processes")
    if settings.batch % wanted:
        raise InputError(f"--batch {settings.batch} does not divide over {wanted} devices")
    return data_mesh(there[:wanted])


def told(mesh: Mesh) -> str:
    """The devices of a mesh in words: "2 cpu devices"."""
    kinds = [device.device_kind for device in mesh.devices.flat]
    count = f"{len(kinds)} devices" if len(kinds) > 1 else "1 device"
    return f"{count} ({', '.join(sorted(set(kinds)))})"
