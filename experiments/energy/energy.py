"""A discriminator that generates: an energy model of images, drawn from by Langevin steps (Du & Mordatch 2019).

python experiments/energy/energy.py --dataset digits --size 16 --out runs/energy-digits
python experiments/energy/energy.py --dataset mnist --rounds 10000 --out runs/energy-mnist

The pictures through training are of the replay buffer; `jaxgen sample` runs chains of its own, from noise.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import jax
import optax

from jaxgen import recipes, run
from jaxgen.abilities import DrawByChains
from jaxgen.data import Fields
from jaxgen.game import State
from jaxgen.limits import AtLeast, AtMost
from jaxgen.nets import net
from jaxgen.nets.energy import Discriminator


@dataclass(frozen=True)
class Config(run.Settings):
    """Steps with clipped slopes and little noise, as Du & Mordatch's code has them."""

    ALONE = "--rounds 1500"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/energy")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 7000
    # Langevin steps a round.
    steps: Annotated[int, AtLeast(1)] = 20
    # What slopes are multiplied with in a step.
    step: Annotated[float, AtLeast(0)] = 10.0
    # Standard deviation of the noise in a step.
    noise: Annotated[float, AtLeast(0)] = 0.005
    # Each pixel's slope is kept within minus this and this.
    clip: Annotated[float, AtLeast(0)] = 0.03
    # Images in the buffer for each image of the batch.
    slots: Annotated[int, AtLeast(1)] = 16
    # Probability with which a chain begins anew, from noise.
    restart: Annotated[float, AtLeast(0), AtMost(1)] = 0.05
    # Weight of the squared energies.
    magnitude: Annotated[float, AtLeast(0)] = 0.1
    # Standard deviation of noise on the data.
    data_noise: Annotated[float, AtLeast(0)] = 0.005
    # Adam's step size.
    lr: Annotated[float, AtLeast(0)] = 2e-4
    # Steps of the chains that `jaxgen sample` runs from noise.
    sample_steps: Annotated[int, AtLeast(0)] = 500
    # Channels of D's convolutions, each of which halves the image.
    widths: Annotated[tuple[int, ...], AtLeast(1)] = (16, 32, 64)


def build(config: Config, fields: Fields) -> run.System:
    """Train an energy model, or go on with one, and write its report."""
    D = Discriminator(config.widths, config.dtype)
    tx = optax.chain(optax.clip_by_global_norm(0.1), optax.adam(config.lr, b1=0.0))
    names = ("steps", "step", "noise", "clip", "slots", "restart", "magnitude", "data_noise")
    game = recipes.energy(net(D), D_tx=tx, **{name: getattr(config, name) for name in names})
    image, steps = fields.image, (config.sample_steps, config.step, config.noise, config.clip)
    return run.System(game, [DrawByChains(D, image.size, image.channels, *steps)], draw=buffer)


def buffer(state: State) -> jax.Array:
    """64 images of the replay buffer."""
    images = state.stats["x"]["images"]
    return images.reshape(-1, *images.shape[2:])[:: max(1, images.shape[0] * images.shape[1] // 64)][:64]


if __name__ == "__main__":
    run.start(build, Config)
