"""SNGAN on any images of 16, 28, 32 or 64 pixels: ResNets, spectral norms, hinge loss (Miyato et al. 2018).

python experiments/gan/sngan.py --dataset cifar10 --rounds 100000 --decay 100000 --out runs/sngan
python experiments/gan/sngan.py --dataset mnist --width-g 64 --width-d 32 --out runs/sngan-mnist
"""

from dataclasses import dataclass
from pathlib import Path

from jaxgen import recipes, run
from jaxgen.errors import InputError
from jaxgen.nets import net, resnet
from jaxgen.recipes.objectives import Adversarial, Name
from jaxgen.sampling import LatentSampler


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """Adam 2e-4, 0, 0.9 and five steps of D for each of G, as in the paper."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/sngan")
    # What D and G minimise; D's penalties, steps a round and optimisers are its paper's.
    objective: Name = "hinge"
    # Length of z.
    latent: int = 128
    # Channels of G's feature maps.
    width_g: int = 256
    # Channels of D's feature maps.
    width_d: int = 128


def main(config: Config) -> None:
    """Train an SNGAN, or go on with one, and write its report."""
    for name in ("latent", "width_g", "width_d"):
        if (value := getattr(config, name)) < 1:
            raise InputError(f"--{name.replace('_', '-')} is {value}; it must be at least 1")
    with run.Session(config, "sngan") as session:
        G = resnet.Generator(session.size, session.channels, config.width_g, config.dtype)
        D = resnet.Discriminator(config.width_d, config.dtype, "none" if config.norm == "none" else "spectral")
        game = recipes.gan(net(G), net(D), config.adversary, latent=config.latent, **config.steps)
        session.train(config.played(game), LatentSampler(G, config.latent), nets={"D": D}, critic=net(D))


if __name__ == "__main__":
    run.start(main, Config)
