"""The ways in which a GAN fails, caused on purpose in a small DCGAN, and cured by putting one setting back.

python experiments/gan/failure_modes.py --mode collapse --dataset mnist --out runs/collapse
python experiments/gan/failure_modes.py --mode healthy --dataset mnist --out runs/cured

Every mode differs from a healthy one in one setting, whose healthy value is its cure. BatchNorm makes up for kernels
that are too large: with it, digits of 16 pixels are drawn with kernels of 16 as well as with kernels of 4. So
"large-kernel" goes without, and its cure is "unnormalised", which does too and has kernels of 4. What the run says of
itself is on stderr and in its report; `--stop-on collapse` ends it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from jaxgen import recipes, run
from jaxgen.abilities import Draw
from jaxgen.data import Fields
from jaxgen.limits import AtLeast, Below
from jaxgen.nets import dcgan, net
from jaxgen.recipes.objectives import Adversarial

_UNNORMALISED = {"batch_norm": False, "lr_g": 1e-3, "lr_d": 1e-3}
# What each mode changes of the healthy setting.
MODES: Mapping[str, Mapping[str, Any]] = {
    "healthy": {},
    "collapse": {"latent": 1},
    "small-g": {"width_g": 1},
    "fast-adam": {"lr_g": 0.2, "lr_d": 0.2},
    "small-kernel": {"kernel": 1},
    "unnormalised": _UNNORMALISED,
    "large-kernel": {**_UNNORMALISED, "kernel": 24},
}

if TYPE_CHECKING:
    Mode = str
else:
    Mode = Literal[tuple(MODES)]


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """A DCGAN small enough to fail within seconds. A mode's own setting wins over the flag of the same name."""

    DIGITS = 16

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/failure")
    # What goes wrong: nothing, a latent code of one number, a G of one channel, Adam a thousand times too fast, kernels
    # that see one pixel, nothing again (but without BatchNorm), or that with kernels of 24 pixels.
    mode: Mode = "healthy"
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Channels of D's largest hidden feature map; each smaller map has twice as many.
    width: Annotated[int, AtLeast(1)] = 16
    # Channels of G's largest hidden feature map; each smaller map has twice as many.
    width_g: Annotated[int, AtLeast(1)] = 16
    # Side in pixels of every kernel of G and D.
    kernel: Annotated[int, AtLeast(1)] = 4
    # BatchNorm in G and D.
    batch_norm: bool = True
    # Decay, a round, of the average of G's parameters that samples are drawn with: 0, for an average would hide much.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.0
    # Rounds between pictures of the same 64 latent codes.
    sample_every: Annotated[int, AtLeast(1)] = 50


def build(config: Config, fields: Fields) -> run.System:
    """Train a small DCGAN that fails in a way of its own, or does not, and write its report."""
    c, image = replace(config, **MODES[config.mode]), fields.image
    norm = "batch" if c.batch_norm else "none"
    G = dcgan.Generator(image.size, image.channels, c.width_g, c.dtype, norm, c.kernel)
    D = dcgan.Discriminator(c.width, c.dtype, c.norm if c.batch_norm else "none", c.kernel)
    game = recipes.gan(net(G), net(D), c.adversary, latent=c.latent, **c.steps)
    return run.System(c.played(game), [Draw(G, c.latent)], critic=net(D))


if __name__ == "__main__":
    run.start(build, Config)
