"""Does a run draw what sentences say? Of faces: by classifiers of real images, one for a word, of sentences that it was
trained with and of those that were left out. Of any images: by how often their sentence is found among others.

    python benchmarks/evidence/said.py --run runs/told --real "train[:1000]" --classifiers runs/hair runs/eyes \\
        --match runs/words --out docs/results/text-faces

Beside it stands what is said of real images, which no run can be seen to surpass, and of drawn ones beside sentences
that are not theirs.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxgen.abilities import Draw, Match
from jaxgen.cli import guarded, parse
from jaxgen.data import Field, open_source
from jaxgen.data.reading import words
from jaxgen.data.reading.images import fit_array
from jaxgen.measure import matching
from jaxgen.model import Model, classifier
from jaxgen.model.bound import Bound
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json


@dataclass(frozen=True)
class Config:
    """What is asked, and where the answer goes."""

    # A run that draws by sentences.
    run: Path
    # Split of its data that it was not trained on, whose images stand beside.
    real: str = "train[:1000]"
    # Runs of experiments/classifiers/classifier.py on words of sentences, each by its --word.
    classifiers: tuple[Path, ...] = ()
    # A run of experiments/conditional/captions.py on the same data.
    match: Path | None = None
    # Images of each sentence that was trained with, and of each that was left out.
    each: tuple[int, int] = (20, 160)
    # Sentences, and images of each, in the picture.
    shown: tuple[int, int] = (12, 8)
    # Of the codes.
    seed: int = 0
    # A folder for test.json and test.png; else the answer is printed alone.
    out: Path | None = None


def drawn(draw: Bound[Draw], tokens: np.ndarray, each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """As many images of every sentence [n, L], and the sentences [n each, L] that they are of."""
    told = np.repeat(tokens, each, 0)
    return draw.images(draw.ability.codes(jax.random.key(seed), len(told), caption=told)), told


def named_by(classifiers: tuple[Path, ...]) -> dict[int, Any]:
    """Classifiers of words, by the words' places: each with the words and the size of the images that it sees."""
    found = {}
    for path in classifiers:
        told = Model(path)
        found[told.settings["word"]] = classifier(path), told.config["abilities"][0]["names"], told.settings["size"]
    return found


def right(named: Mapping[int, Any], images: np.ndarray, tokens: np.ndarray, field: Field) -> dict[str, float]:
    """Of how many images the classifiers say the words of the sentence, by place and of all places at once."""
    found = {}
    for place, (logits, names, size) in named.items():
        seen = np.stack([fit_array(image, size, image.shape[-1]) for image in images])
        said = np.concatenate([np.asarray(logits(seen[i : i + 500])).argmax(1) for i in range(0, len(seen), 500)])
        found[f"word {place}"] = np.array([names[k] for k in said]) == np.array(field.names)[tokens[:, place - 1]]
    every = {**found, "all": np.all(list(found.values()), 0)}
    return {name: float(np.mean(agreed)) for name, agreed in every.items()} | {"images": len(images)}


def main(config: Config) -> None:
    """Draw images of every sentence of the data, and ask what they show."""
    model = Model(config.run)
    draw, settings = model.ability(Draw), model.settings
    field, where = draw.ability.takes["caption"], {"size": settings["size"], "crop": settings.get("crop")}
    real = open_source(settings["dataset"], split=config.real, **where)
    beside = real.read(np.arange(real.length))
    left_out = words.encode(settings["without"], field) if settings.get("without") else np.zeros((0, *field.shape), int)
    known = np.unique(beside["caption"], axis=0)
    new = (known[:, None] == left_out[None]).all(2).any(1)
    parts = {"trained with": known[~new], "left out": left_out}
    named = named_by(config.classifiers)
    result: dict[str, Any] = {"round": model.round, "sentences": {name: len(part) for name, part in parts.items()}}
    for n, (name, part) in enumerate(parts.items()):
        if not len(part):
            continue
        images, tokens = drawn(draw, part, config.each[n], config.seed + n)
        of = (beside["caption"][:, None] == part[None]).all(2).any(1)
        sets = {"drawn": (images, tokens), "real": (beside["image"][of], beside["caption"][of])}
        sets["another's"] = images, np.random.default_rng(config.seed).permutation(tokens)
        if named:
            result[name] = {what: right(named, *each, field) for what, each in sets.items()}
        if config.match and n == 0:
            match = Model(config.match).ability(Match)
            result["found"] = {what: matching.of_images(match, *each) for what, each in sets.items()}
    print(json.dumps(result))
    if config.out:
        config.out.mkdir(parents=True, exist_ok=True)
        write_json(config.out / "test.json", result | {"seed": config.seed, "environment": environment()})
        rows, columns = config.shown
        some = (parts["left out"] if len(left_out) else known)[:rows]
        images, _ = drawn(draw, some, columns, config.seed)
        titles = [words.decode(tokens, field) for tokens in some]
        write(config.out / "test.png", pictures.png(pictures.titled(pictures.grid(images, columns), rows=titles)))


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(parse(Config, sys.argv[1:], sys.argv[0], main.__doc__ or ""))))
