"""Colours for grey photographs: by regression, whose colours are grey-brown, or by a conditional GAN (pix2pix, Isola et
al. 2017) that is not content with the middle of several colours. A net sees the lightness L*, and draws a* and b*.

python experiments/translation/colour.py --dataset ./faces/ --size 64 --split "train[500:]" --out runs/coloured
python experiments/translation/colour.py --dataset ./faces/ --size 64 --adversarial 0 --out runs/means
jaxgen colourise runs/coloured photos/ --out coloured/
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp

from jaxgen import colours, recipes, run
from jaxgen.abilities import Colour
from jaxgen.data import Fields, Source, tints
from jaxgen.errors import InputError
from jaxgen.game import State
from jaxgen.limits import AtLeast, Below
from jaxgen.model.applied import of_state
from jaxgen.nets import net, patch, unet
from jaxgen.pixels import floats
from jaxgen.recipes.objectives import Adversarial
from jaxgen.show import pictures


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """pix2pix's: Adam 2e-4 with beta1 0.5, weights from N(0, 0.02), and no average of G's parameters."""

    DIGITS, ALONE = 16, "--width 16 --field 16 --batch 16 --rounds 600"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/colour")
    # Weight of the L1 distance of a* and b*; 0 leaves the GAN alone.
    l1: Annotated[float, AtLeast(0)] = 100.0
    # Weight of the adversarial term of G; 0 leaves the distance alone, a regression without D.
    adversarial: Annotated[float, AtLeast(0)] = 1.0
    # Channels of the largest hidden feature map of G and D.
    width: Annotated[int, AtLeast(1)] = 64
    # Side in pixels of what a score of D's sees.
    field: Literal[16, 34, 70] = 34
    # Decay, a round, of the average of G's parameters that images are drawn with; 0 is no average.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.0


def source(config: Config) -> Source:
    """What --dataset names; grey images with classes in a colour for each class."""
    return tints.beside(run.opened(config))


def prepare(batch: Any, keys: jax.Array) -> dict[str, jax.Array]:
    """Images as pairs: lightness and colour."""
    return dict(zip("ab", colours.apart(floats(batch, keys)["image"])))


def build(config: Config, fields: Fields) -> run.System:
    """Train what colours images, or go on with it, and write its report."""
    if (image := fields.image).channels != 3:
        raise InputError(f"colours are learned from images that have some, and these have {image.channels} channels")
    G, _ = unet.Generator(2, config.width, config.dtype), unet.stages(image.size)  # which says what sizes there are
    D = patch.Discriminator(config.width, config.dtype, config.norm, config.field)
    weights = {"l1": config.l1, "adversarial": config.adversarial}
    game = recipes.pix2pix(net(G), net(D), config.adversary, **weights, prepare=prepare, **config.steps)

    def draw(state: State, batch: Any) -> jax.Array:
        keys = jax.random.split(jax.random.key(config.seed), len(batch["image"]))
        pair = prepare(batch, keys)
        drawn = of_state(state, "G", net(G))(pair["a"], keys)
        return jnp.concatenate([colours.together(pair["a"], colour) for colour in (0 * drawn, drawn, pair["b"])])

    able = Colour(G, takes={"image": image}, gives={"image": image}, noise=True)
    game = config.played(game) if config.adversarial else game
    return run.System(game, [able], draw=draw, shown=8, picture=pictures.of_rows("given", "drawn", "true"))


if __name__ == "__main__":
    run.start(build, Config, source=source)
