"""What did an InfoGAN's codes become? Its classes beside labels, and its numbers beside what changes in its images.

    python benchmarks/evidence/codes_found.py --runs runs/infogan-0 runs/infogan-1 --out docs/results/infogan-mnist

Accuracies are those that the runs measured when they ended (test.json). A number of the code is compared with an
image's ink, its slant, its width and its height by their correlation over drawn images, within classes of the code. The
picture has a row a class: any z; then the first number of the code from -2 to 2, and the second (figure 2 of Chen et
al. 2016).
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxgen.abilities import Draw
from jaxgen.cli import guarded, parse
from jaxgen.errors import InputError
from jaxgen.model import Model
from jaxgen.model.bound import Bound
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # Runs of experiments/conditional/infogan.py with the same settings, but for their seeds.
    runs: tuple[Path, ...]
    # Drawn images by which numbers are compared with what changes.
    images: int = 4000
    # A folder for test.json and codes.png; else the answer is printed alone.
    out: Path | None = None


def moments(images: np.ndarray) -> Mapping[str, np.ndarray]:
    """What can change in uint8 images [N, H, W, C] of something light on black: [N] each.

    Ink is the mean brightness. Slant is the slope of the line through the ink, in columns a row, to the right positive
    where the upper part leans right; width and height are deviations across and along, in pixels, without the slant.
    """
    ink = images.astype(float).mean(-1) / 255
    total = np.maximum(ink.sum((1, 2)), 1e-6)
    rows, columns = np.indices(ink.shape[1:]).astype(float)

    def mean(of: Any) -> np.ndarray:
        return (ink * of).sum((1, 2)) / total

    y = rows - mean(rows)[:, None, None]
    x = columns - mean(columns)[:, None, None]
    slope = mean(x * y) / np.maximum(mean(y * y), 1e-6)
    across = x - slope[:, None, None] * y
    return {
        "ink": ink.mean((1, 2)),
        "slant": -slope,
        "width": np.sqrt(mean(across * across)),
        "height": np.sqrt(mean(y * y)),
    }


def correlations(draws: Bound[Draw], numbers: int, count: int) -> list[dict[str, float]]:
    """Of each number of the code with all that can change, within classes of the code."""
    codes = draws.ability.codes(jax.random.key(0), count)
    found = {**moments(draws.images(codes)), **{f"c{i}": np.asarray(codes["z"][:, i]) for i in range(numbers)}}
    classes = np.asarray(codes["code"])
    for name, values in found.items():
        means = np.bincount(classes, values) / np.maximum(np.bincount(classes), 1)
        found[name] = values - means[classes]
    changes = [name for name in found if not name.startswith("c")]
    return [{name: float(np.corrcoef(found[f"c{i}"], found[name])[0, 1]) for name in changes} for i in range(numbers)]


def picture(draws: Bound[Draw], numbers: int, titles: list[str]) -> np.ndarray:
    """Rows of classes: ten of any z, then each number of the code from -2 to 2 with all else as it is."""
    count, drawn = len(titles), []
    z = np.asarray(draws.ability.latents(jax.random.key(1), 10 * count))
    drawn.append(draws.images({"z": z, "code": np.repeat(np.arange(count), 10)}).reshape(count, 10, *_shape(draws)))
    for i in range(numbers):
        moved = np.repeat(z[::10], 9, 0).reshape(count, 9, -1)
        moved[:, :, i] = np.linspace(-2, 2, 9)
        moved[:, :, [k for k in range(numbers) if k != i]] = 0
        images = draws.images({"z": moved.reshape(count * 9, -1), "code": np.repeat(np.arange(count), 9)})
        drawn += [np.full((count, 1, *_shape(draws)), 255, np.uint8), images.reshape(count, 9, *_shape(draws))]
    sheet = np.concatenate(drawn, 1)
    return sheet.reshape(-1, *sheet.shape[2:])


def _shape(draws: Bound[Draw]) -> tuple[int, int, int]:
    module: Any = draws.ability.module
    return module.size, module.size, module.channels


def main(config: Config) -> None:
    """Read what the runs measured, compare their numbers with what changes, and draw the first one's codes."""
    rows = []
    for path in config.runs:
        model = Model(path)
        if "information" not in model.settings:
            raise InputError(f"{path} is no run of infogan")
        draws, numbers = model.ability(Draw), model.settings["continuous"]
        measured = json.loads((path / "test.json").read_text())
        became = correlations(draws, numbers, config.images)
        rows.append({"seed": model.settings["seed"], **measured, "numbers": became})
        if config.out and path == config.runs[0]:
            titles = [f"{k}: {name}" for k, name in enumerate(measured["classes"])]
            images = picture(draws, numbers, titles)
            sheet = pictures.titled(pictures.grid(images, len(images) // len(titles)), rows=titles)
            write(config.out / "codes.png", pictures.png(sheet))
    accuracies = [row["accuracy"] for row in rows]
    result = {"accuracy": float(np.mean(accuracies)), "worst": min(accuracies), "runs": rows}
    if config.out:
        write_json(config.out / "test.json", result | {"environment": environment()})
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
