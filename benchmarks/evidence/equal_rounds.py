"""The recommended recipe beside a plain GAN, WGAN-GP and an unrolled GAN: equal nets, data, rounds and tuning.

    python benchmarks/evidence/equal_rounds.py --runs runs/equal-rounds

Each objective first plays the same number of settings on the grid, for few rounds and on seeds that are not used again;
the one whose samples have the lowest Jensen-Shannon divergence from the exact density then plays the ring and the grid.
Writes docs/results/equal_rounds.json and ends in one line of JSON. Runs that are done already are not played again.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json

ROOT = Path(__file__).resolve().parents[2]
SLOW = ("wgan_gp", "unrolled")
TUNING_SEED = 100  # the first seed of the short runs; the long ones begin at 0


def _steps(lr: str, more: str = "") -> str:
    return f"--lr-g {lr} --lr-d {lr} {more}".strip()


# What each objective is tuned over: four settings each.
SETTINGS: Mapping[str, tuple[str, ...]] = {
    "r3gan": tuple(_steps(lr, f"--penalty {w}") for lr in ("1e-3", "2e-3") for w in ("0.01", "0.1")),
    "non_saturating": (*(_steps(lr) for lr in ("5e-4", "1e-3", "2e-3")), "--lr-g 1e-3 --lr-d 2e-3"),
    "wgan_gp": tuple(_steps(lr, f"--penalty {w}") for lr in ("5e-4", "2e-3") for w in ("0.1", "10")),
    "unrolled": tuple(_steps(lr, f"--unroll 5 --unroll-lr {u}") for lr in ("5e-4", "1e-3") for u in ("0.02", "0.2")),
}


@dataclass(frozen=True)
class Config:
    # Where the runs go.
    runs: Path = Path("runs/equal-rounds")
    # Rounds of the runs that are compared.
    rounds: int = 10_000
    # Their seeds.
    seeds: int = 10
    # Seeds of the two objectives whose rounds take five to ten times as long.
    slow_seeds: int = 5
    # Rounds of a run that settings are chosen by.
    tuning_rounds: int = 1500
    # Their seeds.
    tuning_seeds: int = 2
    # Data sets to compare on.
    data: tuple[str, ...] = ("ring", "grid")
    # Where the figures go.
    out: Path = ROOT / "docs" / "results" / "equal_rounds.json"


def play(out: Path, objective: str, flags: str, data: str, rounds: int, seeds: int, seed: int) -> dict[str, Any]:
    """The figures of a run of experiments/gan/densities.py, played now or before."""
    name = "non_saturating" if objective == "unrolled" else objective
    often = max(rounds // 4, 1)
    command = (
        f"--data {data} --objective {name} {flags} --rounds {rounds} --decay {rounds} --seeds {seeds} --seed {seed}"
    )
    if not (out / "densities.json").exists():
        rare = f"--save-every {often} --sample-every {often} --log-every {max(rounds // 20, 1)} --out {out}"
        script = str(ROOT / "experiments" / "gan" / "densities.py")
        subprocess.run([sys.executable, script, *command.split(), *rare.split()], check=True, stdout=subprocess.DEVNULL)
    told = json.loads((out / "densities.json").read_text())
    return {"command": f"python experiments/gan/densities.py {command}", **told}


def main(config: Config) -> None:
    """Tune every objective equally, play each at equal rounds, and say what came out."""
    began = time.perf_counter()
    tuned: dict[str, dict[str, Any]] = {}
    rows = []
    for objective, settings in SETTINGS.items():
        short = (config.tuning_rounds, config.tuning_seeds, TUNING_SEED)
        tried = {
            flags: play(config.runs / "tuning" / f"{objective}-{i}", objective, flags, "grid", *short)
            for i, flags in enumerate(settings)
        }
        scores = {flags: told["jsd"]["mean"] for flags, told in tried.items()}
        chosen: str = min(scores, key=lambda flags: (scores[flags] != scores[flags], scores[flags]))  # NaN is the worst
        tuned[objective] = {"jsd": scores, "chosen": chosen}
        print(objective, tuned[objective], file=sys.stderr, flush=True)
    for objective in SETTINGS:
        for data in config.data:
            out = config.runs / f"{data}-{objective}"
            seeds = config.slow_seeds if objective in SLOW else config.seeds
            told = play(out, objective, tuned[objective]["chosen"], data, config.rounds, seeds, 0)
            rows.append({**told, "objective": objective})
            print(data, objective, told["modes"]["mean"], told["good"]["mean"], file=sys.stderr, flush=True)
    rounds = {"tuning_rounds": config.tuning_rounds, "tuning_seeds": config.tuning_seeds, "rounds": config.rounds}
    result = {**rounds, "tuned": tuned, "rows": rows}
    write_json(config.out, {**result, "seconds": time.perf_counter() - began, "environment": environment()})
    last = {f"{row['data']} {row['objective']}": (row["modes"]["mean"], row["good"]["mean"]) for row in rows}
    print(json.dumps(last))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
