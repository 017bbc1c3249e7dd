"""Whether a run's data is what it was begun with: the same records, wherever they lie and whatever they are called."""

from collections.abc import Mapping
from typing import Any

from jaxgen.data import Source
from jaxgen.errors import InputError
from jaxgen.store.known import fingerprint

# What checkpoints say of the data, and so the digests of states; and what they said before every record counted.
STANDS, STOOD = ("images", "records"), ("name", "split", "images", "fingerprint")


class Changed(InputError):
    """A run was begun with other records; in words to be said after the run's name."""


def older(begun: Mapping[str, Any]) -> bool:
    """Whether what a config says of data is of the time when 256 records spoke for all."""
    return "fingerprint" in begun


def described(source: Source, name: str, split: str, begun: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's config says of its data, from now on.

    Args:
      source: the data.
      name, split: as they are asked for.
      begun: what the config says since the run was begun; {} for a new one.

    Raises:
      Changed: the run was begun with other records.
      InputError: the data's files are damaged.
    """
    asked = {"name": name, "split": split}
    found: dict[str, Any] = {"images": source.length, "records": fingerprint(source)}
    if older(begun):
        found["fingerprint"] = source.fingerprint_of_some()
    if any(begun[key] != value for key, value in found.items() if key in begun):
        now = {**asked, "images": source.length}
        told = [f"{key}: {begun.get(key)} -> {value}" for key, value in now.items() if begun.get(key) != value]
        raise Changed(f"was begun with other data ({'; '.join(told) or 'of the same name'})")
    return asked | ({key: begun[key] for key in STOOD} if older(begun) else {}) | found


def stands(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of what `described` says that which checkpoints keep."""
    return {key: data[key] for key in (STOOD if older(data) else STANDS)}
