"""An encoder of sentences that needs no download: trained with one of images, so that a sentence's vector is near those
of its images (Reed et al. 2016). GANs that draw what they are told begin with it.

python experiments/conditional/captions.py --dataset captions:birds --size 32 --out runs/words
python experiments/conditional/text.py --dataset captions:birds --size 32 --begin-with runs/words --out runs/told

The last line is JSON: of how many images the own sentence is found among others. Names of classes are sentences too.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import optax

from jaxgen import recipes, run
from jaxgen.abilities import Match
from jaxgen.data import Fields, Source, open_source, sentences
from jaxgen.data.fields import UNKNOWN
from jaxgen.limits import AtLeast, AtMost, Below
from jaxgen.measure import matching
from jaxgen.nets import chosen, dcgan, net


@dataclass(frozen=True)
class Config(chosen.Reader, run.Falling, run.Settings):
    """Adam."""

    DIGITS, ALONE = 16, "--width 16 --rounds 400"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/captions")
    # Channels of the largest feature map of the encoder of images.
    width: Annotated[int, AtLeast(1)] = 32
    # What is told apart: images of different sentences or classes, or all.
    apart: Literal["sentences", "classes", "images"] = "sentences"
    # Share of words that are taken for the unknown one.
    unknown: Annotated[float, AtLeast(0), AtMost(1)] = 0.05
    # Decay, a round, of the averages of the parameters that encode.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.99
    # Sentences whose images are left out of training: "blue hair red eyes".
    without: tuple[str, ...] = ()
    # Split that is measured, such as train[:500]; by default test, where there is one.
    measured: str | None = None


def source(config: Config) -> Source:
    """What --dataset names, with sentences."""
    return sentences.without(sentences.beside(run.opened(config)), config.without)


def build(config: Config, fields: Fields) -> run.System:
    """Train an encoder of sentences, or go on with one, and find sentences of images."""
    image, caption = fields.image, fields.of("caption", "tokens")
    T = config.reader(caption.count, config.dtype)
    V = dcgan.Encoder(config.embedding, config.width, config.dtype)
    same = {"sentences": lambda batch: batch["caption"], "classes": lambda batch: batch["label"]}
    if config.apart == "classes":
        fields.of("label", "label")  # or a line that says what is missing
    game = recipes.joint_embedding(
        net(T), net(V), tx=optax.adam(config.steps), same=same.get(config.apart, lambda batch: None),
        unknown=(caption.names.index(UNKNOWN), config.unknown), ema=config.ema,
    )  # fmt: skip
    able = Match(T, V, takes={"caption": caption, "image": image})

    def finish(ended: run.Ended) -> dict[str, Any]:
        split = config.measured
        held = open_source(config.dataset, split=split, **config.where) if split else ended.measured
        found = matching.precision(ended.bound(able), sentences.beside(held))
        return ended.about | ({"measured_on": split} if split else {}) | found

    return run.System(game, [able], finish=finish)


if __name__ == "__main__":
    run.start(build, Config, source=source)
