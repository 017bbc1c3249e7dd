"""Attributes of images changed one by one, and all else kept: AttGAN (He et al. 2019).

python experiments/translation/attributes.py --dataset captions:faces --size 64 --split "train[1000:]" --out runs/hair
python experiments/translation/attributes.py --dataset ./people/ --attributes sex age --steps age:20,40,60
jaxgen apply runs/hair photo.png --set hair=green eyes=red:2

Attributes are columns of 0 and 1 and names in labels.csv, numbers with --steps, classes, and words of sentences ("blue
hair" is hair=blue). Pictures have rows: images, what is drawn with their own attributes, and with others.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from jaxgen import recipes, run
from jaxgen.abilities import Change
from jaxgen.data import Fields, Source, attributes
from jaxgen.game import State
from jaxgen.limits import AtLeast
from jaxgen.model.applied import of_state
from jaxgen.nets import attgan, net
from jaxgen.pixels import as_floats
from jaxgen.recipes import objectives
from jaxgen.show import pictures


@dataclass(frozen=True)
class Config(objectives.Adversarial, run.Settings):
    """The paper's weights; steps and D's turns are the objective's."""

    DIGITS, ALONE = 16, "--width 16 --objective hinge --d-turns 1 --rounds 500"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/attributes")
    # What G, D and C minimise beside; the paper's by default.
    objective: objectives.Name = "wgan_gp"
    # Which attributes: columns, fields, or what words of sentences are of; by default all.
    attributes: tuple[str, ...] = ()
    # Where numbers are cut into attributes, as age:20,40,60.
    steps: tuple[str, ...] = ()
    # Channels of the largest hidden feature map of G and D.
    width: Annotated[int, AtLeast(1)] = 64
    # Weight in G's loss of the attributes that C finds in what is drawn.
    classify_g: Annotated[float, AtLeast(0)] = 10.0
    # Weight in C's loss of those that it finds in real images.
    classify_d: Annotated[float, AtLeast(0)] = 1.0
    # Weight of the L1 distance of an image and what is drawn with its own attributes.
    reconstruct: Annotated[float, AtLeast(0)] = 100.0


def source(config: Config) -> Source:
    """What --dataset names, with attributes."""
    return attributes.beside(run.opened(config), config.attributes, attributes.steps(config.steps))


def build(config: Config, fields: Fields) -> run.System:
    """Train an AttGAN, or go on with one, and write its report."""
    image, told = fields.image, fields.of("attributes", "vector")
    attgan.layers(image.size)  # says which sizes there are
    G = attgan.Generator(image.channels, config.width, config.dtype)
    D = attgan.Discriminator(told.count, config.width, config.dtype, config.norm)
    weights = {name: getattr(config, name.lower()) for name in ("classify_G", "classify_D", "reconstruct")}
    game = recipes.attgan(net(G), net(D), config.adversary, **weights, **objectives.steps(config))

    def draw(state: State, batch: Any) -> jax.Array:
        seen, own = as_floats(batch["image"]), 2 * batch["attributes"] - 1
        others = [jnp.roll(own, n, 0) for n in range(6)]
        return jnp.concatenate([seen, *of_state(state, "G", net(G))(seen, *others)])

    able = Change(G, takes={"image": image, "attributes": told}, gives={"image": image}, judge=D)
    rows = pictures.of_rows("given", "again", *["changed"] * 5)
    return run.System(config.played(game), [able], draw=draw, shown=12, picture=rows)


if __name__ == "__main__":
    run.start(build, Config, source=source)
