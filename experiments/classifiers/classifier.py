"""A classifier of small images with labels, which counts the modes of generators of the same images.

python experiments/classifiers/classifier.py --dataset mnist --out runs/classifier
python experiments/classifiers/classifier.py --dataset digits --size 16 --rounds 500 --out runs/classifier-digits

In Python, `jaxgen.model.classifier("runs/classifier")` is the trained net as a function: images -> logits.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
import optax

from jaxgen import recipes, run
from jaxgen.data import Source, labelled
from jaxgen.model import classifier
from jaxgen.nets import net
from jaxgen.nets.classifier import Classifier


@dataclass(frozen=True)
class Config(run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/classifier")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 2400
    # Images in a round's batch, over all devices and processes together.
    batch: int = 128
    # Adam's first step size.
    lr: float = 3e-3
    # Rounds until the step size is zero.
    decay: int = 2400
    # Channels of the first convolution; later layers grow with it.
    width: int = 16
    # Decay, a round, of the average of the parameters that the classifier is used with.
    ema: float = 0.99


def main(config: Config) -> None:
    """Train a classifier, or go on with one, and measure it on the test split where there is one."""
    with run.Session(config, "classifier") as session:
        C = Classifier(labelled.classes(session.source), config.width, config.dtype)
        tx = optax.adam(optax.cosine_decay_schedule(config.lr, config.decay))
        session.train(recipes.classifier(net(C), tx=tx, ema=config.ema), None, nets={"C": C})
        where = {"data_dir": config.data_dir, "size": config.size, "channels": config.channels}
        test = labelled.held_out(config.dataset, split=config.split, **where)
        if session.first_process and test is not None:
            result = {"accuracy": accuracy(classifier(config.out), test), "images": test.length}
            (config.out / "test.json").write_text(json.dumps(result) + "\n")
            print(json.dumps(result))


def accuracy(logits, source: Source, chunk: int = 1000) -> float:
    """Share of a source's images that are classified rightly."""
    right = 0
    for i in range(0, source.length, chunk):
        batch = source.read(np.arange(i, min(i + chunk, source.length)))
        right += int(np.sum(np.argmax(jax.device_get(logits(batch["image"])), -1) == batch["label"]))
    return right / source.length


if __name__ == "__main__":
    run.start(main, Config)
