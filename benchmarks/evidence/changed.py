"""Does a run change the attribute that is asked for, and keep the others? By classifiers of real images, one for each
group of attributes that exclude each other; of images that neither it nor they were trained on.

    python experiments/classifiers/classifier.py --dataset captions:faces --size 64 --word 1 --split "train[1000:]" \\
        --out runs/hair
    python benchmarks/evidence/changed.py --run runs/changed --judges hair=runs/hair eyes=runs/eyes \\
        --split "train[:1000]" --slide hair=green --out docs/results/attgan-faces

Of each group every image gets another attribute than its own, drawn at random. Beside it stands what the classifiers
say of the real images: a run can hardly surpass that.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxgen.abilities import Change, Classify
from jaxgen.cli import guarded, parse
from jaxgen.commands import changes
from jaxgen.data import attributes
from jaxgen.data.reading.images import fit_array
from jaxgen.errors import InputError
from jaxgen.metrics.images import mean_psnr, psnr
from jaxgen.model import Model
from jaxgen.model.bound import Bound
from jaxgen.model.data import trained_on
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

CHUNK = 100  # images that are changed together
SLIDE = (-1, -0.5, 0, 0.5, 1, 1.5, 2)


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # A run of experiments/translation/attributes.py.
    run: Path
    # Runs of experiments/classifiers/classifier.py, each with the name of what it tells: hair=runs/hair.
    judges: tuple[str, ...]
    # Split of the run's data that neither was trained on: test, or a slice.
    split: str = "train[:1000]"
    # How much of an attribute is asked for: 1 is what images have.
    strength: float = 1.0
    # An attribute that slide.png shows from -1 to 2, as of jaxgen apply --set.
    slide: str | None = None
    # Images in a picture.
    shown: int = 8
    # Of which attributes are asked for.
    seed: int = 0
    # A folder for test.json, test.png and slide.png; else the answer is printed alone.
    out: Path | None = None


class Judge(NamedTuple):
    """A classifier of what excludes each other."""

    bound: Bound[Classify]
    size: int

    def says(self, images: np.ndarray) -> np.ndarray:
        """Names of classes, by uint8 images."""
        seen = np.stack([fit_array(image, self.size, image.shape[-1]) for image in images])
        x = seen.astype(np.float32) / 127.5 - 1
        parts = [self.bound(self.bound.ability.logits, x[i : i + CHUNK]) for i in range(0, len(x), CHUNK)]
        return np.array(self.bound.ability.names)[np.concatenate(parts).argmax(1)]


def judges(told: tuple[str, ...]) -> dict[str, Judge]:
    """Classifiers by the group that they tell."""
    found = {}
    for name, _, path in (one.partition("=") for one in told):
        if not path:
            raise InputError(f"--judges {name}: a group of attributes and a run, hair=runs/hair")
        model = Model(path)
        found[name] = Judge(model.ability(Classify), model.settings["size"])
    return found


def changed(bound: Bound[Change], images: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """uint8 images with attributes [N, n] of -1 to 1, or beyond, NaN where they stay: uint8."""
    (seen, told), (given,), made = bound.ability.takes, bound.ability.gives, []
    for start in range(0, len(images), CHUNK):
        rows = np.minimum(np.arange(start, start + CHUNK), len(images) - 1)  # one shape, one compilation
        inputs = {seen: images[rows].astype(np.float32) / np.float32(127.5) - 1, told: wanted[rows]}
        found = np.asarray(bound(bound.ability.apply, inputs, jax.random.split(jax.random.key(0), CHUNK))[given])
        made.append(pictures.to_uint8(found)[: len(images) - start])
    return np.concatenate(made)


def main(config: Config) -> None:
    """Change attributes, and let classifiers say what came of it."""
    model = Model(config.run)
    bound, settings = model.ability(Change), model.settings
    steps, chosen = attributes.steps(settings["steps"]), settings["attributes"]
    source = attributes.beside(trained_on(model, config.split), chosen, steps)
    batches = list(source.chunks())
    images, own = (np.concatenate([batch[name] for batch in batches]) for name in ("image", "attributes"))
    field, rng, told = bound.ability.takes["attributes"], np.random.default_rng(config.seed), judges(config.judges)
    group = {field.names[places[0]].partition("=")[0]: places for places in attributes.groups(field.names)}
    if unknown := [name for name in told if name not in group]:
        raise InputError(f"--judges {unknown[0]}: the run changes {', '.join(group)}")
    names = {of: np.array([field.names[place].partition("=")[2] for place in group[of]]) for of in told}
    true = {of: names[of][own[:, group[of]].argmax(1)] for of in told}
    before = {of: judge.says(images) for of, judge in told.items()}
    signed = (2 * own - 1).astype(np.float32)
    again = changed(bound, images, signed)
    result: dict[str, Any] = {
        "images": len(images),
        "split": config.split,
        "round": model.round,
        "strength": config.strength,
        "psnr": mean_psnr(psnr(again, images))._asdict(),
        "real": {of: float((before[of] == true[of]).mean()) for of in told},
        "again": {of: float((judge.says(again) == true[of]).mean()) for of, judge in told.items()},
        "changed": {},
    }
    rows = {"given": images, "again": again}
    for of, places in ((of, group[of]) for of in told):
        had = own[:, places].argmax(1)
        new = (had + rng.integers(1, len(places), len(images))) % len(places)
        wanted = signed.copy()
        wanted[:, places] = -1
        wanted[np.arange(len(images)), np.array(places)[new]] = config.strength
        made = changed(bound, images, wanted)
        said = {each: judge.says(made) for each, judge in told.items()}
        result["changed"][of] = {"right": float((said[of] == names[of][new]).mean())} | {
            "kept": {each: float((said[each] == before[each]).mean()) for each in told if each != of}
        }
        rows[f"other {of}"] = made
    if config.out:
        save(config, result, rows, bound, images)
    print(json.dumps(result))


def save(
    config: Config, result: Mapping[str, Any], rows: Mapping[str, np.ndarray], bound: Bound[Change], images: np.ndarray
) -> None:
    """The figures, and pictures of what they are of."""
    assert config.out
    config.out.mkdir(parents=True, exist_ok=True)
    write_json(config.out / "test.json", {**result, "seed": config.seed, "environment": environment()})
    few = np.concatenate([x[: config.shown] for x in rows.values()]).astype(np.float32) / 127.5 - 1
    write(config.out / "test.png", pictures.png(pictures.of_rows(*rows)(few)))
    if config.slide:
        field, some = bound.ability.takes["attributes"], images[: config.shown]
        steps = [changes.read(field, [f"{config.slide}:{step}"], "slide").repeat(len(some), 0) for step in SLIDE]
        slid = np.concatenate([changed(bound, some, wanted) for wanted in steps]).astype(np.float32) / 127.5 - 1
        titles = [f"{config.slide} {step:g}" for step in SLIDE]
        write(config.out / "slide.png", pictures.png(pictures.of_rows(*titles)(slid)))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
