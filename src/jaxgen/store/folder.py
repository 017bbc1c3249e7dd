"""A run's folder: its layout, its lock and its config. All of it is data; nothing in it is executed or unpickled.

config.json   settings, data fingerprint, how to draw images   checkpoints/  the last few states
metrics.jsonl one line every --log-every rounds                 samples/      grids of the same codes
tensorboard/  the same as events                                report.html   all of it to look at
scores/       what was measured of it, and how              best/         the checkpoint with the best score
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxgen.errors import InputError, note

FORMAT = 1  # raised when an older run's folder can no longer be read


def cache_folder() -> Path:
    """What can be computed anew is kept here, for all runs: $JAXGEN_CACHE, else $XDG_CACHE_HOME/jaxgen or
    ~/.cache/jaxgen."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("JAXGEN_CACHE") or Path(home) / "jaxgen")


class Folder:
    """Paths below a run's folder, and the config in it."""

    def __init__(self, path: Path):
        self.path = path
        self.config_file = path / "config.json"
        self.metrics = path / "metrics.jsonl"
        self.tensorboard = path / "tensorboard"
        self.samples = path / "samples"
        self.checkpoints = path / "checkpoints"
        self.best = path / "best"
        self.scores = path / "scores"
        self.report = path / "report.html"
        self._lock = path / ".lock"

    def config(self) -> dict[str, Any]:
        """The run's config.

        Raises:
          InputError: there is no run here, or the file is damaged or from another version.
        """
        if not self.config_file.is_file():
            what = "there is no such folder" if not self.path.exists() else "it has no config.json"
            raise InputError(f"{self.path} is not a run's folder: {what}")
        try:
            config = json.loads(self.config_file.read_text(encoding="utf-8"))
            if not isinstance(config, dict) or not isinstance(config.get("settings"), dict):
                raise ValueError("no settings in it")
        except ValueError as error:
            raise InputError(f"{self.config_file} cannot be read ({error})") from None
        if config.get("format") != FORMAT:
            raise InputError(f"{self.path} has format {config.get('format')}; this version of jaxgen reads {FORMAT}")
        return config

    def claim(self) -> "Claim":
        """Make the folder this process' own until the claim is released or the process ends, however it ends.

        Raises:
          InputError: another process has it, or it holds something that is not a run.
        """
        missing = [p for p in (self.path, *self.path.parents) if not p.exists()]
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not self.config_file.exists() and any(p.name != self._lock.name for p in self.path.iterdir()):
                raise InputError(f"{self.path} is not empty and not a run's folder: choose another --out")
            return Claim(self._lock, self.config_file, missing)
        except FileExistsError:
            raise InputError(f"{self.path} is a file: --out is the name of a folder") from None
        except (PermissionError, NotADirectoryError) as error:
            raise InputError(f"{self.path} cannot be written ({error.strerror})") from None


class Claim:
    """An advisory lock that the kernel gives up when its process ends, kill -9 included.

    Args:
      path: of the lock's file.
      config: a file whose existence says that the folder has become a run's; without it, releasing leaves no trace.
      made: folders that were made for it, the innermost first.
    """

    def __init__(self, path: Path, config: Path, made: Sequence[Path]):
        self._path, self._config, self._made = path, config, made
        while True:
            self._file = path.open("a+")
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._file.seek(0)
                holder = self._file.read().strip() or "unknown"
                self._file.close()
                raise InputError(f"{path.parent} is in use by another process (pid {holder})") from None
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_ino == os.fstat(self._file.fileno()).st_ino:
                    break
            self._file.close()  # another process released, and removed, this file in the meantime
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        if not self._config.exists():
            self._path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                for folder in self._made:
                    folder.rmdir()
        self._file.close()

    def __enter__(self) -> "Claim":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def write(path: Path, content: str | bytes) -> None:
    """Write a whole file or nothing: a reader, or a crash, sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".tmp")
    try:
        with draft.open("wb") as file:
            # Names of files may hold bytes that are no characters.
            file.write(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def keep(path: Path, content: str | bytes) -> None:
    """Write a file into the cache; where that cannot be written, a line says so, and nothing is lost but time."""
    try:
        write(path, content)
    except OSError as error:
        note(f"warning: {path} cannot be written ({error.strerror}), and will be computed anew")


def write_json(path: Path, value: Any) -> None:
    write(path, json.dumps(value, indent=1) + "\n")
