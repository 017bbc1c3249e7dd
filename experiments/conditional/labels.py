"""GANs that draw the class that they are told: conditional GANs (Mirza & Osindero 2014), on any images with labels.

python experiments/conditional/labels.py --dataset mnist --rounds 4000 --out runs/classes
python experiments/conditional/labels.py --dataset cifar10 --condition projection --objective hinge --out runs/cifar
jaxgen sample runs/classes --label 3

D can be shown a third kind of pairs, real images beside wrong classes, which it must tell from right ones
(--mismatched, Reed et al. 2016). The run's pictures have a column for each class.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from jax import Array

from jaxgen import recipes, run
from jaxgen.abilities import Draw
from jaxgen.data import Fields
from jaxgen.limits import AtLeast
from jaxgen.nets import conditional, net
from jaxgen.recipes.objectives import Adversarial
from jaxgen.show import pictures


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """DCGAN's nets and hyperparameters."""

    DIGITS = 16
    ALONE = "--width 32 --rounds 800"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/labels")
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Channels of the largest hidden feature map of G and D; each smaller map has twice as many.
    width: Annotated[int, AtLeast(1)] = 64
    # How D is told the class: as planes beside the image's channels, or by projection (Miyato & Koyama 2018).
    condition: Literal["planes", "projection"] = "planes"
    # Length of a class's trained vector, beside z; 0 tells G its one-hot code.
    embedding: Annotated[int, AtLeast(0)] = 0
    # Weight of real images beside wrong classes in D's loss; 0 shows it none.
    mismatched: Annotated[float, AtLeast(0)] = 0.0


def told(batch: dict[str, Array]) -> tuple[Array, ...]:
    """What G and D are told of an example."""
    return (batch["label"],)


def build(config: Config, fields: Fields) -> run.System:
    """Train a conditional GAN, or go on with one, and write its report."""
    image, label = fields.image, fields.label
    G = conditional.Generator(
        label.count, image.size, image.channels, config.width, config.dtype, embedding=config.embedding
    )
    D = conditional.Discriminator(label.count, config.width, config.dtype, config.norm, config.condition)
    wrong: Any = {"mismatched": (config.mismatched, recipes.mismatched(config.adversary, told))}
    game = recipes.gan(
        net(G), net(D), config.adversary, latent=config.latent, given=told, on_D=wrong if config.mismatched else {},
        **config.steps,
    )  # fmt: skip
    drawing = Draw(G, config.latent, takes={"label": label})
    return run.System(config.played(game), [drawing], picture=pictures.of_columns(label.count))


if __name__ == "__main__":
    run.start(build, Config)
