"""StackGAN (Zhang et al. 2017): a small image of a sentence, and then a larger one after both.

python experiments/conditional/stackgan.py --dataset captions:birds --size 32 --begin-with runs/words --out runs/small
python experiments/conditional/stackgan.py --stage 2 --dataset captions:birds --size 64 --begin-with runs/small \\
    --out runs/large

What G knows of a sentence is drawn from a Gaussian that follows from its vector, whose divergence from N(0, I) is a
part of G's loss. The first stage begins with an encoder of sentences (captions.py), the second with the first one's G;
both stay as they are.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from jaxgen import recipes, run
from jaxgen.abilities import Draw, DrawInStages
from jaxgen.data import Fields, Source, sentences
from jaxgen.limits import AtLeast
from jaxgen.nets import chosen, net, stackgan, text
from jaxgen.recipes.objectives import Adversarial


@dataclass(frozen=True)
class Config(chosen.Told, Adversarial, run.Settings):
    """DCGAN's hyperparameters."""

    DIGITS, ALONE = 16, "--encoder random --width 16 --rounds 800"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/stackgan")
    # 1 draws small images; 2 makes larger ones of them.
    stage: Literal[1, 2] = 1
    # Side of the first stage's images; by default half of the second's.
    small: Annotated[int | None, AtLeast(4)] = None
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Channels of the largest hidden feature map of the first stage's G and D; each smaller map has twice as many.
    width: Annotated[int, AtLeast(1)] = 32
    # The same of the second stage's D, and of its G where small images come in.
    width_2: Annotated[int, AtLeast(1)] = 16
    # Whether the first stage draws what it knows of a sentence; if not it is a GAN of text.py, and may be its run.
    augmented: bool = True
    # Residual blocks of the second stage; the paper has 4.
    blocks: Annotated[int, AtLeast(0)] = 2
    # Weight of the divergence, in nats, of what G draws by; the authors' code has 2 / 128, the paper 1.
    divergence: Annotated[float, AtLeast(0)] = 2 / 128
    # Weight of real images beside wrong sentences in D's loss: with 1 there are as many as fakes.
    wrong: Annotated[float, AtLeast(0)] = 1.0
    # Sentences whose images are left out of training: "blue hair red eyes".
    without: tuple[str, ...] = ()


def source(config: Config) -> Source:
    """What --dataset names, with sentences."""
    return sentences.without(sentences.beside(run.opened(config)), config.without)


def build(config: Config, fields: Fields) -> run.System:
    """Train a stage of a StackGAN, or go on with one, and write its report."""
    c, image, takes, second = config, fields.image, sentences.told(fields), config.stage == 2
    T = c.reader(takes["caption"].count, c.dtype) if "caption" in takes else None
    side = (c.small or image.size // 2) if second else image.size
    first = text.Generator(side, image.channels, c.width, c.dtype, told=c.told, augmented=c.augmented)
    G = stackgan.Generator(image.size, image.channels, c.width_2, c.blocks, c.dtype, c.told) if second else first
    D = text.Discriminator(c.width_2 if second else c.width, c.dtype, c.norm, c.told)
    played, length = {"divergence": c.divergence, "wrong": c.wrong, **c.steps}, c.latent + c.told * c.augmented
    nets = net(G.clone(moments=True)), net(D)
    if second:
        game = recipes.stackgan(net(first), *nets, c.adversary, first=length, latent=c.told, **played)
        drawing: Draw = DrawInStages(G, length + c.told, takes=takes, encoder=T, stage=first, stage_latent=length)
    else:
        game = recipes.gan_cls(*nets, c.adversary, latent=length, **played)
        drawing = Draw(G, length, takes=takes, encoder=T)
    needs = ({"T": "T"} if T and (second or c.needs) else {}) | ({"G1": "G"} if second else {})
    return run.System(recipes.of_sentences(c.played(game), T and net(T)), [drawing], needs=needs)


if __name__ == "__main__":
    run.start(build, Config, source=source)
