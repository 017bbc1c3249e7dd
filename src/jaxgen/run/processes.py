"""One program on many processes."""

import os
import warnings

import jax
from jax.sharding import Mesh

from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.run.settings import Settings


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
        elif _announced():
            jax.distributed.initialize()
    except (RuntimeError, ValueError) as error:
        raise InputError(f"the processes did not find each other: {str(error).splitlines()[0]}") from None


def _announced() -> bool:
    """Whether the environment says that this process is one of several."""
    if int(os.environ.get("SLURM_NTASKS", "1")) > 1 or int(os.environ.get("OMPI_COMM_WORLD_SIZE", "1")) > 1:
        return True
    hosts = os.environ.get("TPU_WORKER_HOSTNAMES", "")
    return "," in hosts or "MEGASCALE_COORDINATOR_ADDRESS" in os.environ


def mesh(settings: Settings) -> Mesh:
    """The devices that the settings ask for.

    Raises:
      InputError: there are not so many, or the batch does not divide over them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jax warns where it looks for accelerators that are not there
        there = jax.devices()
    wanted = settings.devices or len(there)
    if not 1 <= wanted <= len(there):
        raise InputError(f"--devices is {wanted}; there are {len(there)} ({there[0].platform})")
    if wanted < len(there) and jax.process_count() > 1:
        raise InputError("--devices cannot be less than all devices where there are several processes")
    if settings.batch % wanted:
        raise InputError(f"--batch {settings.batch} does not divide over {wanted} devices")
    return data_mesh(there[:wanted])
