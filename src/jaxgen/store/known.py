"""What is known of data that lies on disk, so that it need not be read to be known again."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from jaxgen.data import Source
from jaxgen.data.files import digest
from jaxgen.store.folder import cache_folder, keep


def fingerprint(source: Source) -> str:
    """SHA-256 over every record of a source (`Source.fingerprint`). Files that were read before for it, and have the
    size and the time of change that they had then, are not read again."""
    return source.fingerprint(_digest)


def _digest(files: Sequence[Path]) -> str:
    stamps = [(str(file.absolute()), (found := file.stat()).st_size, found.st_mtime_ns) for file in files]
    place = cache_folder() / "files" / hashlib.sha256(json.dumps(stamps).encode()).hexdigest()[:24]
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, ValueError):
        found = digest(files)
        keep(place, found)
        return found
