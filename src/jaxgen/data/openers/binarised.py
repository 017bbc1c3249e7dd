"""Binary images of 28x28 as packed bits in an .npz file: binarised MNIST (Salakhutdinov & Murray 2008), fixed once.

The file has the arrays train, valid and test, uint8 [N, 98]: 784 bits of an image, row by row, most significant first
(`numpy.packbits(images.reshape(N, 784), axis=1)`).
"""

from pathlib import Path

import numpy as np

from jaxgen.data.part import NoSplit
from jaxgen.data.reading.arrays import BROKEN
from jaxgen.data.source import Source, in_memory
from jaxgen.errors import InputError

SPLITS = ("train", "valid", "test")
SIDE = 28


def packed(path: Path) -> bool:
    """Whether a file is an archive of such splits by its arrays' names; what they hold is not looked at."""
    try:
        with path.open("rb") as opened:
            file = np.load(opened, allow_pickle=False)
            return isinstance(file, np.lib.npyio.NpzFile) and set(SPLITS) <= set(file) and "images" not in file
    except BROKEN:
        return False


def open_binarised(path: Path, split: str = "train") -> Source:
    """A split as uint8 images of 0 and 255, [28, 28, 1], without labels.

    Raises:
      NoSplit: there is no such split.
      InputError: there is no such file, it cannot be read, or its arrays are not uint8 [N, 98].
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if split not in SPLITS:
        raise NoSplit(f"{path} has the splits {', '.join(SPLITS)}, not {split!r}")
    try:
        with path.open("rb") as opened:
            file = np.load(opened, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ValueError("one array, not an archive")
            if split not in file:
                raise InputError(f"{path} has no array named {split}; it has {', '.join(file) or 'none'}")
            bits = np.asarray(file[split])
    except InputError:
        raise
    except BROKEN as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as an .npz file of packed bits ({reason})") from None
    wanted = -(-SIDE * SIDE // 8)
    if bits.dtype != np.uint8 or bits.ndim != 2 or bits.shape[1] != wanted or not len(bits):
        raise InputError(f"{path}, {split}: {bits.dtype} of shape {bits.shape}; packed bits are uint8 of [N, {wanted}]")
    images = np.unpackbits(bits, axis=1)[:, : SIDE * SIDE].reshape(-1, SIDE, SIDE, 1) * np.uint8(255)
    return in_memory(f"{path.name}, {split}", {"image": images})
