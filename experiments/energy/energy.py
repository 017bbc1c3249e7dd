"""A discriminator that generates: an energy model of images, drawn from by Langevin steps (Du & Mordatch 2019).

python experiments/energy/energy.py --dataset digits --size 16 --out runs/energy-digits
python experiments/energy/energy.py --dataset mnist --rounds 10000 --out runs/energy-mnist

The pictures through training are of the replay buffer; `jaxgen sample` runs chains of its own, from noise.
"""

from dataclasses import dataclass
from pathlib import Path

import jax
import optax

from jaxgen import recipes, run
from jaxgen.abilities import DrawByChains
from jaxgen.errors import InputError
from jaxgen.game import State
from jaxgen.nets import net
from jaxgen.nets.energy import Discriminator


@dataclass(frozen=True)
class Config(run.Settings):
    """Steps with clipped slopes and little noise, as Du & Mordatch's code has them."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/energy")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 7000
    # Langevin steps a round.
    steps: int = 20
    # What slopes are multiplied with in a step.
    step: float = 10.0
    # Standard deviation of the noise in a step.
    noise: float = 0.005
    # Each pixel's slope is kept within minus this and this.
    clip: float = 0.03
    # Images in the buffer for each image of the batch.
    slots: int = 16
    # Probability with which a chain begins anew, from noise.
    restart: float = 0.05
    # Weight of the squared energies.
    magnitude: float = 0.1
    # Standard deviation of noise on the data.
    data_noise: float = 0.005
    # Adam's step size.
    lr: float = 2e-4
    # Steps of the chains that `jaxgen sample` runs from noise.
    sample_steps: int = 500
    # Channels of D's convolutions, each of which halves the image.
    widths: tuple[int, ...] = (16, 32, 64)


def main(config: Config) -> None:
    """Train an energy model, or go on with one, and write its report."""
    for name in ("steps", "slots"):
        if (value := getattr(config, name)) < 1:
            raise InputError(f"--{name} is {value}; it must be at least 1")
    with run.Session(config, "energy") as session:
        D = Discriminator(config.widths, config.dtype)
        game = recipes.energy(
            net(D),
            D_tx=optax.chain(optax.clip_by_global_norm(0.1), optax.adam(config.lr, b1=0.0)),
            steps=config.steps,
            step=config.step,
            noise=config.noise,
            clip=config.clip,
            slots=config.slots,
            restart=config.restart,
            magnitude=config.magnitude,
            data_noise=config.data_noise,
        )
        sampler = DrawByChains(
            D, session.size, session.channels, config.sample_steps, config.step, config.noise, config.clip
        )
        session.train(game, sampler, draw=buffer)


def buffer(state: State) -> jax.Array:
    """64 images of the replay buffer."""
    images = state.stats["x"]["images"]
    return images.reshape(-1, *images.shape[2:])[:: max(1, images.shape[0] * images.shape[1] // 64)][:64]


if __name__ == "__main__":
    run.start(main, Config)
