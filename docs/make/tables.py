"""What the pages of docs are written with: figures read from docs/results, tables, commands and machines."""

import ast
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
RESULTS = DOCS / "results"
# Every script by its name. Some have moved since the files in docs/results noted how they were called.
SCRIPTS = {
    path.name: path.relative_to(ROOT)
    for folder in ("benchmarks", "experiments")
    for path in sorted((ROOT / folder).glob("*/*.py"))
}


def load(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / name).read_text())


def metrics(folder: str) -> list[dict[str, Any]]:
    """The lines of a run's metrics.jsonl."""
    return [json.loads(line) for line in (RESULTS / folder / "metrics.jsonl").read_text().splitlines()]


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = [list(head), *[list(map(str, row)) for row in rows]]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def joined(*parts: str) -> str:
    """Paragraphs of a page, without those that are empty."""
    return "\n\n".join(filter(None, parts))


def picture(path: Path, words: str = "") -> str:
    """A picture of docs/results."""
    return f"![{words or path.stem}]({path.relative_to(DOCS)})"


def plot(name: str) -> str:
    """The plot that a benchmark drew beside its JSON; nothing where it drew none."""
    path = (RESULTS / name).with_suffix(".png")
    return picture(path) if path.exists() else ""


def today(command: str) -> str:
    """A command with its script where it is today."""
    words = command.split(" ")
    for i, word in enumerate(words[:2]):
        if (name := Path(word).name) in SCRIPTS:
            words[i : i + 1] = [*(["python"] if i == 0 else []), str(SCRIPTS[name])]
            break
    return " ".join(words)


def first_command(script: str) -> str:
    """The first command that a script's docstring shows of it."""
    words = ast.get_docstring(ast.parse((ROOT / script).read_text())) or ""
    return next(line.strip() for line in words.splitlines() if line.strip().startswith(f"python {script} "))


def made_by(environment: Mapping[str, Any], seconds: float | None = None) -> str:
    """The command, the machine and the time behind a figure."""
    packages = environment["packages"]
    took = f", {seconds:,.0f} s" if seconds is not None else ""
    parts = (environment["processor"], cores(environment), accelerator(environment), f"jax {packages['jax']}")
    machine = ", ".join(filter(None, parts))
    return f"`{today(environment['command'])}`\n({machine}, {environment['time'][:10]}{took})"


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


def percent(share: float) -> str:
    return f"{100 * share:.1f}"
