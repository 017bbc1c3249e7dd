"""Keypoints as a user writes them down: a file of their names and places."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxgen.errors import InputError

if TYPE_CHECKING:
    from jaxgen.data.fields import Field


def read(field: "Field", file: Path, flag: str) -> np.ndarray:
    """The keypoints of a file, [1, n, 2]; NaN for those that it does not name.

        {"beak": [0.7, 0.4], "tail": null}          name,x,y
                                                    beak,0.7,0.4

    Args:
      field: which keypoints there are.
      file: JSON, or CSV with a header; x and y are shares of the image's sides, from the left and the top.
      flag: that named the file.

    Raises:
      InputError: it cannot be read, names a keypoint that the field does not have, or a place outside of the image.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            told = json.load(opened) if file.suffix.lower() == ".json" else _of_csv(opened)
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(f"--{flag}: {file} cannot be read ({' '.join(str(error).split())})") from None
    if not isinstance(told, dict):
        raise InputError(f'--{flag}: {file} is not of the form {{"{field.names[0]}": [0.5, 0.5]}}')
    found = np.full((1, *field.shape), np.nan, np.float32)
    for name, place in told.items():
        if name not in field.names:
            raise InputError(f"--{flag}: the run knows no keypoint {name!r}, only {', '.join(field.names)}")
        if place is not None:
            found[0, field.names.index(name)] = _place(place, f"--{flag}: {file}: {name}")
    return found


def _of_csv(opened: Any) -> dict[str, Any]:
    return {row["name"]: [float(row["x"]), float(row["y"])] for row in csv.DictReader(opened, strict=True)}


def _place(told: Any, where: str) -> list[float]:
    if not (isinstance(told, list) and len(told) == 2 and all(type(n) in (int, float) and 0 <= n <= 1 for n in told)):
        raise InputError(f"{where} is at {told}, not at two shares of the image's sides")
    return told
