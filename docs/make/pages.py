"""Write docs' pages, and the README's table of families, from the files that the measurements left in docs/results.

    python docs/make/pages.py            # writes all of them
    python docs/make/pages.py --check    # writes nothing, and fails where a page is not what would be written

No figure of ours is typed: each comes from a file here and names the command that made it. Equations, and what others
have published, are written by hand in systems/. A new page is a new row.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from types import ModuleType

from measured import diagnostics, exactness, metrics, objectives, speed
from system import Line
from systems import autoencoders, classifiers, conditional, energy, gan, pixels, search, translation
from tables import DOCS, ROOT, first_command, table

# A module for each family: its page, and its line in the README.
FAMILIES: Mapping[str, ModuleType] = {
    "gan": gan,
    "conditional": conditional,
    "translation": translation,
    "autoencoders": autoencoders,
    "pixels": pixels,
    "energy": energy,
    "search": search,
    "classifiers": classifiers,
}
PAGES: Mapping[str, Callable[[], str]] = {
    **{f"systems/{name}.md": one.page for name, one in FAMILIES.items()},
    "objectives.md": objectives.page,
    "diagnostics.md": diagnostics.page,
    "metrics.md": metrics.page,
    "speed.md": speed.page,
    "exactness.md": exactness.page,
}
README = ROOT / "README.md"
FAMILIES_IN_README = re.compile(r"(<!-- families: written by docs/make/pages.py -->\n).*?(\n<!-- end -->)", re.DOTALL)
NOTE = "<!-- Written by `python docs/make/pages.py` from the files in docs/results. Do not edit. -->"


def everything() -> dict[Path, str]:
    """All files that are written, and what is in them."""
    readme, found = FAMILIES_IN_README.subn(lambda found: found[1] + families() + found[2], README.read_text())
    if found != 1:
        sys.exit("README.md has lost the place of its table of families")
    return {README: readme, **{DOCS / name: written(name) for name in PAGES}}


def families() -> str:
    """The README's table."""
    lines: dict[str, Line] = {name: one.line() for name, one in FAMILIES.items()}
    rows = [
        [f"[{name}](docs/systems/{name}.md)", line.holds, f"`{first_command(line.script)}`", line.figure]
        for name, line in lines.items()
    ]
    return table(["family", "holds", "start with", "a figure of its page"], rows)


def written(name: str) -> str:
    """A page's text. Its links are made as from docs, and are moved to where the page lies."""
    up = "../" * (len(PurePosixPath(name).parts) - 1)
    text = re.sub(r"\]\((?!https?://|#)", f"]({up}", PAGES[name]())
    return f"{NOTE}\n\n{text}\n"


def main(check: bool) -> int:
    """Write the pages, or say which are not as they would be written."""
    if check:
        stale = [file for file, text in everything().items() if not file.exists() or file.read_text() != text]
        for file in stale:
            print(f"{file.relative_to(ROOT)} is not what docs/make/pages.py writes: run it", file=sys.stderr)
        return len(stale)
    from measured.curves import draw  # only here: drawing is what takes time

    draw()
    for file, text in everything().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return 0


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit("python docs/make/pages.py [--check]")
    sys.exit(main(sys.argv[1:] == ["--check"]))
