"""The fully connected GAN of Goodfellow et al. 2014, on any small images: the nets of the tutorials on MNIST.

python experiments/gan/gan.py --dataset mnist --rounds 20000 --out runs/gan
python experiments/gan/gan.py --dataset mnist --objective lsgan --d-turns 3 --out runs/lsgan
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from jaxgen import recipes, run
from jaxgen.abilities import Draw, Judge
from jaxgen.data import Fields
from jaxgen.limits import AtLeast, Was
from jaxgen.nets import mlp, net
from jaxgen.recipes.objectives import Adversarial


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """Adam 2e-4 with beta1 0.5, as the tutorials have it, unless the objective's paper says otherwise."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/gan")
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Units of G's hidden layers, from z on.
    widths_g: Annotated[tuple[int, ...], AtLeast(1), Was((128, 256, 512, 1024))] = (128, 256, 512, 1024)
    # Units of D's hidden layers, from the image on.
    widths_d: Annotated[tuple[int, ...], AtLeast(1), Was((512, 256))] = (512, 256)


def build(config: Config, fields: Fields) -> run.System:
    """Train a fully connected GAN, or go on with one, and write its report."""
    image = fields.image
    G = mlp.Generator(image.size, image.channels, config.widths_g, config.dtype)
    D = mlp.Discriminator(config.widths_d, config.dtype, "spectral" if config.norm == "spectral" else "none")
    game = recipes.gan(net(G), net(D), config.adversary, latent=config.latent, **config.steps)
    return run.System(config.played(game), [Draw(G, config.latent), Judge(D)], critic=net(D))


if __name__ == "__main__":
    run.start(build, Config)
