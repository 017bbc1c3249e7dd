"""What and where to draw (GAWWN, Reed et al. 2016): a sentence, and a box or keypoints.

python experiments/conditional/captions.py --dataset captions:birds --size 32 --flip --out runs/words
python experiments/conditional/gawwn.py --dataset boxes:birds --size 40 --crop 32 --begin-with runs/words --out runs/boxes
jaxgen sample runs/boxes --caption "a red bird" --box 0.1,0.3,0.5,0.5

With --place points it is told keypoints, and a second GAN learns to draw those that are not given:
jaxgen sample runs/points --caption "a red bird" --keypoints beak.json

Images without places have those of all that differs from their corner, images without sentences the names of their
classes. A column of the pictures is of one example of the data.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from jaxgen import recipes, run
from jaxgen.abilities import Draw, DrawAtPoints
from jaxgen.data import Fields, Source, places, sentences
from jaxgen.limits import AtLeast
from jaxgen.nets import chosen, gawwn, keypoints, net
from jaxgen.recipes.objectives import Adversarial


@dataclass(frozen=True)
class Config(chosen.Told, Adversarial, run.Settings):
    """The paper's Adam, 2e-4 with beta1 0.5."""

    DIGITS, ALONE = 16, "--encoder random --width 8 --rounds 600"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/gawwn")
    # How it is told where to draw: by a box, or by keypoints.
    place: Literal["boxes", "points"] = "boxes"
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Channels of the largest hidden feature map of G and D.
    width: Annotated[int, AtLeast(1)] = 32
    # Numbers that G and D bring a sentence's vector to.
    told: Annotated[int, AtLeast(1)] = 64
    # Weight of real images beside wrong sentences in D's loss; with 1 there are as many as fakes.
    wrong: Annotated[float, AtLeast(0)] = 1.0


def source(config: Config) -> Source:
    """What --dataset names, with sentences and places."""
    return places.beside(sentences.beside(run.opened(config)), config.place)


def build(config: Config, fields: Fields) -> run.System:
    """Train a GAN that is told what and where to draw, or go on with one, and write its report."""
    image, told, where = fields.image, sentences.told(fields), config.place
    takes = {**told, where: fields.of(where, where)}
    T = config.reader(told["caption"].count, config.dtype) if "caption" in told else None
    G = gawwn.Generator(where, image.size, image.channels, config.width, config.told, config.dtype)
    D = gawwn.Discriminator(where, config.width, config.told, config.dtype, config.norm)
    game = config.played(
        recipes.gan_cls(
            net(G), net(D), config.adversary, latent=config.latent, wrong=config.wrong,
            given=lambda batch: (batch["embedding"], batch[where]), **config.steps,
        )
    )  # fmt: skip
    drawing = Draw(G, config.latent, takes=takes, encoder=T)
    if where == "points":
        K, J = keypoints.Generator(told=config.told, dtype=config.dtype), keypoints.Discriminator(norm=config.norm)
        more = {"latent": config.latent, "marked": keypoints.marked, **config.steps}
        game = recipes.keypoints(game, net(K), net(J), config.adversary, **more)
        drawing = DrawAtPoints(
            G, 2 * config.latent, takes=takes, encoder=T, keypoints=K, keypoints_latent=config.latent
        )
    game = recipes.of_sentences(game, T and net(T))
    return run.System(game, [drawing], needs=config.needs if T else {})


if __name__ == "__main__":
    run.start(build, Config, source=source)
