"""Write the pages of docs from the files that the measurements left in docs/results.

    python docs/make/pages.py            # writes all of them
    python docs/make/pages.py --check    # writes nothing, and fails where a page is not what would be written

No figure of ours is typed: each comes from a file here and names the command that made it. Equations, and what others
have published, are written by hand in systems/. A new page is a new row.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from measured import diagnostics, exactness, metrics, objectives, speed
from systems import autoencoders, classifiers, energy, gan, pixels, search
from tables import DOCS

PAGES: Mapping[str, Callable[[], str]] = {
    "systems/gan.md": gan.page,
    "systems/autoencoders.md": autoencoders.page,
    "systems/pixels.md": pixels.page,
    "systems/energy.md": energy.page,
    "systems/search.md": search.page,
    "systems/classifiers.md": classifiers.page,
    "objectives.md": objectives.page,
    "diagnostics.md": diagnostics.page,
    "metrics.md": metrics.page,
    "speed.md": speed.page,
    "exactness.md": exactness.page,
}
NOTE = "<!-- Written by `python docs/make/pages.py` from the files in docs/results. Do not edit. -->"


def written(name: str) -> str:
    """A page's text. Its links are made as from docs, and are moved to where the page lies."""
    up = "../" * (len(PurePosixPath(name).parts) - 1)
    text = re.sub(r"\]\((?!https?://|#)", f"]({up}", PAGES[name]())
    return f"{NOTE}\n\n{text}\n"


def main(check: bool) -> int:
    """Write the pages, or say which are not as they would be written."""
    if check:
        stale = [name for name in PAGES if not (DOCS / name).exists() or (DOCS / name).read_text() != written(name)]
        for name in stale:
            print(f"docs/{name} is not what docs/make/pages.py writes: run it", file=sys.stderr)
        return len(stale)
    from measured.curves import draw  # only here: drawing is what takes time

    draw()
    for name in PAGES:
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(written(name))
    return 0


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit("python docs/make/pages.py [--check]")
    sys.exit(main(sys.argv[1:] == ["--check"]))
