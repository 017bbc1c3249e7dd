"""Write docs/RESULTS.md, and the README's table, from the files that the measurements left in docs/results.

    python benchmarks/results.py

No figure in the documents is typed: each comes from a file here and names the command that made it.
"""

import json
import re
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jaxgen.run.log import read_metrics

DOCS = Path(__file__).resolve().parents[1] / "docs"
RESULTS = DOCS / "results"
README = DOCS.parent / "README.md"


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


def run_facts(name: str) -> dict[str, Any]:
    """What a trained run's own files say."""
    config, lines = load(f"{name}/config.json"), read_metrics(RESULTS / name / "metrics.jsonl")
    waits = [line["data_wait"] for line in lines]
    return {
        "name": name,
        "experiment": config["experiment"],
        "data": f"{config['data']['name']} ({config['data']['images']:,} images)",
        "rounds": lines[-1]["round"],
        "speed": statistics.median(line["images_per_second"] for line in lines),
        "wait": sum(waits) / len(waits),
        "seconds": lines[-1]["seconds"],
        "seed": config["settings"]["seed"],
        "environment": config["starts"][-1],
    }


def trainings() -> list[dict[str, Any]]:
    return [run_facts(path.parent.name) for path in sorted(RESULTS.glob("*/config.json"))]


def training_section() -> str:
    parts = ["## Trainings"]
    for facts in trainings():
        pictures = sorted((RESULTS / facts["name"]).glob("*.png"))
        parts += [
            f"### {facts['experiment']} on {facts['data']}",
            f"{facts['rounds']:,} rounds, {facts['speed']:,.0f} images a second (median), "
            f"{100 * facts['wait']:.2f} % of the time waiting for data, seed {facts['seed']}.",
            made_by(facts["environment"], facts["seconds"]),
            *[f"![{p.stem}](results/{facts['name']}/{p.name})" for p in pictures],
        ]
    return "\n\n".join(parts)


def torch_section() -> str:
    found = [load(path.name) for path in sorted(RESULTS.glob("torch-*.json"))]
    rows = [
        [
            f["recipe"],
            f"{f['ours_ms']:.1f}",
            f"{f['pytorch_ms']:.1f} ({f['pytorch_mode']})",
            f"{f['ratio']:.2f} ({f['ratio_min']:.2f} to {f['ratio_max']:.2f})",
            "yes" if f["losses_agree"] else "no",
        ]
        for f in found
    ]
    head = ["nets, batch 64", "ours, ms a round", "PyTorch's best, ms", "PyTorch / ours", "same losses"]
    words = (
        "A round is one step of D and one of G. Both sides in turn on the same cores, with the same allocator settings."
    )
    commands = "\n\n".join(made_by(f["environment"]) for f in found)
    return "\n\n".join(["## Beside PyTorch", words, table(head, rows), commands])


def devices_section() -> str:
    found = load("devices.json")
    apart = found["largest_difference_from_one_device"]
    rows = [[name, f"{difference:.1e}"] for name, difference in apart.items()]
    words = (
        "Largest difference of any number in the state (parameters, statistics, moments, averages) from one device's."
    )
    return "\n\n".join(
        [
            f"## The same numbers on any number of devices, after {found['rounds']} round(s)",
            words,
            table(["devices", "largest difference"], rows),
            made_by(found["environment"]),
        ]
    )


def kills_section() -> str:
    found = load("kill_points.json")
    words = (
        f"Killed {found['kills']} times at random moments ({found['while_saving']} during a save, "
        f"{found['while_starting']} while starting), {found['rounds']:,} rounds, "
        f"seed {found['settings']['seed']}: the digests are "
        f"{'equal' if found['equal'] else 'NOT equal'}."
    )
    digests = f"`{found['killed']}` killed, `{found['straight']}` never stopped."
    return "\n\n".join(["## kill -9", words, digests, made_by(found["environment"], found["seconds"])])


def diagnostics_section() -> str:
    found = load("diagnostics.json")
    kinds = ("healthy", "collapse", "failure")
    parts = [
        "## Failure modes, caused and recognised",
        "What `jaxgen.diagnostics` says of short runs whose health is known by its cause. Thresholds were set on the "
        "seeds from 0 alone.",
    ]
    for name, words in (("checking", "seeds from 100, which no threshold has seen"), ("choosing", "seeds from 0")):
        part = found[name]
        if not part["runs"]:
            continue
        rows = [[f"caused: {kind}", *[part["confusion"][kind][said] for said in kinds]] for kind in kinds]
        wrong = [
            f"{r['cause']}, seed {r['seed']}: found {r['found']}, by its samples {r['by_samples']}"
            for r in part["misjudged"]
        ]
        apart = [
            f"{r['cause']}, seed {r['seed']}: by its samples {r['by_samples']}"
            for r in part["cause_and_samples_disagree"]
        ]
        parts += [
            f"{part['runs']} runs, {words}: {part['mistakes']} mistake(s).",
            table(["", *[f"found: {kind}" for kind in kinds]], rows),
            f"Misjudged: {'; '.join(wrong) or 'none'}.",
            "Where a scikit-learn classifier's precision and coverage of the samples speak against the cause: "
            f"{'; '.join(apart) or 'nowhere'}.",
        ]
    mild = [f"{r['cause']} (found {r['found']}, by its samples {r['by_samples']})" for r in found["harmless"]]
    parts += [
        f"Meant to fail, and not counted above: {'; '.join(mild)}.",
        "![failure modes](results/failure_modes.png)",
        made_by(found["environment"], found["seconds_of_runs"]),
    ]
    return "\n\n".join(parts)


def readme_table() -> str:
    rows = []
    for facts in trainings():
        name = facts["experiment"]
        seen = f"[{facts['data']}, {facts['rounds']:,} rounds](docs/RESULTS.md)"
        title = {"dcgan": "DCGAN", "gan": "GAN, fully connected"}.get(name, name)
        rows.append([title, f"[`experiments/{name}.py`](experiments/{name}.py)", seen])
    return table(["system", "start it with", "seen on real data"], rows)


def main() -> None:
    """Write the documents anew."""
    intro = "# Results\n\nWritten by `python benchmarks/results.py` from the files in [results](results). Do not edit."
    sections = [intro, training_section(), torch_section(), devices_section(), kills_section()]
    sections.append(diagnostics_section())
    (DOCS / "RESULTS.md").write_text("\n\n".join(sections) + "\n")
    text = README.read_text()
    between = r"(<!-- what works -->\n).*?(\n<!-- end -->)"
    README.write_text(re.sub(between, lambda m: m[1] + readme_table() + m[2], text, flags=re.DOTALL))


if __name__ == "__main__":
    main()
