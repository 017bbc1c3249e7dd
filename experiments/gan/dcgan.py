"""DCGAN on any images of 16, 28, 32 or 64 pixels (Radford, Metz & Chintala 2016).

python experiments/gan/dcgan.py --dataset mnist --rounds 5000 --out runs/mnist
python experiments/gan/dcgan.py --dataset mnist --objective wgan_gp --out runs/wgan-gp
python experiments/gan/dcgan.py --dataset ./faces --size 64 --batch 128 --rounds 20000 --out runs/faces
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from jaxgen import recipes, run
from jaxgen.abilities import Draw, Judge
from jaxgen.data import Fields
from jaxgen.latents import PRIORS
from jaxgen.limits import AtLeast
from jaxgen.nets import dcgan, net
from jaxgen.recipes.objectives import Adversarial


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """The paper's hyperparameters, but for the average of G's parameters, which it did not have."""

    DIGITS = 16
    ALONE = "--width 32 --rounds 800"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/dcgan")
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Prior of z: the paper's is uniform, its successors' normal.
    prior: Literal["normal", "uniform"] = "normal"
    # Channels of the largest hidden feature map of G and D; each smaller map has twice as many.
    width: Annotated[int, AtLeast(1)] = 64
    # What D's last layer sees of the batch: nothing, minibatch discrimination (Salimans et al. 2016) or the standard
    # deviation in groups (Karras et al. 2018). Both let D find out a G whose images are all alike.
    minibatch: Literal["none", "discrimination", "deviation"] = "none"


def build(config: Config, fields: Fields) -> run.System:
    """Train a DCGAN, or go on with one, and write its report."""
    image = fields.image
    G = dcgan.Generator(image.size, image.channels, config.width, config.dtype)
    D = dcgan.Discriminator(config.width, config.dtype, config.norm, minibatch=config.minibatch)
    prior = PRIORS[config.prior]
    game = recipes.gan(net(G), net(D), config.adversary, latent=config.latent, prior=prior, **config.steps)
    return run.System(config.played(game), [Draw(G, config.latent, config.prior), Judge(D)], critic=net(D))


if __name__ == "__main__":
    run.start(build, Config)
