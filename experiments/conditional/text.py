"""GANs that draw what a sentence says: GAN-CLS and GAN-INT (Reed et al. 2016), on images with sentences.

python experiments/conditional/text.py --dataset captions:faces --size 32 --begin-with runs/words --out runs/told
jaxgen sample runs/told --caption "blue hair red eyes"

Sentences are told by vectors: those of an encoder that was trained before (captions.py) and stays as it is, or the
field "embedding" of the data. Names of classes are sentences too. A column of the pictures is of one sentence.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from jaxgen import recipes, run
from jaxgen.abilities import Draw
from jaxgen.data import Fields, Source, sentences
from jaxgen.limits import AtLeast
from jaxgen.nets import chosen, net, text
from jaxgen.recipes.objectives import Adversarial


@dataclass(frozen=True)
class Config(chosen.Told, Adversarial, run.Settings):
    """DCGAN's nets and hyperparameters."""

    DIGITS, ALONE = 16, "--encoder random --width 16 --rounds 800"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/text")
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Channels of the largest hidden feature map of G and D; each smaller map has twice as many.
    width: Annotated[int, AtLeast(1)] = 64
    # Weight of real images beside wrong sentences in D's loss (GAN-CLS): with 1 there are as many as fakes.
    wrong: Annotated[float, AtLeast(0)] = 1.0
    # Which sentences are the wrong ones: any of the batch, or for every other image one that is like its own.
    another: Literal["any", "near"] = "any"
    # Weight of images of sentences half way between two in G's loss (GAN-INT); the code of the paper has 1/2 or 0.
    between: Annotated[float, AtLeast(0)] = 0.0
    # Sentences whose images are left out of training: "blue hair red eyes".
    without: tuple[str, ...] = ()


def source(config: Config) -> Source:
    """What --dataset names, with sentences."""
    return sentences.without(sentences.beside(run.opened(config)), config.without)


def build(config: Config, fields: Fields) -> run.System:
    """Train a GAN that is told sentences, or go on with one, and write its report."""
    image, takes = fields.image, sentences.told(fields)
    T = config.reader(takes["caption"].count, config.dtype) if "caption" in takes else None
    G = text.Generator(image.size, image.channels, config.width, config.dtype, told=config.told)
    D = text.Discriminator(config.width, config.dtype, config.norm, config.told)
    game = recipes.gan_cls(
        net(G), net(D), config.adversary, latent=config.latent, wrong=config.wrong, between=config.between,
        another=recipes.near if config.another == "near" else recipes.before, **config.steps,
    )  # fmt: skip
    game = recipes.of_sentences(config.played(game), T and net(T))
    drawing = Draw(G, config.latent, takes=takes, encoder=T)
    return run.System(game, [drawing], needs=config.needs if T else {})


if __name__ == "__main__":
    run.start(build, Config, source=source)
