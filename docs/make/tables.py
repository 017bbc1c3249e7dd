"""What the parts of docs/RESULTS.md are written with."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1]
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
    parts = (environment["processor"], cores(environment), accelerator(environment), f"jax {packages['jax']}")
    machine = ", ".join(filter(None, parts))
    return f"`{environment['command']}`\n({machine}, {environment['time'][:10]}{took})"


def accelerator(environment: Mapping[str, Any]) -> str:
    """What else than the processor computed; nothing where nothing did."""
    kinds = {device.split(": ", 1)[1] for device in environment["devices"] if not device.startswith("cpu")}
    return ", ".join(sorted(kinds))


def device(environment: Mapping[str, Any]) -> str:
    """What computed, in a table's row."""
    return accelerator(environment) or f"{cores(environment)}, {environment['processor']}"


def cores(environment: Mapping[str, Any]) -> str:
    return f"{environment['cores']} core{'s' * (environment['cores'] != 1)}"


def plain(settings: Mapping[str, Any]) -> str:
    """What to add to the name of a PixelCNN++ that was trained before its weights were normalised."""
    return ", plain kernels" if settings.get("model") == "pixelcnnpp" and "weight_norm" not in settings else ""


def spread(figure: Mapping[str, Any] | None, digits: int) -> str:
    return "" if figure is None else f"{figure['mean']:.{digits}f} ± {figure['std']:.{digits}f}"
