"""Does a denoising autoencoder's encoder help where labels are few?

    python benchmarks/evidence/pretraining.py --dataset mnist

An autoencoder learns from all training images without their labels. Its encoder, and beside it one with random
weights, then classify from some labels: through a linear layer on their codes (a linear probe) and fine-tuned.
Accuracies are of the whole test split. A seed means new weights, a new order of the data and another labelled subset,
the same one for all four. All have the same settings, and none is stopped early.

Writes docs/results/pretraining.json and ends in one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import tyro

from jaxgen import recipes
from jaxgen.data import Source, Stream, labelled, open_source
from jaxgen.data.source import decoded, in_memory
from jaxgen.game import Game, State, init, play_rounds
from jaxgen.nets import mlp, net, vae
from jaxgen.recipes.autoencoders.corruption import masking
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"


@dataclass(frozen=True)
class Config:
    # A data set with labels and a test split.
    dataset: str = "mnist"
    # Where TFDS keeps prepared data sets.
    data_dir: Path | None = None
    # Numbers of labels, the same for every class.
    labels: tuple[int, ...] = (100, 1000)
    # Repetitions.
    seeds: int = 3
    # Rounds of the autoencoder, 128 images each, its steps growing smaller along a cosine.
    rounds: int = 4000
    # Rounds of each classifier, 100 images each.
    classifier_rounds: int = 500
    # Units of the encoder's two hidden layers, and of the decoder's.
    width: int = 500
    # Length of the code.
    latent: int = 64
    # Share of an image's numbers that the autoencoder does not see.
    masked: float = 0.5
    # Adam's first step size, of the autoencoder and of fine-tuning; a probe's is ten times that.
    lr: float = 1e-3
    # A folder for the results.
    out: Path = RESULTS


Train = Callable[..., State]  # source, seed, parameters of nets by name -> the state after training


def training(game: Game, batch: int, rounds: int) -> Train:
    """A function that plays a game, some of its nets begun with parameters that are given."""
    step = jax.jit(partial(play_rounds, game), donate_argnums=0)

    def train(source: Source, seed: int, **given: Any) -> State:
        stream = Stream(source, batch=batch, seed=seed)
        state = init(game, jax.random.key(seed), stream.whole(0))
        state = state._replace(params={**state.params, **jax.tree.map(jnp.copy, given)})
        for number in range(rounds):
            state, _ = step(state, jax.tree.map(lambda x: x[None], stream.block(number, 1)))
        return state

    return train


def accuracy(logits: Callable, source: Source) -> float:
    """Share of a source's images that are classified rightly."""
    right = 0
    for i in range(0, source.length, 1000):
        batch = source.read(np.arange(i, min(i + 1000, source.length)))
        right += int(np.sum(np.argmax(logits(batch["image"]), -1) == batch["label"]))
    return right / source.length


def some(source: Source, count: int, seed: int) -> Source:
    """A labelled subset with as many images of every class."""
    classes = labelled.classes(source)
    if count % classes:
        raise SystemExit(f"--labels {count} does not divide among {classes} classes")
    return in_memory(f"{count} labels", source.read(labelled.few(source, count // classes, seed)))


def measure(config: Config, train: Source, test: Source) -> list[dict[str, Any]]:
    """Accuracies, one of each seed, by the labels, the encoder's weights and what is trained."""
    width, pixels = (config.width, config.width), train.shape
    E, C = net(mlp.Encoder(config.latent, width)), net(mlp.Points(labelled.classes(train), ()))
    G = net(vae.Decoder(pixels[0], pixels[2], width))
    steps = optax.cosine_decay_schedule(config.lr, config.rounds)
    pretrain = training(
        recipes.autoencoder(E, G, tx=optax.adam(steps), corrupt=masking(config.masked)), 128, config.rounds
    )
    ways = {
        "linear probe": (False, optax.adam(10 * config.lr)),
        "fine-tuned": (True, optax.adam(config.lr)),
    }
    learn = {
        way: training(recipes.probe(E, C, tx=tx, tune=tune), 100, config.classifier_rounds)
        for way, (tune, tx) in ways.items()
    }

    @jax.jit
    def logits(params: Any, images: Any) -> Any:
        code, _ = E.apply(params["E"], {}, images.astype(jnp.float32) / 127.5 - 1, train=False)
        return C.apply(params["C"], {}, code, train=False)[0]

    found: dict[tuple[int, str, str], list[float]] = {}
    for seed in range(config.seeds):
        weights: dict[str, Any] = {"random": {}, "pre-trained": {"E": pretrain(train, seed).ema["E"]}}
        for count, (name, given), way in product(config.labels, weights.items(), ways):
            state = learn[way](some(train, count, seed), seed, **given)
            right = accuracy(partial(logits, state.params), test)
            found.setdefault((count, name, way), []).append(right)
            print(f"seed {seed}, {count} labels, {name}, {way}: {right:.4f}", file=sys.stderr, flush=True)
    return [
        {"labels": count, "weights": name, "trained": way, "accuracies": values,
         "accuracy": {"mean": float(np.mean(values)), "std": float(np.std(values))}}
        for (count, name, way), values in found.items()
    ]  # fmt: skip


def main(config: Config) -> None:
    """Classify from few labels, with and without pre-training."""
    began = time.perf_counter()
    train, test = (
        decoded(open_source(config.dataset, split=split, data_dir=config.data_dir)) for split in ("train", "test")
    )
    rows = measure(config, train, test)
    settings = {name: value for name, value in asdict(config).items() if name not in ("out", "data_dir")}
    result = {"settings": settings, "rows": rows}
    seconds = round(time.perf_counter() - began, 1)
    write_json(config.out / "pretraining.json", {**result, "seconds": seconds, "environment": environment()})
    print(json.dumps({f"{r['labels']} {r['weights']} {r['trained']}": round(r["accuracy"]["mean"], 4) for r in rows}))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
