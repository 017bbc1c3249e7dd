"""How near to the true images are enlarged ones? Whole images of a test set, by bicubic interpolation and by runs.

    python benchmarks/evidence/enlarged.py --test sr/Set5/x4 --factor 4 --runs runs/srresnet runs/srgan \\
        --out docs/results/super-resolution

PSNR and SSIM as papers have them: on MATLAB's luminance, borders cut off by the factor. Of three-channel images of the
set the bicubic ones must come out at the published figures (Set5: 33.64, 30.39 and 28.42 dB from the 8-bit files that
everybody has; 33.66, 30.39 and 28.42 where the luminance alone is shrunk and enlarged, unrounded, as in SRCNN's code).
LPIPS where its package is installed: pip install 'jaxgen[perceptual]'.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from jaxgen.abilities import Map
from jaxgen.cli import guarded, parse
from jaxgen.data.reading import bicubic, images
from jaxgen.data.reading.files import find
from jaxgen.errors import InputError, note
from jaxgen.features import lpips
from jaxgen.limits import AtLeast
from jaxgen.metrics.luma import luminance, on_luminance
from jaxgen.model import Model, tiles
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

Enlarge = Callable[[np.ndarray], np.ndarray]  # uint8 [h, w, 3] -> uint8 [factor h, factor w, 3]


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # A folder of images; those whose names end in _LR are the small ones beside _HR, else they are made.
    test: Path
    # How many times as large images become.
    factor: Annotated[int, AtLeast(2)] = 4
    # Runs of experiments/translation/super_resolution.py with that factor.
    runs: tuple[Path, ...] = ()
    # Side in pixels of the squares in the picture.
    square: Annotated[int, AtLeast(8)] = 96
    # A folder for x4.json and x4.png; else the answer is printed alone.
    out: Path | None = None


def pairs(folder: Path, factor: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By name: small images and large ones, uint8 RGB, the large ones cut to whole multiples of the factor."""
    files, found = find(folder), {}
    for file in files:
        if file.stem.endswith("_LR"):
            continue
        large = images.load(file, None, 3)
        height, width = (side // factor * factor for side in large.shape[:2])
        large, beside = large[:height, :width], file.with_stem(file.stem.replace("_HR", "_LR"))
        small = images.load(beside, None, 3) if beside in files and beside != file else bicubic.shrunk(large, factor)
        if (small.shape[0] * factor, small.shape[1] * factor) != large.shape[:2]:
            raise InputError(f"{beside} is not {factor} times smaller than {file}")
        found[file.stem.removesuffix("_HR")] = small, large
    return found


def by_run(path: Path, factor: int) -> Enlarge:
    """What a run makes of an image of any size."""
    model = Model(path)
    bound = model.ability(Map)
    (name,), (made,) = bound.ability.takes, bound.ability.gives
    if bound.ability.gives[made].shape[0] != factor * bound.ability.takes[name].shape[0]:
        raise InputError(f"{path} does not make images {factor} times as large")

    def enlarge(small: np.ndarray) -> np.ndarray:
        plan = tiles.plan(bound.ability, small.shape[:2], tile=256, pad=False, where=path)
        given = small.astype(np.float32) / 127.5 - 1
        return pictures.to_uint8(tiles.applied(bound, name, given, plan, {}, jax.random.key(0), lambda: None)[made])

    return enlarge


def srcnn(large: np.ndarray, factor: int) -> float:
    """The decibels of bicubic as SRCNN's code finds them: of the luminance alone, unrounded until the end."""
    true = luminance(large[None])[0]
    again = bicubic.resize(bicubic.resize(true / 255, Fraction(1, factor)), factor)
    found = np.clip(np.floor(again * 255 + 0.5), 0, 255)
    inner = slice(factor, -factor)
    return float(10 * np.log10(255**2 / np.mean((found - true.astype(float))[inner, inner] ** 2)))


def distance() -> Callable[[np.ndarray, np.ndarray], float] | None:
    """LPIPS of two images by AlexNet, or None where its weights are not here."""
    try:
        perceptual = lpips.load("alex")
    except InputError as error:
        note(f"without LPIPS: {error}")
        return None
    compare = jax.jit(perceptual.distance)

    def of(a: np.ndarray, b: np.ndarray) -> float:
        x, y = (jnp.asarray(image[None], jnp.float32) / 127.5 - 1 for image in (a, b))
        return float(compare(perceptual.variables, x, y)[0])

    return of


def measured(found: np.ndarray, true: np.ndarray, border: int, unlike: Callable | None) -> dict[str, float]:
    told = {name: float(value[0]) for name, value in on_luminance(found[None], true[None], border).items()}
    return told | ({"lpips": unlike(found, true)} if unlike else {})


def sheet(rows: Mapping[str, list[np.ndarray]], side: int) -> Image.Image:
    """Squares of every image, where the true one (the last row) varies most, a row each way."""

    def busiest(image: np.ndarray) -> tuple[int, int]:
        places = [(i, j) for i in range(0, image.shape[0] - side + 1, side // 4)
                  for j in range(0, image.shape[1] - side + 1, side // 4)]  # fmt: skip
        return max(places, key=lambda at: image[at[0] : at[0] + side, at[1] : at[1] + side].std())

    corners = [busiest(image) for image in list(rows.values())[-1]]
    squares = [x[i : i + side, j : j + side] for each in rows.values() for x, (i, j) in zip(each, corners)]
    return pictures.titled(pictures.grid(np.stack(squares), len(corners)), rows=list(rows))


def main(config: Config) -> None:
    """Enlarge every image, and measure it beside the true one."""
    test, unlike = pairs(config.test, config.factor), distance()
    ways: dict[str, Enlarge] = {"bicubic": lambda small: np.asarray(bicubic.resize(small, config.factor))}
    ways |= {run.name: by_run(run, config.factor) for run in config.runs}
    drawn = {way: [enlarge(small) for small, _ in test.values()] for way, enlarge in ways.items()}
    true = [large for _, large in test.values()]
    each = {way: [measured(*two, config.factor, unlike) for two in zip(made, true)] for way, made in drawn.items()}
    result: dict[str, Any] = {"test": config.test.name, "factor": config.factor, "images": list(test)}
    for way, figures in each.items():
        means = {name: float(np.mean([one[name] for one in figures])) for name in figures[0]}
        result[way] = {**means, "each": {name: [one[name] for one in figures] for name in figures[0]}}
    result["bicubic"]["psnr_of_luminance_alone"] = float(np.mean([srcnn(image, config.factor) for image in true]))
    rounds = {run.name: Model(run).round for run in config.runs}
    if config.out:
        config.out.mkdir(parents=True, exist_ok=True)
        about = {"rounds": rounds, "environment": environment()}
        write_json(config.out / f"x{config.factor}.json", result | about)
        picture = sheet({**drawn, "true": true}, config.square)
        write(config.out / f"x{config.factor}.png", pictures.png(picture))
    print(json.dumps({way: {n: v for n, v in result[way].items() if n != "each"} for way in ways}))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
