"""What was measured: written first, and said in any case, since it may have taken hours."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def tell(record: Any, lines: Sequence[str], out: Path | None) -> None:
    """Write a record as JSON, print lines that say the same, and say on stderr where the record is.

    Raises:
      InputError, OSError: it could not be written; the lines are printed all the same.
    """
    from jaxgen.show.pictures import writing
    from jaxgen.store.folder import write_json

    try:
        if out is not None:
            with writing(out):
                write_json(out, record)
    finally:
        for line in lines:
            print(line)
    if out is not None:
        print(out, file=sys.stderr)
