"""A classifier of small images with labels, which counts the modes of generators of the same images.

python experiments/classifiers/classifier.py --dataset mnist --out runs/classifier
python experiments/classifiers/classifier.py --dataset digits --size 16 --rounds 500 --out runs/classifier-digits
python experiments/classifiers/classifier.py --dataset captions:faces --size 32 --word 1 --out runs/hair

In Python, `jaxgen.model.classifier("runs/classifier")` is the trained net as a function: images -> logits.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import optax

from jaxgen import recipes, run
from jaxgen.abilities import Classify
from jaxgen.data import Fields, Source, sentences
from jaxgen.limits import AtLeast, Below, Was
from jaxgen.measure import means
from jaxgen.nets import net
from jaxgen.nets.classifier import Classifier


@dataclass(frozen=True)
class Config(run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/classifier")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 2400
    # Images in a round's batch, over all devices and processes together.
    batch: Annotated[int, AtLeast(1)] = 128
    # Adam's first step size.
    lr: Annotated[float, AtLeast(0)] = 3e-3
    # Rounds until the step size is zero.
    decay: Annotated[int, AtLeast(1)] = 2400
    # Channels of the first convolution; later layers grow with it.
    width: Annotated[int, AtLeast(1)] = 16
    # Decay, a round, of the average of the parameters that the classifier is used with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.99
    # Of images with sentences: the place, from 1, of the word that is the class of an image; its labels otherwise.
    word: Annotated[int | None, AtLeast(1), Was(None)] = None


def source(config: Config) -> Source:
    """What --dataset names, with classes."""
    return labelled(run.opened(config), config)


def labelled(source: Source, config: Config) -> Source:
    """With words as classes, where that is asked for."""
    return sentences.labelled(source, config.word) if config.word else source


def build(config: Config, fields: Fields) -> run.System:
    """Train a classifier, or go on with one, and measure it on the test split where there is one."""
    C = Classifier(fields.label.count, config.width, config.dtype)
    tx = optax.adam(run.falling(config.lr, config.decay))

    def finish(ended: run.Ended) -> dict[str, Any]:
        if ended.test is None:
            return {}
        test = labelled(ended.test, config)
        return {"accuracy": means.accuracy(test, ended.net("C", net(C))), "images": test.length}

    game = recipes.classifier(net(C), tx=tx, ema=config.ema)
    return run.System(game, [Classify(C, names=fields.label.names)], finish=finish)


if __name__ == "__main__":
    run.start(build, Config, source=source)
