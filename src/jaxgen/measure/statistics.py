"""What a network saw in real images, kept on disk so that it is computed once, and refused where it does not fit."""

import hashlib
import io
import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxgen.errors import InputError
from jaxgen.metrics.moments import Moments
from jaxgen.metrics.scores import Seen
from jaxgen.store.folder import cache_folder, keep

BROKEN = (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error)


def place(record: dict[str, Any]) -> Path:
    """Where statistics of this record are kept."""
    return cache_folder() / "statistics" / f"{hashlib.sha256(_text(record).encode()).hexdigest()[:24]}.npz"


def save(path: Path, record: dict[str, Any], seen: Seen) -> None:
    """Write statistics with the record that says whose they are; a cache that cannot be written is no fault."""
    arrays = {name: value for name, value in seen._asdict().items() if name in ("features", "logits", "images")}
    arrays = {name: value for name, value in arrays.items() if value is not None}
    if seen.moments is not None:
        arrays |= {f"moments.{name}": np.asarray(value) for name, value in seen.moments._asdict().items()}
    told = {**record, "number": seen.number, "arrays": {name: _digest(array) for name, array in arrays.items()}}
    buffer = io.BytesIO()
    np.savez(buffer, record=np.frombuffer(_text(told).encode(), np.uint8), **arrays)
    if jax.process_index() == 0:
        keep(path, buffer.getvalue())


def load(path: Path, record: dict[str, Any]) -> Seen:
    """Statistics from a file.

    Raises:
      InputError: the file is damaged, or is of other images, another protocol or another network: says what differs.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        told = json.loads(bytes(arrays.pop("record")).decode())
        digests, number = told.pop("arrays"), told.pop("number")
        if digests != {name: _digest(array) for name, array in arrays.items()}:
            raise ValueError("its arrays are not those that were saved")
        found = {n.removeprefix("moments."): arrays.pop(n) for n in sorted(arrays) if n.startswith("moments.")}
        of = Moments(**{**found, "count": int(found["count"])}) if found else None
    except BROKEN as error:
        raise InputError(f"{path} holds no statistics that can be used ({_line(error)})") from None
    wrong = [name for name in sorted({*told, *record}) if told.get(name) != record.get(name)]
    if wrong:
        name = wrong[0]
        raise InputError(
            f"{path} does not fit: {name} is {told.get(name)!r} in it and {record.get(name)!r} here"
            + (f" ({', '.join(wrong[1:])} differ too)" if wrong[1:] else "")
        )
    return Seen(number, of, **arrays)


def kept(record: dict[str, Any]) -> Seen | None:
    """What the cache has of a record, if that is whole."""
    path = place(record)
    if not path.is_file():
        return None
    try:
        return load(path, record)
    except InputError as error:
        print(f"warning: {error}; it is made anew", file=sys.stderr)
        return None


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, sort_keys=True)


def _digest(array: np.ndarray) -> str:
    return hashlib.sha256(f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes()).hexdigest()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120]
