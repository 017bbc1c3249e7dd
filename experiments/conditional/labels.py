"""GANs that draw the class that they are told: conditional GANs (Mirza & Osindero 2014), on any images with labels.

python experiments/conditional/labels.py --dataset mnist --mismatched 1 --lr-g 1e-3 --lr-d 4e-4 --rounds 4000
python experiments/conditional/labels.py --dataset cifar10 --condition projection --objective hinge --out runs/cifar
jaxgen sample runs/labels --label 3

D can be shown real images beside wrong classes too (--mismatched, Reed et al. 2016). Or it is not told the class and
must say it: --condition auxiliary is AC-GAN (Odena et al. 2017). The run's pictures have a row for each class.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from jax import Array

from jaxgen import recipes, run
from jaxgen.abilities import Draw
from jaxgen.data import Fields
from jaxgen.errors import InputError
from jaxgen.limits import AtLeast, Was
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
    # How D is told the class: as planes beside the image's channels, or by projection (Miyato & Koyama 2018). As an
    # auxiliary classifier it is not told it, and says it.
    condition: Literal["planes", "projection", "auxiliary"] = "planes"
    # Sum D's features over places before a projection, as in the paper's ResNets. DCGAN's D learns faster without.
    pooled: Annotated[bool, Was(True)] = True
    # Weight of the auxiliary classifier's cross-entropies, in D's loss and in G's.
    auxiliary: Annotated[float, AtLeast(0), Was(1.0)] = 1.0
    # How G is told the class: beside z, or by the gains and shifts of its BatchNorm (conditional BatchNorm).
    condition_g: Annotated[Literal["input", "norm"], Was("input")] = "input"
    # Length of a class's trained vector, beside z; 0 tells G its one-hot code.
    embedding: Annotated[int, AtLeast(0)] = 0
    # Weight of real images beside wrong classes in D's loss; 0 shows it none.
    mismatched: Annotated[float, AtLeast(0)] = 0.0


def told(batch: dict[str, Array]) -> tuple[Array, ...]:
    """What G and D are told of an example."""
    return (batch["label"],)


def build(config: Config, fields: Fields) -> run.System:
    """Train a conditional GAN, or go on with one, and write its report."""
    image, label, how = fields.image, fields.label, config.condition
    asked = {"embedding": config.embedding, "how": config.condition_g}
    G = conditional.Generator(label.count, image.size, image.channels, config.width, config.dtype, **asked)
    if how == "auxiliary" and config.mismatched:
        raise InputError("--mismatched is for a D that is told the class, and --condition auxiliary is not")
    more = {"latent": config.latent, **config.steps}
    if how == "auxiliary":
        D = net(conditional.Auxiliary(label.count, config.width, config.dtype, config.norm))
        game = recipes.acgan(net(G), D, config.adversary, weight=config.auxiliary, **more)
    else:
        D = net(conditional.Discriminator(label.count, config.width, config.dtype, config.norm, how, config.pooled))
        wrong = {"mismatched": (config.mismatched, recipes.mismatched(config.adversary, told))}
        game = recipes.gan(net(G), D, config.adversary, given=told, on_D=wrong if config.mismatched else {}, **more)
    drawing = Draw(G, config.latent, takes={"label": label})
    return run.System(config.played(game), [drawing], picture=pictures.by_class(label.names))


if __name__ == "__main__":
    run.start(build, Config)
