"""Does an adversary make better label maps? By runs of several seeds without and with one, each measured at its end.

    for seed in 0 1 2; do for weight in 0 0.1; do
    python experiments/translation/segment.py --dataset masks:streets --size 64 --void 11 --seed $seed \\
        --adversarial $weight --out runs/streets-$weight-$seed
    done; done
    python benchmarks/evidence/segmented.py --runs runs/streets-* --out docs/results/segmentation-streets.json

Runs are put together that differ in the seed alone. Beside the means stands how far seeds are apart.
"""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jaxgen.cli import guarded, parse
from jaxgen.errors import InputError
from jaxgen.model import Model
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json

FIGURES = ("mean_iou", "boundary_f", "accuracy")
OWN = ("adversarial", "encoding", "objective", "width", "field")  # settings that tell kinds of runs apart


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # Runs of experiments/translation/segment.py on the same data, of several seeds each.
    runs: tuple[Path, ...]
    # A file for the answer; else it is printed alone.
    out: Path | None = None


def read(path: Path) -> tuple[tuple[Any, ...], int, dict[str, Any]]:
    """What tells a run's kind from others, its seed, and its figures.

    Raises:
      InputError: it has not ended, or is of another experiment.
    """
    model, file = Model(path), path / "test.json"
    if model.experiment != "segment" or not file.is_file():
        raise InputError(f"{path} is no run of segment.py that has ended")
    settings = model.settings
    kind = tuple(settings[name] for name in (*(OWN if settings["adversarial"] else OWN[:1]), "rounds"))
    return kind, settings["seed"], json.loads(file.read_text())


def summed(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means and deviations over seeds, and each seed's figure."""
    every = {name: [one[name] for one in found] for name in FIGURES}
    return {
        name: {
            "mean": statistics.mean(values),
            "deviation": statistics.stdev(values) if len(values) > 1 else None,
            "seeds": values,
        }
        for name, values in every.items()
    }


def main(config: Config) -> None:
    """Put runs of a kind together, and write what they reach."""
    kinds: dict[tuple[Any, ...], dict[int, dict[str, Any]]] = {}
    for path in config.runs:
        kind, seed, found = read(path)
        if seed in kinds.setdefault(kind, {}):
            raise InputError(f"{path} is another run of the seed {seed} with the same settings")
        kinds[kind][seed] = found
    measured = {(one["measured_on"], one["images"]) for seeds in kinds.values() for one in seeds.values()}
    if len(measured) > 1:
        raise InputError(f"the runs are measured on different images: {sorted(measured)}")
    ((split, images),) = measured
    result = {
        "measured_on": split,
        "images": images,
        "kinds": [
            dict(zip((*OWN, "rounds") if kind[0] else (OWN[0], "rounds"), kind))
            | {"seeds": sorted(seeds)}
            | summed([seeds[seed] for seed in sorted(seeds)])
            for kind, seeds in sorted(kinds.items())
        ],
    }
    if config.out:
        config.out.parent.mkdir(parents=True, exist_ok=True)
        write_json(config.out, result | {"environment": environment()})
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
