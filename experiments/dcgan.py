"""DCGAN on any images of 16, 28, 32 or 64 pixels (Radford, Metz & Chintala 2016).

python experiments/dcgan.py --dataset mnist --rounds 5000 --out runs/mnist
python experiments/dcgan.py --dataset ./faces --size 64 --batch 128 --rounds 20000 --out runs/faces
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import optax

from jaxgen import recipes, run
from jaxgen.losses import adversarial
from jaxgen.nets import dcgan, net
from jaxgen.sampling import LatentSampler
from jaxgen.sampling.latent import PRIORS

OBJECTIVES = {"non_saturating": adversarial.non_saturating, "minimax": adversarial.minimax}


@dataclass(frozen=True)
class Config(run.Settings):
    """The paper's hyperparameters, but for the average of G's parameters, which it did not have."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/dcgan")
    # Length of z.
    latent: int = 100
    # Prior of z: the paper's is uniform, its successors' normal.
    prior: Literal["normal", "uniform"] = "normal"
    # Channels of the largest hidden feature map of G and D; each smaller map has twice as many.
    width: int = 64
    # Adam's step size for G.
    lr_g: float = 2e-4
    # Adam's step size for D.
    lr_d: float = 2e-4
    # Adam's decay of the gradient's mean.
    beta1: float = 0.5
    # D's steps before each step of G.
    d_turns: int = 1
    # What G minimises: -log D(G(z)), or log(1 - D(G(z))).
    objective: Literal["non_saturating", "minimax"] = "non_saturating"
    # Decay, a round, of the average of G's parameters that images are drawn with.
    ema: float = 0.999


def main(config: Config) -> None:
    """Train a DCGAN, or go on with one, and write its report."""
    with run.Session(config, "dcgan") as session:
        G = dcgan.Generator(session.size, session.channels, config.width, config.dtype)
        D = dcgan.Discriminator(config.width, config.dtype)
        game = recipes.gan(
            net(G),
            net(D),
            latent=config.latent,
            prior=PRIORS[config.prior],
            G_tx=optax.adam(config.lr_g, b1=config.beta1),
            D_tx=optax.adam(config.lr_d, b1=config.beta1),
            generator_loss=OBJECTIVES[config.objective],
            D_turns=config.d_turns,
            ema=config.ema,
        )
        session.train(game, LatentSampler(G, config.latent, config.prior))


if __name__ == "__main__":
    run.start(main, Config)
