"""What the metrics ask of arrays. Whatever is wrong is told in one line, as an InputError."""

import numpy as np
from numpy.typing import ArrayLike

from jaxgen.errors import InputError


def features(values: ArrayLike, name: str, least: int = 1) -> np.ndarray:
    """Features [N, D] as they are, after a look at them.

    Args:
      values: what should be features, or logits.
      name: for the message, as "the real features".
      least: the fewest rows.

    Raises:
      InputError: another rank or type, too few rows, NaN or infinity.
    """
    array = np.asarray(values)
    if array.ndim != 2 or 0 in array.shape:
        raise InputError(f"{name} must be an array [N, D] with rows and columns, not of shape {array.shape}")
    if not (np.issubdtype(array.dtype, np.number) or _extended(array.dtype)) or np.iscomplexobj(array):
        raise InputError(f"{name} must be real numbers, not {array.dtype}")
    if len(array) < least:
        raise InputError(f"{name} have {len(array)} rows where at least {least} are needed")
    # bfloat16 and its like: numpy's linear algebra does not know them
    array = array.astype(np.float32) if _extended(array.dtype) else array
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array).all(1)).sum())
        raise InputError(f"{name} hold NaN or infinity in {bad} of {len(array)} rows")
    return array


def pair(a: ArrayLike, b: ArrayLike, names: tuple[str, str], least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of features of the same D: [N, D], [M, D].

    Raises:
      InputError: as `features`, or they have different D.
    """
    first, second = features(a, names[0], least), features(b, names[1], least)
    if first.shape[1] != second.shape[1]:
        raise InputError(f"{names[0]} have {first.shape[1]} dimensions and {names[1]} {second.shape[1]}")
    return first, second


def images(values: ArrayLike, name: str) -> np.ndarray:
    """uint8 images [N, H, W, C] as they are, after a look at them.

    Raises:
      InputError: another rank or type.
    """
    array = np.asarray(values)
    if array.ndim != 4 or 0 in array.shape:
        raise InputError(f"{name} must be images [N, H, W, C], not an array of shape {array.shape}")
    if array.dtype != np.uint8:
        held = f"{array.dtype} from {array.min():.3g} to {array.max():.3g}"
        raise InputError(f"{name} must be uint8 images from 0 to 255, not {held}")
    return array


def _extended(dtype: np.dtype) -> bool:
    return dtype.name in ("bfloat16", "float8_e4m3fn", "float8_e5m2")
