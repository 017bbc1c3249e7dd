"""A system on its family's page: its equation, its command, and the runs of it that docs/results keeps."""

import statistics
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tables import RESULTS, first_command, joined, load, made_by, metrics, picture, plain


def _nothing(found: Mapping[str, Any]) -> str:
    return ""


class System(NamedTuple):
    """What is written by hand; every figure of ours comes from the runs' files."""

    title: str
    script: str  # from the root of the repository
    equation: str  # for GitHub's mathematics, a line each
    words: str = ""
    runs: tuple[str, ...] = ()  # folders of docs/results
    says: Callable[[Mapping[str, Any]], str] = _nothing  # what a run's test.json means, in words
    published: str = ""  # other people's figures, each with its source
    unseen: str = "No run of it is kept here."  # where there are no runs


class Line(NamedTuple):
    """A family in the README."""

    holds: str
    script: str  # whose first command is shown
    figure: str


def described(system: System) -> str:
    """Its part of the page."""
    lines = " \\\\\n".join(system.equation.split("\n"))
    several = "\n" in lines
    return joined(
        f"## {system.title}",
        system.words,
        "```math\n" + (f"\\begin{{gathered}}\n{lines}\n\\end{{gathered}}" if several else lines) + "\n```",
        f"[{system.script}](../{system.script}): `{first_command(system.script)}`",
        f"Published: {system.published}" if system.published else "",
        *[training(name, system.says) for name in system.runs],
        "" if system.runs else system.unseen,
    )


def family(title: str, words: str, *parts: str) -> str:
    """A family's page."""
    return joined(f"# {title}", words, *parts)


def training(name: str, says: Callable[[Mapping[str, Any]], str] = _nothing) -> str:
    """A run: what its own files say of it, its figures on test images, its pictures."""
    facts = run_facts(name)
    test = RESULTS / name / "test.json"
    return joined(
        f"### {facts['experiment']}{facts['which'] and ', ' + facts['which'] + ','} on {facts['data']}",
        f"{facts['rounds']:,} rounds, {facts['speed']:,.0f} images a second (median), "
        f"{100 * facts['wait']:.2f} % of the time waiting for data, seed {facts['seed']}."
        + (" Made before weights were normalised: today with `--no-weight-norm`." if facts["plain"] else ""),
        says(load(f"{name}/test.json")) if test.exists() else "",
        made_by(facts["environment"], facts["seconds"]),
        *[picture(path) for path in sorted((RESULTS / name).glob("*.png"))],
    )


def run_facts(name: str) -> dict[str, Any]:
    """What a trained run's config and metrics say."""
    config, lines = load(f"{name}/config.json"), metrics(name)
    waits = [line["data_wait"] for line in lines]
    return {
        "experiment": config["experiment"],
        "which": config["settings"].get("model") or config["settings"].get("objective", ""),
        "data": f"{config['data']['name']} ({config['data']['images']:,} images)",
        "rounds": lines[-1]["round"],
        "speed": statistics.median(line["images_per_second"] for line in lines),
        "wait": sum(waits) / len(waits),
        "seconds": lines[-1]["seconds"],
        "seed": config["settings"]["seed"],
        "plain": plain(config["settings"]),
        "environment": config["starts"][-1],
    }
