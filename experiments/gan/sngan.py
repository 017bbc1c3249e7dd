"""SNGAN on any images of 16, 28, 32 or 64 pixels: ResNets, spectral norms, hinge loss (Miyato et al. 2018).

python experiments/gan/sngan.py --dataset cifar10 --rounds 100000 --decay 100000 --out runs/sngan
python experiments/gan/sngan.py --dataset mnist --width-g 64 --width-d 32 --out runs/sngan-mnist
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from jaxgen import recipes, run
from jaxgen.abilities import Draw, Judge
from jaxgen.data import Fields
from jaxgen.limits import AtLeast
from jaxgen.nets import net, resnet
from jaxgen.recipes.objectives import Adversarial, Name


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """Adam 2e-4, 0, 0.9 and five steps of D for each of G, as in the paper."""

    DIGITS = 16
    ALONE = "--width-g 32 --width-d 32 --rounds 200 --sample-every 50"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/sngan")
    # What D and G minimise; D's penalties, steps a round and optimisers are its paper's.
    objective: Name = "hinge"
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 128
    # Channels of G's feature maps.
    width_g: Annotated[int, AtLeast(1)] = 256
    # Channels of D's feature maps.
    width_d: Annotated[int, AtLeast(1)] = 128


def build(config: Config, fields: Fields) -> run.System:
    """Train an SNGAN, or go on with one, and write its report."""
    image = fields.image
    G = resnet.Generator(image.size, image.channels, config.width_g, config.dtype)
    D = resnet.Discriminator(config.width_d, config.dtype, "none" if config.norm == "none" else "spectral")
    game = recipes.gan(net(G), net(D), config.adversary, latent=config.latent, **config.steps)
    return run.System(config.played(game), [Draw(G, config.latent), Judge(D)], critic=net(D))


if __name__ == "__main__":
    run.start(build, Config)
