"""The fully connected GAN of Goodfellow et al. 2014, on any small images: the nets of the tutorials on MNIST.

python experiments/gan.py --dataset mnist --rounds 20000 --out runs/gan
python experiments/gan.py --dataset mnist --objective minimax --d-turns 3 --out runs/minimax
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import optax

from jaxgen import recipes, run
from jaxgen.losses import adversarial
from jaxgen.nets import mlp, net
from jaxgen.sampling import LatentSampler

OBJECTIVES = {"non_saturating": adversarial.non_saturating, "minimax": adversarial.minimax}


@dataclass(frozen=True)
class Config(run.Settings):
    """Adam 2e-4 with beta1 0.5, as the tutorials have it."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/gan")
    # Length of z.
    latent: int = 100
    # Adam's step size for both players.
    lr: float = 2e-4
    # Adam's decay of the gradient's mean.
    beta1: float = 0.5
    # D's steps before each step of G: the paper's k.
    d_turns: int = 1
    # What G minimises: -log D(G(z)), or log(1 - D(G(z))).
    objective: Literal["non_saturating", "minimax"] = "non_saturating"
    # Decay, a round, of the average of G's parameters that images are drawn with.
    ema: float = 0.999


def main(config: Config) -> None:
    """Train a fully connected GAN, or go on with one, and write its report."""
    with run.Session(config, "gan") as session:
        G = mlp.Generator(session.size, session.channels, dtype=config.dtype)
        D = mlp.Discriminator(dtype=config.dtype)
        game = recipes.gan(
            net(G),
            net(D),
            latent=config.latent,
            G_tx=optax.adam(config.lr, b1=config.beta1),
            D_tx=optax.adam(config.lr, b1=config.beta1),
            generator_loss=OBJECTIVES[config.objective],
            D_turns=config.d_turns,
            ema=config.ema,
        )
        session.train(game, LatentSampler(G, config.latent))


if __name__ == "__main__":
    run.start(main, Config)
