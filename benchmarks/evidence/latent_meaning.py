"""Do moves in a GAN's latent space mean what they are said to mean?

    python experiments/classifiers/classifier.py --dataset mnist --rounds 1200 --decay 1200 --out runs/mnist-classifier
    python experiments/gan/dcgan.py --dataset mnist --width 32 --rounds 3000 --out runs/mnist-gan
    python benchmarks/evidence/latent_meaning.py --run runs/mnist-gan --classifier runs/mnist-classifier

A classifier judges. Arithmetic: a code of class s plus the mean of n codes of t minus the mean of n codes of s, s and t
drawn anew each time; is the image a t? And where the first code is a mean of n codes of s too, as in the paper?
Directions: a code that is no t is moved towards t; is the image a t? How far is chosen for each class on other codes
than it is measured on, and the directions come from yet others. Beside both, moves of the same length in a random
direction of each code's own, and the share of t among all samples. Paths: the perceptual path length of lines and of
spheres, and how sure the classifier is of their middles.

Writes docs/results/latent_meaning.json and .png, and ends in one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import tyro
from matplotlib.figure import Figure

from jaxgen.abilities import Draw
from jaxgen.errors import InputError
from jaxgen.features import lpips
from jaxgen.latents import PRIORS
from jaxgen.metrics import path_length
from jaxgen.model import Bound, Model, classes
from jaxgen.model.classes import classifier_features
from jaxgen.sampling import directions, geometry
from jaxgen.show import pictures, plots
from jaxgen.store.environment import environment
from jaxgen.store.folder import Folder, write, write_json

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"
SURE = 0.9  # the classifier's probability from which a sample is an example of a class
LINES = {"boundary": plots.CRITIC, "difference": plots.FAKE, "random": plots.REAL}


@dataclass(frozen=True)
class Config:
    # A run whose images are made from latent codes.
    run: Path
    # A run of experiments/classifiers/classifier.py on the same data.
    classifier: Path
    # Codes that directions are learned, and examples taken, from.
    pool: int = 10_000
    # Draws of arithmetic, for each number of examples.
    draws: int = 2000
    # Numbers of examples that are averaged.
    examples: tuple[int, ...] = (1, 3, 10, 100)
    # Codes for each class that lengths of steps are chosen on, and as many others that they are measured on.
    codes: int = 500
    # The longest step along a direction; all whole numbers up to it are tried.
    longest: int = 12
    # Paths whose length is measured.
    paths: int = 5000
    # Of codes and choices.
    seed: int = 0
    # A folder for the results.
    out: Path = RESULTS


class Codes(NamedTuple):
    """Codes [N, latent], and the classifier's probabilities [N, K] for their images."""

    z: np.ndarray
    seen: np.ndarray

    def of(self, number: int, sure: float = 0.0) -> np.ndarray:
        """The codes of a class."""
        return self.z[(self.seen.argmax(1) == number) & (self.seen[:, number] >= sure)]

    def share(self, number: int) -> float:
        return float(np.mean(self.seen.argmax(1) == number))


See = Callable[[Any], np.ndarray]  # codes [N, latent] -> probabilities [N, K]


def control(key: jax.Array, moves: np.ndarray) -> np.ndarray:
    """A random direction for each move [N, latent], as long as that."""
    return np.stack([directions.random(k, move) for k, move in zip(jax.random.split(key, len(moves)), moves)])


def arithmetic(config: Config, see: See, pool: Codes, test: Codes) -> list[dict[str, Any]]:
    """Shares of the intended class, by the number of examples."""
    rng = np.random.default_rng(config.seed)
    kinds = pool.seen.shape[1]
    examples, starts = ([codes.of(k, SURE) for k in range(kinds)] for codes in (pool, test))
    rows = []
    for n in config.examples:
        pairs = [rng.choice(kinds, 2, replace=False) for _ in range(config.draws)]
        a, b = (np.stack([rng.choice(examples[pair[i]], n, replace=False) for pair in pairs]) for i in (1, 0))
        c = np.stack([rng.choice(starts[pair[0]], n, replace=False) for pair in pairs])
        to = np.array([pair[1] for pair in pairs])
        made = np.asarray(jax.vmap(geometry.arithmetic)(a, b, c[:, :1]))
        beside = c[:, 0] + control(jax.random.key(config.seed), made - c[:, 0])
        found = {
            "intended": made,
            "of_a_mean": jax.vmap(geometry.arithmetic)(a, b, c),
            "random": beside,
            "mean_of_target": a.mean(1),
        }
        shares = {name: float(np.mean(see(z).argmax(1) == to)) for name, z in found.items()}
        length = float(np.linalg.norm(made - c[:, 0], axis=1).mean())
        rows.append({"examples": n, **shares, "chance": float(np.mean([pool.share(k) for k in to])), "length": length})
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def along(config: Config, see: See, pool: Codes, choose: Codes, test: Codes) -> dict[str, Any]:
    """Shares that reach a class along directions: on the choosing codes by step, on the others at the best step."""
    kinds, steps = pool.seen.shape[1], np.arange(1, config.longest + 1, dtype=np.float32)
    ways = {"boundary": directions.boundary, "difference": directions.difference}
    curves: dict[str, list[list[float]]] = {name: [] for name in LINES}
    reached: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    found = {}
    for k in range(kinds):
        is_k = pool.seen.argmax(1) == k
        other, held = (codes.z[codes.seen.argmax(1) != k][: config.codes] for codes in (choose, test))
        units = {name: way(pool.z, is_k) for name, way in ways.items()}
        units = {name: unit / np.linalg.norm(unit) for name, unit in units.items()}
        found[k] = units["boundary"]
        moves = {name: np.broadcast_to(unit, other.shape) for name, unit in units.items()}
        moves["random"] = control(jax.random.key(k), moves["boundary"])
        for name, move in moves.items():
            places = np.asarray(geometry.traverse(other, move, steps))
            hit = see(places.reshape(-1, places.shape[-1])).argmax(1) == k
            curves[name].append(hit.reshape(len(other), -1).mean(0).tolist())
        for name, unit in units.items():
            best = steps[int(np.argmax(curves[name][k]))]
            move = np.broadcast_to(best * unit, held.shape)
            there, beside = see(held + move), see(held + control(jax.random.key(kinds + k), move))
            reached[name].append({
                "class": k, "step": float(best), "reached": float(np.mean(there.argmax(1) == k)),
                "surely": float(np.mean(there[:, k] >= SURE)), "random": float(np.mean(beside.argmax(1) == k)),
            })  # fmt: skip
        print({name: rows[-1] for name, rows in reached.items()}, file=sys.stderr, flush=True)
    chance = [pool.share(k) for k in range(kinds)]
    told = {"steps": steps.tolist(), "curves": curves, "reached": reached, "chance": chance}
    return {**told, "picture": (test.z[0], found, steps)}


def paths(config: Config, draw: Bound[Draw], see: See) -> dict[str, Any]:
    """Perceptual path lengths of lines and of spheres, and how sure the classifier is in their middles."""
    features = classifier_features(config.classifier)

    def apart(a: jax.Array, b: jax.Array) -> jax.Array:
        """The squared distance of features of unit length, as LPIPS has it of each layer's."""
        x, y = (features.apply(features.variables, images)["features"] for images in (a, b))
        x, y = (v / jnp.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
        return jnp.sum(jnp.square(x - y), 1)

    measures: dict[str, Any] = {features.name: apart}
    try:
        net = lpips.load("vgg")
        colour = lambda x: jnp.repeat(x, 3 // x.shape[-1], -1)  # noqa: E731
        measures[net.name] = lambda a, b: net.distance(net.variables, colour(a), colour(b))
    except (InputError, ImportError) as error:
        print(f"no LPIPS: {error}", file=sys.stderr)
    sampler = draw.ability
    generate = draw.function(sampler.draw)
    prior = lambda key: PRIORS[sampler.prior](key[None], sampler.latent)[0]  # noqa: E731
    keys = jax.random.split(jax.random.key(config.seed), config.paths)
    ends = np.asarray(sampler.codes(jax.random.key(config.seed + 3), 2 * config.paths))
    half = jnp.full(config.paths, 0.5)
    again = np.random.default_rng(config.seed).integers(0, config.paths, (200, config.paths))  # the same paths for both
    told: dict[str, Any] = {}
    resampled: dict[str, dict[str, np.ndarray]] = {}
    for name, between in {"line": geometry.on_line, "sphere": geometry.on_sphere}.items():
        found = {m: path_length.sampled(generate, d, prior, keys, between=between) for m, d in measures.items()}
        sure = see(between(ends[: config.paths], ends[config.paths :], half)).max(1)
        resampled[name] = {m: np.array([path_length.mean_length(v[i]) for i in again]) for m, v in found.items()}
        told[name] = {
            "lengths": {m: path_length.mean_length(values) for m, values in found.items()},
            "errors": {m: float(values.std()) for m, values in resampled[name].items()},
            "sure_in_the_middle": float(np.mean(sure >= SURE)),
        }
        print(name, told[name], file=sys.stderr, flush=True)
    for m in measures:
        ratios = resampled["line"][m] / resampled["sphere"][m]
        told.setdefault("line_to_sphere", {})[m] = np.percentile(ratios, [2.5, 97.5]).tolist()  # by the bootstrap
    return {**told, "sure_at_the_ends": float(np.mean(see(ends).max(1) >= SURE))}


def picture(draw: Bound[Draw], told: dict[str, Any]) -> bytes:
    """Shares by step, and one code moved to each class along the boundaries' normals."""
    start, ways, steps = told["picture"]
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, colour in LINES.items():
        left.plot([0, *told["steps"]], [0, *np.mean(told["curves"][name], 0)], color=colour, label=name)
    left.axhline(np.mean(told["chance"]), color=plots.INK, linewidth=0.8, linestyle=":", label="share of all samples")
    left.set(xlabel="step", ylabel="share that is of the class", ylim=(0, 1))
    left.legend()
    rows = np.stack(list(ways.values()))
    amounts = np.concatenate([[0], steps[: max(1, len(steps) * 3 // 4)]]).astype(np.float32)
    z = np.asarray(geometry.traverse(np.tile(start, (len(rows), 1)), rows, amounts))
    images = draw.images(z.reshape(-1, z.shape[-1]))
    right.imshow(np.asarray(pictures.grid(images, len(amounts))), cmap="gray")
    right.set(xticks=[], yticks=[], title="one code, towards each class in turn")
    return pictures.png(plots.rendered(figure))


def main(config: Config) -> None:
    """Judge arithmetic, directions and paths by a classifier."""
    began = time.perf_counter()
    draw = Model(config.run).ability(Draw)
    sampler = draw.ability

    def see(z: Any) -> np.ndarray:
        return classes.probabilities(config.classifier, draw.images(np.asarray(z)))

    drawn = [np.asarray(sampler.codes(jax.random.key(config.seed + i), config.pool)) for i in range(3)]
    pool, choose, test = (Codes(z, see(z)) for z in drawn)
    moved = along(config, see, pool, choose, test)
    settings = {name: str(v) if isinstance(v, Path) else v for name, v in asdict(config).items() if name != "out"}
    trainings = {name: Folder(getattr(config, name)).config()["settings"] for name in ("run", "classifier")}
    result = {
        "settings": settings,
        "dataset": trainings["run"]["dataset"],
        "rounds": {name: trainings[name]["rounds"] for name in trainings},
        "sure": float(np.mean(pool.seen.max(1) >= SURE)),
        "arithmetic": arithmetic(config, see, pool, test),
        "directions": {name: value for name, value in moved.items() if name != "picture"},
        "paths": paths(config, draw, see),
    }
    write(config.out / "latent_meaning.png", picture(draw, moved))
    seconds = round(time.perf_counter() - began, 1)
    write_json(config.out / "latent_meaning.json", {**result, "seconds": seconds, "environment": environment()})
    last = {name: float(np.mean([r["reached"] for r in rows])) for name, rows in moved["reached"].items()}
    print(json.dumps({"arithmetic": {r["examples"]: r["intended"] for r in result["arithmetic"]}, "directions": last}))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
