"""GANs whose D is an autoencoder: EBGAN with its pulling-away term (Zhao et al. 2017), BEGAN (Berthelot et al. 2017).

python experiments/gan/energy_based.py --dataset mnist --rounds 4000 --out runs/ebgan
python experiments/gan/energy_based.py --dataset mnist --objective began --width 16 --lr 5e-4 --rounds 3000 --out runs/began

BatchNorm is in all nets, as in EBGAN's paper. BEGAN's has none; but DCGAN's nets without it are nearly homogeneous, so
that a grey image (0) reconstructs itself: their energies balance, with k near 0, while G draws nothing but grey.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import optax

from jaxgen import recipes, run, schedules
from jaxgen.abilities import Draw
from jaxgen.nets import dcgan, net


@dataclass(frozen=True)
class Config(run.Settings):
    """DCGAN's nets, D's decoder being a second G."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/energy-based")
    # Margins on D's energy with a pulling-away term, or an equilibrium of energies that a control variable keeps.
    objective: Literal["ebgan", "began"] = "ebgan"
    # Length of z.
    latent: int = 64
    # Length of the codes between D's encoder and its decoder.
    code: int = 64
    # Channels of the largest hidden feature map of the nets; each smaller map has twice as many.
    width: int = 32
    # Adam's step size for both players.
    lr: float = 2e-4
    # EBGAN's margin, in mean squares of numbers in [-1, 1].
    margin: float = 0.2
    # Weight of EBGAN's pulling-away term.
    pulling_away: float = 0.1
    # BEGAN's gamma: the energy of fakes over that of real images that is kept (0.3 to 0.7 in the paper, on faces).
    diversity: float = 0.9
    # BEGAN's lambda_k: how fast its control variable moves (the paper's is 1e-3, for longer trainings).
    rate: float = 1e-2
    # Rounds in which G waits while D learns what data are like.
    warm_up: int = 100
    # Decay, a round, of the average of G's parameters that images are drawn with.
    ema: float = 0.999


def main(config: Config) -> None:
    """Train an energy-based GAN, or go on with one, and write its report."""
    with run.Session(config, "energy_based") as session:
        began = config.objective == "began"
        G = dcgan.Generator(session.size, session.channels, config.width, config.dtype)
        E = dcgan.Encoder(config.code, config.width, config.dtype)
        tx = optax.adam(config.lr, b1=0.5)
        nets = {"G": net(G), "E": net(E), "decoder": net(G), "latent": config.latent, "D_tx": tx}
        nets["G_tx"] = schedules.late(tx, config.warm_up)
        if began:
            game = recipes.began(**nets, diversity=config.diversity, rate=config.rate, ema=config.ema)
        else:
            game = recipes.ebgan(**nets, margin=config.margin, pulling_away=config.pulling_away, ema=config.ema)
        session.train(game, Draw(G, config.latent, "uniform" if began else "normal"))


if __name__ == "__main__":
    run.start(main, Config)
