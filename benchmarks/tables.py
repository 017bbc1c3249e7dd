"""What the parts of docs/RESULTS.md are written with."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1] / "docs"
RESULTS = DOCS / "results"


def load(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / name).read_text())


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = [list(head), *[list(map(str, row)) for row in rows]]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def made_by(environment: Mapping[str, Any], seconds: float | None = None) -> str:
    """The command, the machine and the time behind a figure."""
    packages = environment["packages"]
    took = f", {seconds:,.0f} s" if seconds is not None else ""
    machine = f"{environment['processor']}, {environment['cores']} cores, jax {packages['jax']}"
    return f"`{environment['command']}`\n({machine}, {environment['time'][:10]}{took})"


def spread(figure: Mapping[str, Any] | None, digits: int) -> str:
    return "" if figure is None else f"{figure['mean']:.{digits}f} ± {figure['std']:.{digits}f}"
