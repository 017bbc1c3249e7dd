"""Improved GAN with few labels, and a plain classifier beside it (Salimans et al. 2016, section 5 and 6.1). The last
line is JSON: the errors of both on the test split, or, where there is none, on the images without labels.

python experiments/gan/semi_supervised.py --dataset mnist --out runs/semi-supervised
python experiments/gan/semi_supervised.py --dataset mnist --per-class 100 --out runs/semi-supervised-1000
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import optax

from jaxgen import recipes, run
from jaxgen.abilities import Draw
from jaxgen.data import Fields, Source, labelled
from jaxgen.limits import AtLeast, Below, Was
from jaxgen.measure import means
from jaxgen.nets import net
from jaxgen.nets.semi_supervised import Discriminator, Generator


@dataclass(frozen=True)
class Config(run.Settings):
    """The authors' settings, but for a step size that falls to zero, as their code has it for CIFAR-10."""

    ALONE = "--rounds 600 --decay 600 --widths 256 256 128"
    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/semi-supervised")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 14_000
    # Images in a round's batch, over all devices and processes together: so many with labels, without, and fakes.
    batch: Annotated[int, AtLeast(1)] = 100
    # Images of every class whose labels are seen, chosen by the seed.
    per_class: Annotated[int, AtLeast(1)] = 10
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Units of the hidden layers of D and of the classifier beside it, from the image on.
    widths: Annotated[tuple[int, ...], AtLeast(1), Was((1000, 500, 250, 250, 250))] = (1000, 500, 250, 250, 250)
    # Adam's first step size, for all players.
    lr: Annotated[float, AtLeast(0)] = 3e-3
    # Adam's decay of the gradient's mean.
    beta1: Annotated[float, AtLeast(0), Below(1)] = 0.5
    # Rounds until the step size, falling along a line, is zero.
    decay: Annotated[int, AtLeast(1)] = 14_000
    # Decay, a round, of the averages of the parameters that images are drawn and classes are told with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999


def source(config: Config) -> Source:
    """Every image, and beside it one of the few with labels."""
    return labelled.beside(every := run.opened(config), labelled.few(every, config.per_class, config.seed))


def build(config: Config, fields: Fields) -> run.System:
    """Train a semi-supervised GAN and a classifier beside it, or go on with them, and measure both."""
    G = Generator(fields.image.size, fields.image.channels, dtype=config.dtype)
    D = Discriminator(fields.label.count, config.widths, dtype=config.dtype)
    # The authors' Adam has its 1e-8 inside the root: G's gradients are so small that it is felt.
    adam = optax.adam(optax.linear_schedule(config.lr, 0.0, config.decay), b1=config.beta1, eps=0, eps_root=1e-8)
    players = {"G_tx": adam, "D_tx": adam, "beside": adam}
    game = recipes.semi_supervised(net(G), net(D), latent=config.latent, ema=config.ema, **players)

    def wrong(D: Any, batch: Any, keys: Any) -> Any:
        return D(batch["image"], keys)[0].argmax(-1) != batch["label"]

    def finish(ended: run.Ended) -> dict[str, Any]:
        every = ended.test or run.opened(config)
        seen = () if ended.test else labelled.few(every, config.per_class, config.seed)
        records = np.setdiff1d(np.arange(every.length), seen)
        error, plain = (means.mean_over(every, wrong, ended.net(name, net(D)), records) for name in ("D", "C"))
        about = {**ended.about, "labels": config.per_class * fields.label.count, "images": len(records)}
        return {**about, "error": error, "plain_error": plain} | ({} if ended.test else {"measured_on": "unlabelled"})

    return run.System(game, [Draw(G, config.latent, "uniform")], finish=finish)


if __name__ == "__main__":
    run.start(build, Config, source=source)
