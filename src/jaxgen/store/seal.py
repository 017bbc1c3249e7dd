"""Whether a folder holds what was written into it: the SHA-256 of its files, beside them.

What cannot be read is not damaged for that: a disk that is away, a file of another user's, a device that is not there.
Damage is bytes that are not those that were written.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from jaxgen.store.folder import write_json

SEAL = "sha256.json"


def seal(folder: Path) -> None:
    """Write down what is in a folder."""
    write_json(folder / SEAL, {name: _sha(folder / name) for name in _files(folder)})


def missed(folder: Path) -> str | None:
    """Which of a sealed folder's files is not what it was, in words; "" where all are, None where nobody can tell.

    Raises:
      OSError: a file cannot be read.
    """
    found = {name: _sha(folder / name) for name in _files(folder)}
    try:
        written = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        assert isinstance(written, dict)
    except FileNotFoundError:
        return None
    except (ValueError, AssertionError):
        return f"{SEAL} is broken"
    wrong = [name for name in sorted(written) if found.get(name) != written[name]]
    return f"{wrong[0]} is {'not what was saved' if wrong[0] in found else 'missing'}" if wrong else ""


def _files(folder: Path) -> Iterator[str]:
    """The files below a folder; what cannot be listed is an error, not nothing."""

    def refuse(error: OSError) -> None:
        raise error

    for here, _, names in os.walk(folder, onerror=refuse):
        for name in sorted(names):
            path = (Path(here) / name).relative_to(folder)
            if str(path) != SEAL and not name.endswith(".tmp"):
                yield str(path)


def _sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
