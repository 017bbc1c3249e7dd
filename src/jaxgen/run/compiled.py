"""Compiled programs, kept from one start to the next."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jax
from jax.experimental.compilation_cache import compilation_cache

from jaxgen.errors import note

# What compiles for less than a second is not worth a file. An entry may be of any size.
SETTINGS = {"jax_persistent_cache_min_compile_time_secs": 1.0, "jax_persistent_cache_min_entry_size_bytes": -1}


@contextlib.contextmanager
def kept(folder: Path) -> Iterator[None]:
    """What compiles meanwhile is kept in a folder, and found there again by jax, which knows a program by all that went
    into it, its own version and the machine. If jax has a folder of the user's already, it stays with that."""
    if jax.config.jax_compilation_cache_dir:  # by JAX_COMPILATION_CACHE_DIR, or by their own code
        yield
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        note(f"warning: {folder} cannot be written ({error.strerror}): compiled programs are not kept")
        yield
        return
    new = {"jax_compilation_cache_dir": str(folder.resolve()), **SETTINGS}
    old = {name: getattr(jax.config, name) for name in new}
    try:
        _configure(new)
        yield
    finally:
        _configure(old)


def _configure(values: dict) -> None:
    for name, value in values.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()  # jax looks at the folder's name once only
