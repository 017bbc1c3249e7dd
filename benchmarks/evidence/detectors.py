"""Are the diagnostics right? Runs that are healthy, collapsed or failed by their cause, judged by their own numbers.

    python benchmarks/evidence/detectors.py --runs runs/diagnostics --out docs/results

Thresholds were chosen by hand on the seeds from 0, and are checked on others, from 100. A run that is there already is
not played again. The truth is the cause, and beside it stands what a classifier of real images says of the samples.
"""

import contextlib
import inspect
import io
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from jaxgen import diagnostics, run
from jaxgen.cli import guarded, parse
from jaxgen.errors import InputError
from jaxgen.run.log import read_metrics
from jaxgen.show import pictures
from jaxgen.show.plots import rendered
from jaxgen.store.environment import environment
from jaxgen.store.folder import Folder, write, write_json
from judge import NARROW, UNREAL, Judge, by_samples, samples

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
KINDS = ("healthy", "collapse", "failure")
CHECK = 100  # the first seed of those that no threshold has seen
DIGITS = "--dataset=digits --split=all --size=16 --batch=32 --rounds=450"
MNIST = "--dataset=mnist --batch=64 --rounds=400"
SMALL = "--width=8 --width-g=8"
COMMON = "--devices=1 --sample-every=50 --log-every=25 --save-every=100000 --keep=1"


class Cause(NamedTuple):
    experiment: str
    flags: str


# What makes a run what it is; seeds take turns.
CAUSES: Mapping[str, Mapping[str, Cause]] = {
    "healthy": {
        "DCGAN on digits": Cause("failure_modes", DIGITS),
        "MLP on digits": Cause("gan", DIGITS),
        "DCGAN without BatchNorm on digits": Cause("failure_modes", f"{DIGITS} --mode=unnormalised"),
        "DCGAN on MNIST": Cause("failure_modes", MNIST),
        "MLP on MNIST": Cause("gan", MNIST),
        "WGAN-GP on digits": Cause("failure_modes", f"{DIGITS} --objective=wgan_gp"),
        "R3GAN on digits": Cause("failure_modes", f"{DIGITS} --objective=r3gan"),
    },
    "collapse": {
        "tiny latent, digits": Cause("failure_modes", f"{DIGITS} --mode=collapse"),
        "tiny latent, MLP on digits": Cause("gan", f"{DIGITS} --latent=1"),
        "tiny latent, MNIST": Cause("failure_modes", f"{MNIST} --mode=collapse"),
        "tiny latent, R3GAN on digits": Cause("failure_modes", f"{DIGITS} --mode=collapse --objective=r3gan"),
        "tiny latent, WGAN-GP on digits": Cause("failure_modes", f"{DIGITS} --mode=collapse --objective=wgan_gp"),
    },
    "failure": {
        "G too small, digits": Cause("failure_modes", f"{DIGITS} --mode=small-g"),
        "Adam too fast, digits": Cause("failure_modes", f"{DIGITS} --mode=fast-adam"),
        "kernels too small, digits": Cause("failure_modes", f"{DIGITS} --mode=small-kernel"),
        "kernels too large, digits": Cause("failure_modes", f"{DIGITS} {SMALL} --mode=large-kernel"),
        "G too small, MNIST": Cause("failure_modes", f"{MNIST} --mode=small-g"),
        "G too small, R3GAN on digits": Cause("failure_modes", f"{DIGITS} --mode=small-g --objective=r3gan"),
        "G too small, WGAN-GP on digits": Cause("failure_modes", f"{DIGITS} --mode=small-g --objective=wgan_gp"),
    },
}


@dataclass(frozen=True)
class Config:
    """What is run, and where its results go."""

    # A folder for the runs.
    runs: Path = Path("runs/diagnostics")
    # Runs of each kind for choosing thresholds, and as many for checking them.
    seeds: int = 10
    # Which of them to play: those for choosing, or all.
    only: str = "all"
    # Where TFDS keeps prepared data sets.
    data_dir: Path | None = None
    # A folder for diagnostics.json and failure_modes.png.
    out: Path | None = None


class Played(NamedTuple):
    kind: str
    cause: str
    seed: int
    path: Path


def planned(config: Config) -> Iterator[tuple[Played, Cause]]:
    """All runs, a seed of each kind in turn, so that any part of them is balanced."""
    for first in (0, CHECK) if config.only == "all" else (0,):
        for i in range(config.seeds):
            for kind, causes in CAUSES.items():
                name = list(causes)[i % len(causes)]
                folder = config.runs / f"{first + i:03}-{name.replace(',', '').replace(' ', '-').lower()}"
                yield Played(kind, name, first + i, folder), causes[name]


def play(played: Played, cause: Cause, data_dir: Path | None) -> None:
    """Run the experiment in this process, silently; nothing happens where it has ended before."""
    if (played.path / "report.html").exists():
        return
    module = run.rows.experiment(f"gan/{cause.experiment}", EXPERIMENTS)
    digits = [f"--data-dir={data_dir}"] if data_dir and "digits" in cause.flags else []
    flags = [*cause.flags.split(), *COMMON.split(), *digits, f"--seed={played.seed}", f"--out={played.path}"]
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            run.train(module.build, run.rows.settings(f"gan/{cause.experiment}", flags, EXPERIMENTS))
        except Exception as error:
            if isinstance(error, InputError):
                raise
            write(played.path / "report.html", f"{said.getvalue()}\n{error}")


def judged(played: Played, judges: dict[tuple, Judge], data_dir: Path | None) -> dict[str, Any]:
    """A run, what was found in its lines, and what its samples are; kept beside the run once it is known."""
    lines = read_metrics(played.path / "metrics.jsonl")
    findings = diagnostics.find(lines)
    kept = played.path / "judged.json"
    if not kept.exists():
        s = Folder(played.path).config()["settings"]
        key = (s["dataset"], s["split"], s["size"])
        if key not in judges:
            judges[key] = Judge(*key, data_dir if s["dataset"] == "digits" else None)
        write_json(kept, judges[key].measure(samples(played.path)))
    sampled = [line for line in lines if "samples/twins" in line]
    return {
        "kind": played.kind,
        "cause": played.cause,
        "seed": played.seed,
        "found": diagnostics.verdict(findings),
        "began": next((f.began for f in findings if f.kind != "equilibrium"), None),
        "equilibrium": any(f.kind == "equilibrium" for f in findings),
        "numbers": {
            name: round(float(np.median([line[f"samples/{name}"] for line in sampled[-3:]])), 3)
            for name in ("diversity", "twins", "nearest")
        },
        "separation": separation(lines),
        "samples": (measured := json.loads(kept.read_text())),
        "by_samples": by_samples(measured),
        "seconds": lines[-1]["seconds"],
    }


def separation(lines: Sequence[Mapping[str, Any]]) -> float | None:
    """How many spreads D's scores of real images and fakes lie apart at the end, where they have no zero."""
    found = [s for line in lines[-6:] if (s := diagnostics.separation(line)) is not None]
    return round(float(np.median(found)), 3) if found else None


def confusion(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """kind by cause -> what was found -> runs."""
    counted = Counter((row["kind"], row["found"]) for row in rows)
    return {kind: {found: counted[kind, found] for found in KINDS} for kind in KINDS}


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ranges = {
        kind: {
            name: [min(v), max(v)]
            for name in ("diversity", "twins", "nearest")
            if (v := [row["numbers"][name] for row in rows if row["kind"] == kind])
        }
        for kind in KINDS
    }
    return {
        "runs": len(rows),
        "mistakes": sum(row["kind"] != row["found"] for row in rows),
        "confusion": confusion(rows),
        "misjudged": [row for row in rows if row["kind"] != row["found"]],
        "cause_and_samples_disagree": [row for row in rows if row["kind"] != row["by_samples"]],
        "ranges": ranges,
        "rows": list(rows),
    }


def sheet(pairs: Mapping[str, tuple[Path, Path]]) -> Image.Image:
    """A row a mode: the cause's losses, D's accuracies and last images, and its cure's beside them."""
    figure = Figure(figsize=(13, 1.75 * len(pairs)), layout="constrained")
    grid = figure.subplots(len(pairs), 6, squeeze=False, width_ratios=[1.3, 1.3, 1, 1.3, 1.3, 1])
    for row, (mode, paths) in zip(grid, pairs.items()):
        for side, path, who in zip((row[:3], row[3:]), paths, (mode, "cured")):
            lines = read_metrics(path / "metrics.jsonl")
            _curves(side, lines, f"{who}: losses")
            side[2].imshow(pictures.grid(samples(path, 36)), cmap="gray")
            side[2].set_axis_off()
            side[2].set_title(f"images, round {lines[-1]['round']}", fontsize=8)
    for axes in grid[0, [0, 1, 3, 4]]:
        axes.legend(fontsize=5)
    return rendered(figure, 80).quantize(48)


def _curves(side: Sequence[Any], lines: Sequence[Mapping[str, Any]], title: str) -> None:
    """The players' losses; D's accuracies, or of scores without a zero how far they lie apart; what was found."""
    x = [line["round"] for line in lines]
    for player in "DG":
        side[0].plot(x, [line[f"{player}/loss"] for line in lines], label=f"{player}/loss", linewidth=1)
    side[0].set_title(title, fontsize=8)
    if "D/accuracy_real" in lines[-1]:
        for of in ("real", "fake"):
            side[1].plot(x, [line[f"D/accuracy_{of}"] for line in lines], label=f"D/accuracy_{of}", linewidth=1)
        side[1].set_title("D's accuracy", fontsize=8)
        side[1].set_ylim(-0.03, 1.03)
    else:
        side[1].plot(x, [diagnostics.separation(line) for line in lines], linewidth=1)
        side[1].set_title("gap of D's scores, in spreads", fontsize=8)
    for axes in side[:2]:
        axes.tick_params(labelsize=6)
        axes.grid(alpha=0.3)
        for f in diagnostics.find(lines):
            axes.axvline(f.began, color="black", linewidth=0.9, linestyle="--")
            axes.annotate(f.kind, (f.began, axes.get_ylim()[1]), fontsize=5, va="top", rotation=90)


def pairs(played: Sequence[Played]) -> dict[str, tuple[Path, Path]]:
    """The first run of every mode on digits, and the healthy one that each becomes when its setting is put back."""
    there = {p.cause: p.path for p in reversed(played) if "digits" in p.cause and "MLP" not in p.cause}
    healthy = {name: there.pop(name) for name in CAUSES["healthy"] if name in there}
    cures = {"too large": "DCGAN without BatchNorm", "R3GAN": "R3GAN", "WGAN-GP": "WGAN-GP", "": "DCGAN"}
    return {
        mode: (path, healthy[f"{next(cure for word, cure in cures.items() if word in mode)} on digits"])
        for mode, path in sorted(there.items())
    }


def main(config: Config) -> None:
    """Play runs of known health and count how often the diagnostics are right about them."""
    began, rows = time.monotonic(), []
    judges: dict[tuple, Judge] = {}
    played: list[Played] = []
    for p, cause in planned(config):
        play(p, cause, config.data_dir)
        rows.append(judged(p, judges, config.data_dir))
        played.append(p)
        row = rows[-1]
        print(p.path.name, row["found"], row["began"], row["by_samples"], row["numbers"], row["samples"], flush=True)
    choosing, checking = ([r for r in rows if (r["seed"] >= CHECK) == check] for check in (False, True))
    result = {
        "thresholds": thresholds(),
        "truth": {"failure": f"precision below {UNREAL}", "collapse": f"else coverage below {NARROW}"},
        "causes": {kind: {name: command(cause) for name, cause in of.items()} for kind, of in CAUSES.items()},
        "common": COMMON,
        "choosing": summary(choosing),
        "checking": summary(checking),
        "seconds": round(time.monotonic() - began, 1),
        "seconds_of_runs": round(sum(row["seconds"] for row in rows), 1),
        "environment": environment(),
    }
    if config.out:
        write_json(config.out / "diagnostics.json", result)
        write(config.out / "failure_modes.png", pictures.png(sheet(pairs(played))))
    last = result["checking"] if checking else result["choosing"]
    print(json.dumps({name: last[name] for name in ("runs", "mistakes", "confusion", "ranges")}))


def command(cause: Cause) -> str:
    return f"experiments/gan/{cause.experiment}.py {cause.flags}"


def thresholds() -> dict[str, float]:
    return {name: p.default for name, p in inspect.signature(diagnostics.find).parameters.items() if name != "lines"}


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
