"""States on disk, through Orbax: atomic, verified on load, and never the only copy when one is damaged.

Orbax writes a checkpoint beside its place and moves it there, so that a kill at any moment leaves the old ones whole;
but it does not notice a flipped byte. So each checkpoint carries a manifest with every array's SHA-256, and loading
compares. Arrays are saved flat, by name: a command can read them without knowing the game that made them. What cannot
be read for another reason than its bytes is left alone.
"""

import contextlib
import errno
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from jax import Array
from jax.experimental import multihost_utils

from jaxgen.errors import InputError
from jaxgen.game import State
from jaxgen.store.digest import flatten, manifest, unflatten
from jaxgen.store.environment import devices
from jaxgen.store.seal import missed, seal


class Damaged(Exception):
    """A checkpoint whose bytes are not those that were saved."""


class Checkpoints:
    """The checkpoints of a run. Every method is called on all processes.

    Args:
      folder: of the checkpoints; made when the first is saved.
      keep: how many of the newest to keep; 0 to read only.
    """

    def __init__(self, folder: Path, keep: int = 3):
        self.folder = folder.absolute()
        self.keep = keep
        self._manager: ocp.CheckpointManager | None = None

    def _open(self) -> ocp.CheckpointManager:
        if self._manager is None:
            writing = self.keep > 0
            options = ocp.CheckpointManagerOptions(
                max_to_keep=self.keep if writing else None,
                save_interval_steps=1,
                cleanup_tmp_directories=writing,
                create=writing,
            )
            self._manager = ocp.CheckpointManager(self.folder, options=options)
        return self._manager

    def close(self) -> None:
        if self._manager is not None:
            self._manager.close()
            self._manager = None

    def rounds(self) -> list[int]:
        """Rounds of which there is a checkpoint, oldest first.

        Raises:
          OSError: the folder is there and cannot be read.
        """
        try:
            with os.scandir(self.folder) as entries:  # which says what is wrong, where Path.is_dir only says no
                return sorted(int(entry.name) for entry in entries if entry.name.isdigit() and entry.is_dir())
        except FileNotFoundError:
            return []

    def save(self, state: State, position: Mapping[str, Any]) -> None:
        """Save a state and the data's position; on return they are on disk.

        Raises:
          OSError: it could not be written; earlier checkpoints are untouched.
        """
        step, arrays = int(state.round), flatten(state)
        record = manifest(arrays, position)
        args = ocp.args.Composite(state=ocp.args.StandardSave(arrays), manifest=ocp.args.JsonSave(record))
        self._need(sum(array.nbytes for array in arrays.values()))
        try:
            with _one_voice():
                manager = self._open()
                manager.save(step, args=args, force=True)
                manager.wait_until_finished()
                manager.check_for_errors()
            if jax.process_index() == 0:
                seal(self.folder / str(step))
        except Exception as error:
            for draft in self.folder.glob("*.orbax-checkpoint-tmp*"):
                shutil.rmtree(draft, ignore_errors=True)
            raise _as_os_error(error) from error

    def _need(self, size: int) -> None:
        """Refuse to begin what cannot be finished: Orbax fails on a full disk too, but in a thousand lines."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < size + (1 << 18):
            raise OSError(errno.ENOSPC, "No space left on device")

    def load(self, like: State) -> tuple[State, dict[str, Any]] | None:
        """The newest checkpoint that is whole, and its position; None where there is none at all.

        Newer ones that are damaged are moved to `damaged/` beside the checkpoints, with a warning.

        Args:
          like: a state, or its shapes with shardings, lying where the loaded one shall lie, on any number of devices.

        Raises:
          InputError: none of the checkpoints is whole, or they hold another game's state.
          OSError, RuntimeError, MemoryError: one cannot be read for another reason than damage; nothing is moved.
        """
        devices()  # before a checkpoint is blamed for those that are not there
        found = self.rounds()
        for step in reversed(found):
            try:
                record = self._manifest(step)
                _compare(record, flatten(like), step)
                arrays = self._arrays(step, record, flatten(like))
                return unflatten(arrays, like), record["position"]
            except Damaged as damage:
                message = f"the checkpoint of round {step} is damaged ({damage}); it was moved to damaged/"
                print(f"warning: {message}", file=sys.stderr)
                self._set_aside(step)
        if found:
            raise InputError(f"no checkpoint in {self.folder} is whole (tried rounds {', '.join(map(str, found))})")
        return None

    def read(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The newest whole checkpoint's arrays by name, on the host, and its manifest; changes nothing on disk.

        Raises:
          InputError: there is no whole checkpoint.
          OSError, RuntimeError, MemoryError: one cannot be read for another reason than damage.
        """
        devices()
        for step in reversed(self.rounds()):
            try:
                record = self._manifest(step)
                return {n: np.asarray(a) for n, a in self._arrays(step, record).items()}, record
            except Damaged as damage:
                print(f"warning: the checkpoint of round {step} is damaged ({damage})", file=sys.stderr)
        raise InputError(f"there is no whole checkpoint in {self.folder}")

    def _manifest(self, step: int) -> dict[str, Any]:
        with self._judged(step), _one_voice():
            record = self._open().restore(step, args=ocp.args.Composite(manifest=ocp.args.JsonRestore())).manifest
            sound = isinstance(record["digest"], str) and isinstance(record["position"], dict)
            if not (sound and all({"dtype", "shape", "sha256"} <= set(leaf) for leaf in record["leaves"].values())):
                raise Damaged("its manifest is incomplete")
        return record

    def _arrays(self, step: int, record: dict[str, Any], like: Mapping[str, Array] | None = None) -> dict[str, Array]:
        here = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
        with self._judged(step), _one_voice():
            shapes = {
                name: jax.ShapeDtypeStruct(
                    tuple(leaf["shape"]), np.dtype(leaf["dtype"]), sharding=like[name].sharding if like else here
                )
                for name, leaf in record["leaves"].items()
            }
            args = ocp.args.Composite(state=ocp.args.StandardRestore(shapes))
            arrays = self._open().restore(step, args=args).state
        if manifest(arrays, record["position"]) != record:
            raise Damaged("its digests are not those that it was saved with")
        return arrays

    @contextlib.contextmanager
    def _judged(self, step: int) -> Iterator[None]:
        """Whatever goes wrong in reading is damage where the files' bytes are not what they were, and only there."""
        try:
            yield
        except Damaged:
            raise
        except Exception as error:
            if wrong := missed(self.folder / str(step)):
                raise Damaged(wrong) from None
            if wrong is None and not _elsewhere(error):  # saved before checkpoints had a seal
                raise Damaged(_first_line(error)) from None
            if isinstance(error, OSError | RuntimeError | MemoryError):
                raise
            raise OSError(f"the checkpoint of round {step} cannot be read: {_first_line(error)}") from error

    def _set_aside(self, step: int) -> None:
        self.close()
        if jax.process_index() == 0:
            target = self.folder.parent / "damaged" / str(step)
            target.parent.mkdir(exist_ok=True)
            if target.exists():
                shutil.rmtree(target)
            (self.folder / str(step)).rename(target)
        barrier(f"damaged {step}")


@contextlib.contextmanager
def _one_voice() -> Iterator[None]:
    """What goes wrong in Orbax comes as an exception, and besides as a thousand lines from its threads, some of them
    late: those are dropped. Whoever catches the exception says what happened in one line."""
    logger, level, shown = logging.getLogger("absl"), logging.getLogger("absl").level, sys.unraisablehook

    def hook(late):
        if str(late.exc_value) != "Event loop is closed":  # tensorstore, reporting to a reader that has given up
            shown(late)

    logger.setLevel(logging.CRITICAL)
    sys.unraisablehook = hook
    try:
        yield
        sys.unraisablehook = shown
    except Exception:
        warnings.filterwarnings("ignore", message="coroutine .* was never awaited")
        raise
    finally:
        logger.setLevel(level)


def barrier(name: str) -> None:
    """Wait for all processes."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(name)


def _compare(record: dict[str, Any], like: Mapping[str, Array], step: int) -> None:
    """One clear line where a checkpoint holds another game's state."""
    saved = {name: f"{leaf['dtype']}{tuple(leaf['shape'])}" for name, leaf in record["leaves"].items()}
    wanted = {name: f"{array.dtype.name}{tuple(array.shape)}" for name, array in like.items()}
    if saved != wanted:
        name = min(n for n in {*saved, *wanted} if saved.get(n) != wanted.get(n))
        was, now = saved.get(name, "nothing"), wanted.get(name, "nothing")
        raise InputError(f"the checkpoint of round {step} is of another game: {name} is {was} in it and {now} here")


def _chain(error: BaseException | None) -> list[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen


def _elsewhere(error: BaseException) -> bool:
    """Whether the reason of an error lies outside the bytes that were read: in devices, memory, mounts and names."""
    causes = _chain(error)
    away = any(isinstance(cause, OSError) and cause.errno not in (None, errno.ENOENT) for cause in causes)
    return away or any(
        isinstance(cause, jax.errors.JaxRuntimeError | MemoryError | UnicodeEncodeError) or type(cause) is RuntimeError
        for cause in causes
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:120]}"


def _as_os_error(error: BaseException) -> OSError:
    """What kept a checkpoint from being written; tensorstore reports a full disk as a ValueError in words."""
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.errno:
            return cause
        if "No space left" in str(cause) or "Disk quota" in str(cause):
            return OSError(errno.ENOSPC, "No space left on device")
    return OSError(errno.EIO, _first_line(error))
