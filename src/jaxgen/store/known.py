"""What is known of data that lies on disk, so that it need not be read to be known again."""

import hashlib
import json

from jaxgen.data import Source
from jaxgen.data.reading.files import cut_short, digest
from jaxgen.store.folder import cache_folder, keep
from jaxgen.store.progress import Progress


def fingerprint(source: Source) -> str:
    """SHA-256 over every record of a source (`Source.fingerprint`). Files that were read before for it, and have the
    size and the time of change that they had then, are not read again.

    Raises:
      InputError: image files that were not read before are empty, cut short or something else; the line counts them.
    """
    return source.fingerprint(_of_files)


def _of_files(source: Source) -> str:
    stamps = [(str(file.absolute()), (found := file.stat()).st_size, found.st_mtime_ns) for file in source.files]
    place = cache_folder() / "files" / hashlib.sha256(json.dumps(stamps).encode()).hexdigest()[:24]
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, ValueError):
        if source.images and (wrong := cut_short(source.files)):
            raise wrong from None
        found = digest(source.files, Progress(len(source.files), "files read once, so that a change is noticed"))
        keep(place, found)
        return found
