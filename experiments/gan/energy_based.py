"""GANs whose D is an autoencoder: EBGAN with its pulling-away term (Zhao et al. 2017), BEGAN (Berthelot et al. 2017).

python experiments/gan/energy_based.py --dataset mnist --rounds 4000 --out runs/ebgan
python experiments/gan/energy_based.py --dataset mnist --objective began --width 16 --lr 5e-4 --rounds 3000

BatchNorm is in all nets, as in EBGAN's paper. BEGAN's has none; but DCGAN's nets without it are nearly homogeneous, so
that a grey image (0) reconstructs itself: their energies balance, with k near 0, while G draws nothing but grey.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import optax

from jaxgen import recipes, run, schedules
from jaxgen.abilities import Draw
from jaxgen.data import Fields
from jaxgen.limits import AtLeast, Below
from jaxgen.nets import dcgan, net


@dataclass(frozen=True)
class Config(run.Settings):
    """DCGAN's nets, D's decoder being a second G."""

    DIGITS = 16
    ALONE = "--width 16 --rounds 800"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/energy-based")
    # Margins on D's energy with a pulling-away term, or an equilibrium of energies that a control variable keeps.
    objective: Literal["ebgan", "began"] = "ebgan"
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 64
    # Length of the codes between D's encoder and its decoder.
    code: Annotated[int, AtLeast(1)] = 64
    # Channels of the largest hidden feature map of the nets; each smaller map has twice as many.
    width: Annotated[int, AtLeast(1)] = 32
    # Adam's step size for both players.
    lr: Annotated[float, AtLeast(0)] = 2e-4
    # EBGAN's margin, in mean squares of numbers in [-1, 1].
    margin: Annotated[float, AtLeast(0)] = 0.2
    # Weight of EBGAN's pulling-away term.
    pulling_away: Annotated[float, AtLeast(0)] = 0.1
    # BEGAN's gamma: the energy of fakes over that of real images that is kept (0.3 to 0.7 in the paper, on faces).
    diversity: Annotated[float, AtLeast(0)] = 0.9
    # BEGAN's lambda_k: how fast its control variable moves (the paper's is 1e-3, for longer trainings).
    rate: Annotated[float, AtLeast(0)] = 1e-2
    # Rounds in which G waits while D learns what data are like.
    warm_up: Annotated[int, AtLeast(0)] = 100
    # Decay, a round, of the average of G's parameters that images are drawn with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999


def build(config: Config, fields: Fields) -> run.System:
    """Train an energy-based GAN, or go on with one, and write its report."""
    G = dcgan.Generator(fields.image.size, fields.image.channels, config.width, config.dtype)
    E = dcgan.Encoder(config.code, config.width, config.dtype)
    tx = optax.adam(config.lr, b1=0.5)
    parts: dict[str, Any] = {"G": net(G), "E": net(E), "decoder": net(G), "latent": config.latent, "ema": config.ema}
    parts |= {"D_tx": tx, "G_tx": schedules.late(tx, config.warm_up)}
    if config.objective == "began":
        game = recipes.began(**parts, diversity=config.diversity, rate=config.rate)
        return run.System(game, [Draw(G, config.latent, "uniform")])
    game = recipes.ebgan(**parts, margin=config.margin, pulling_away=config.pulling_away)
    return run.System(game, [Draw(G, config.latent)])


if __name__ == "__main__":
    run.start(build, Config)
