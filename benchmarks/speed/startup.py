"""From the start of Python to the end of the first round: imports, and compiling with and without a kept program.

    python benchmarks/speed/startup.py --recipes gan-mlp-28 dcgan-32

Ours are the seconds that Python spends in our own modules, those of others that they import left out (by its -X
importtime, which makes imports slower). The cold start of a row compiles everything, the warm one finds it in the
folder that the cold one filled, as a run that goes on does (`jaxgen.run.compiled`). Each is a process of its own, the
median of --repeats. Ends in one line of JSON.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from jaxgen.cli import guarded, parse
from jaxgen.store.environment import environment
from processes import Answer, ask, tell, warn_if_busy
from workloads import WORKLOADS, Name

HERE = Path(__file__).resolve()
# What an import of jaxgen is, of which the parts are imported by name; and what jax alone costs.
IMPORTS = {
    "jax": "import jax",
    "the library": "from jaxgen import executors, game, losses, nets, recipes, sampling",
    "the library and what trains": "from jaxgen import executors, game, losses, nets, recipes, run, sampling",
}


@dataclass(frozen=True)
class Config:
    """What to start, and how often."""

    # Rows of workloads.py.
    recipes: tuple[Name, ...] = tuple(WORKLOADS)
    # Processes for each time.
    repeats: int = 3
    # A file for the JSON, and beside it a plot.
    out: Path | None = None


def imported(statement: str) -> dict[str, float]:
    """Seconds of an import, and of them those in our own modules."""
    began = "import time; began = time.perf_counter()"
    timed = f"{began}; {statement}; print(time.perf_counter() - began)"
    command = [sys.executable, "-X", "importtime", "-c", timed]
    seconds = float(subprocess.run([sys.executable, "-c", timed], capture_output=True, check=True, text=True).stdout)
    told = subprocess.run(command, capture_output=True, check=True, text=True).stderr
    ours = re.findall(r"import time: +(\d+) \| +\d+ \| +jaxgen(?:$|\.)", told, flags=re.MULTILINE)
    return {"seconds": seconds, "ours": sum(map(int, ours)) / 1e6}


def first_round(recipe: str, folder: str) -> Answer:
    """A process of its own: everything until a first round is done, with programs kept in a folder."""
    import jax

    from jaxgen.executors import data_mesh
    from jaxgen.run.compiled import kept
    from workloads import start

    with kept(Path(folder)):
        begun = time.perf_counter()
        one = start(WORKLOADS[recipe], data_mesh())
        jax.block_until_ready(one.state)
        made = time.perf_counter()
        jax.block_until_ready(one.step(one.state, one.batches))
        return {"state_s": made - begun, "round_s": time.perf_counter() - made, "about": environment()}


def started(recipe: str, repeats: int) -> dict[str, Any]:
    """A row of the results: cold and warm starts."""
    times: dict[str, list[Answer]] = {"cold": [], "warm": []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            for answers in times.values():
                began = time.perf_counter()
                answer = ask([sys.executable, HERE, "first", recipe, folder], JAX_COMPILATION_CACHE_DIR="")
                answers.append({**answer, "process_s": time.perf_counter() - began})
    row: dict[str, Any] = {"recipe": recipe}
    for kind, answers in times.items():
        row[kind] = {
            part: statistics.median(one[part] for one in answers) for part in ("state_s", "round_s", "process_s")
        }
        row["about"] = answers[0]["about"]
    said = [f"{kind} {row[kind]['round_s']:.1f} s ({row[kind]['process_s']:.1f} in all)" for kind in times]
    print(f"{recipe}, first round: {', '.join(said)}", flush=True)
    return row


def plot(rows: list[dict[str, Any]]) -> Figure:
    """Cold and warm starts, two bars for each row."""
    figure = Figure(figsize=(7, 1 + 0.5 * len(rows)), layout="constrained")
    panel = figure.subplots()
    for kind, colour, offset in (("cold", "#2e6f95", 0.2), ("warm", "#d1495b", -0.2)):
        places = [len(rows) - i + offset for i in range(len(rows))]
        panel.barh(places, [row[kind]["process_s"] for row in rows], 0.38, color=colour, label=kind)
    panel.set_yticks([len(rows) - i for i in range(len(rows))], [row["recipe"] for row in rows])
    panel.set(xlabel="seconds from the start of Python to the end of the first round")
    panel.legend()
    return figure


def main(config: Config) -> None:
    """Measure how long it takes until the first round is done."""
    load = warn_if_busy()
    imports = {}
    for name, statement in IMPORTS.items():
        seen = [imported(statement) for _ in range(config.repeats)]
        imports[name] = {part: statistics.median(one[part] for one in seen) for part in seen[0]}
        print(f"{name}: {imports[name]['seconds']:.2f} s, {imports[name]['ours']:.2f} of them ours", flush=True)
    rows = [started(recipe, config.repeats) for recipe in config.recipes]
    about = [row.pop("about") for row in rows]
    result = {
        "imports": imports,
        "rows": rows,
        "settings": {name: value for name, value in asdict(config).items() if name != "out"},
    }
    tell(result, about[0], load, config.out, plot(rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["first"]:
        print(json.dumps(first_round(*sys.argv[2:])))
    else:
        sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
