"""Does a run draw where it is told to? A net that finds what real images show says how well it lies in the box.

    python benchmarks/evidence/placed.py --run runs/boxes --held-out "train[:100]" --out docs/results/gawwn-boxes

The finder learns from the run's training images, mirrored ones too, which pixels lie in their boxes. What it finds in
images that were drawn by sentences and boxes that the run never saw is compared with the box that was asked for and
with another one, as overlap: shared pixels by all pixels of either. Beside it stand the held-out real images.

Pictures: boxes, or keypoints, moved from left to right, stretched and shrunk, with the code and the sentence held. A
run that is told keypoints is shown without figures.
"""

import json
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from jax import Array
from PIL import ImageDraw

from jaxgen.abilities import Drawing
from jaxgen.cli import guarded, parse
from jaxgen.data import Source, Stream
from jaxgen.data.derived.transform import flips
from jaxgen.errors import InputError
from jaxgen.game import Game, init, play_rounds
from jaxgen.layers.spatial_transformer import into_box
from jaxgen.model import Model
from jaxgen.model.applied import Applied, of_state
from jaxgen.model.bound import Bound
from jaxgen.model.data import trained_on
from jaxgen.nets import net
from jaxgen.nets.gawwn import Block
from jaxgen.pixels import as_floats
from jaxgen.recipes.parts import begin, floats, player, seen
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # A run that is told boxes or keypoints.
    run: Path
    # Of its data: images that it was not trained on.
    held_out: str = "train[:100]"
    # Images that are drawn by each held-out box.
    each: int = 4
    # Rounds in which the finder learns, of 64 images.
    rounds: int = 800
    # Of the codes and the finder.
    seed: int = 0
    # A folder for test.json and pictures; else the figures are printed alone.
    out: Path | None = None


class Finder(nn.Module):
    """Images [B, H, W, C] in [-1, 1] -> logits [B, H, W] of showing what is looked for."""

    width: int = 16

    @nn.compact
    def __call__(self, x: Array, *, train: bool) -> Array:
        passed = []
        for k in range(3):
            passed.append(x)
            x = Block(self.width << k, 4, 2)(x, train=train)
        for k in reversed(range(3)):
            x = jnp.concatenate([Block(self.width << k, 4, -2)(x, train=train), passed.pop()], -1)
        return nn.Conv(1, (3, 3))(x)[..., 0]


def inside(boxes: Array, size: int) -> Array:
    """Boxes [B, n, 4], of which the first counts -> how much of each pixel lies in it, [B, size, size]."""
    box = jnp.where(jnp.isfinite(boxes[:, 0]), boxes[:, 0], 0)
    return into_box(jnp.ones((len(box), size, size, 1)), box, size)[..., 0]


def finder(source: Source, rounds: int, seed: int) -> Applied:
    """A trained finder of what boxes hold."""
    F, size = net(Finder()), source.fields.image.size

    def learn(cast: Any, batch: Any, turn: Any) -> Any:
        wrong = optax.sigmoid_binary_cross_entropy(cast("F", batch["image"]), inside(batch["boxes"], size))
        return {"wrong": (1.0, wrong.mean((1, 2)))}, {}

    nets, tx = {"F": F}, optax.adam(optax.cosine_decay_schedule(3e-3, rounds))
    game = Game(begin(nets, F=seen), {"F": player(nets, ("F",), tx, learn)}, prepare=floats)
    stream = Stream(source, batch=64, seed=seed)
    state = init(game, jax.random.key(seed), stream.whole(0))
    step = jax.jit(partial(play_rounds, game), donate_argnums=0)
    for number in range(rounds):
        state, _ = step(state, jax.tree.map(lambda x: x[None], stream.block(number, 1)))
    return of_state(state, "F", F)


def overlap(find: Applied, images: np.ndarray, boxes: np.ndarray) -> float:
    """The mean overlap of what is found in images, uint8, with boxes [B, n, 4]."""
    found, values = [], np.asarray(inside(jnp.asarray(boxes), images.shape[1])) > 0.5
    for i in range(0, len(images), 100):
        found.append(np.asarray(find(as_floats(images[i : i + 100]))) > 0)
    mask = np.concatenate(found)
    return float(((mask & values).sum((1, 2)) / np.maximum((mask | values).sum((1, 2)), 1)).mean())


def figures(config: Config, model: Model, draw: Bound[Drawing], test: dict[str, np.ndarray]) -> dict[str, Any]:
    """Overlaps with the asked box and with another one."""
    find = finder(flips(trained_on(model)), config.rounds, config.seed)
    some = np.isfinite(test["boxes"][:, 0]).all(-1)
    test = {name: x[some] for name, x in test.items()}
    given = {name: test[name] for name in draw.ability.conditions.fields}
    images = draw.images(draw.ability.codes(jax.random.key(config.seed), config.each * int(some.sum()), **given))
    every, other = (np.tile(x, (config.each, 1, 1)) for x in (test["boxes"], np.roll(test["boxes"], 1, 0)))
    right, wrong = overlap(find, images, every), overlap(find, images, other)
    real = {"box": overlap(find, test["image"], test["boxes"]),
            "another": overlap(find, test["image"], np.roll(test["boxes"], 1, 0))}  # fmt: skip
    alike = overlap_of_boxes(test["boxes"], np.roll(test["boxes"], 1, 0))
    return {"drawn": {"box": right, "another": wrong}, "real": real, "boxes": alike, "images": len(images)}


def overlap_of_boxes(a: np.ndarray, b: np.ndarray) -> float:
    """The mean overlap of boxes with each other: what says how different another box is."""
    x, y = (np.asarray(inside(jnp.asarray(box), 64)) > 0.5 for box in (a, b))
    return float(((x & y).sum((1, 2)) / np.maximum((x | y).sum((1, 2)), 1)).mean())


def moved(kind: str, first: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Places [rows * 7, ...]: a box, or keypoints within one, in motion; and what is done in each row."""
    steps = np.linspace(0, 1, 7)
    rows = {
        "moved": [(0.02 + 0.46 * t, 0.25, 0.5, 0.5) for t in steps],
        "stretched": [(0.5 - w / 2, 0.3, w, 0.4) for w in 0.3 + 0.6 * steps],
        "shrunk": [(0.5 - w / 2, 0.5 - w / 2, w, w) for w in 0.9 - 0.6 * steps],
    }
    boxes = np.array([box for row in rows.values() for box in row], np.float32)
    if kind == "boxes":
        return boxes[:, None], list(rows)
    low, high = np.nanmin(first, 0), np.nanmax(first, 0)
    shares = (first - low) / np.maximum(high - low, 1e-3)
    return boxes[:, None, :2] + shares * boxes[:, None, 2:], list(rows)


def marked(images: np.ndarray, places: np.ndarray, kind: str) -> np.ndarray:
    """Images, twice as large, with the places drawn into them."""
    from PIL import Image

    found = []
    for image, place in zip(images, places):
        picture = Image.fromarray(image).resize((image.shape[1] * 2, image.shape[0] * 2), Image.Resampling.BICUBIC)
        drawing, side = ImageDraw.Draw(picture), picture.width
        if kind == "boxes":
            x, y, w, h = place[0] * side
            drawing.rectangle((x, y, x + w - 1, y + h - 1), outline="red")
        else:
            for x, y in place[np.isfinite(place).all(-1)] * side:
                drawing.ellipse((x - 2, y - 2, x + 2, y + 2), fill="red")
        found.append(np.asarray(picture))
    return np.stack(found)


def motion(draw: Bound[Drawing], kind: str, test: dict[str, np.ndarray], seed: int) -> Any:
    """The picture of places in motion, the code and the sentence held: one example a row of each motion."""
    whole = np.argsort(-np.isfinite(test[kind]).sum(axis=tuple(range(1, test[kind].ndim))), kind="stable")[:2]
    sheets, titles = [], []
    for n in whole:
        places, names = moved(kind, test[kind][n])
        codes = dict(draw.ability.codes(jax.random.key(seed + int(n)), 1, **{
            name: test[name][n : n + 1] for name in draw.ability.conditions.fields}))  # fmt: skip
        every = {name: np.repeat(np.asarray(x), len(places), 0) for name, x in codes.items()} | {kind: places}
        sheets.append(marked(draw.images(every), places, kind))
        titles += names
    return pictures.titled(pictures.grid(np.concatenate(sheets), 7), rows=titles)


def main(config: Config) -> None:
    """Draw at places, and look where it was drawn."""
    model = Model(config.run)
    draw = model.ability(Drawing)
    kinds = [name for name, field in draw.ability.conditions.fields.items() if field.kind in ("boxes", "points")]
    if not kinds:
        raise InputError(f"{config.run} is told no places")
    source = trained_on(model, config.held_out)
    test = source.read(np.arange(source.length))
    result: dict[str, Any] = {"round": model.round, "held_out": config.held_out}
    if kinds[0] == "boxes":
        result |= figures(config, model, draw, test)
    if config.out:
        config.out.mkdir(parents=True, exist_ok=True)
        write_json(config.out / "test.json", result | {"seed": config.seed, "environment": environment()})
        write(config.out / "motion.png", pictures.png(motion(draw, kinds[0], test, config.seed).quantize(256)))
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
