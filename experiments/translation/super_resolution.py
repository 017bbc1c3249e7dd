"""SRResNet and SRGAN (Ledig et al. 2017): images that are two, three, four or eight times as large.

python experiments/translation/super_resolution.py --dataset patches:photos --size 96 --batch 16 --out runs/srresnet
python experiments/translation/super_resolution.py --dataset patches:photos --size 96 --batch 16 \\
    --content vgg53 --adversarial 1e-3 --begin-with runs/srresnet --out runs/srgan
jaxgen upscale runs/srgan photo.png --out larger/

Small images are made of the data's by MATLAB's bicubic. Pictures have rows: what is seen, drawn, and there.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp

from jaxgen import recipes, run
from jaxgen.abilities import Map
from jaxgen.data import Fields, Source, smaller
from jaxgen.features.content import content
from jaxgen.game import State
from jaxgen.limits import AtLeast
from jaxgen.model.applied import of_state
from jaxgen.nets import net, srresnet
from jaxgen.pixels import as_floats
from jaxgen.recipes.objectives import Adversarial
from jaxgen.show import pictures


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """The paper's nets and step sizes; its Adam has beta1 0.9, and the objective's is taken here."""

    DIGITS, ALONE = 16, "--factor 2 --width 16 --blocks 2 --lr-g 1e-3 --rounds 600"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/super_resolution")
    # How many times as large images become.
    factor: Literal[2, 3, 4, 8] = 4
    # What makes a drawn image unlike the true one: the squares of their differences, these, the squares of differences
    # of VGG16's features (early ones or late ones), or LPIPS; the last three need pip install 'jaxgen[perceptual]'.
    content: Literal["mse", "l1", "vgg22", "vgg53", "lpips"] = "mse"
    # Weight of the adversary for G: the paper's SRGAN has 1e-3; 0 is SRResNet, which has no D.
    adversarial: Annotated[float, AtLeast(0)] = 0.0
    # Channels of G's feature maps, and of the largest of D's.
    width: Annotated[int, AtLeast(1)] = 64
    # G's residual blocks.
    blocks: Annotated[int, AtLeast(0)] = 16
    # Step size for G.
    lr_g: Annotated[float | None, AtLeast(0)] = 1e-4
    # Step size for D.
    lr_d: Annotated[float | None, AtLeast(0)] = 1e-4


def source(config: Config) -> Source:
    """What --dataset names, and smaller images beside it."""
    return smaller.beside(run.opened(config), config.factor)


def build(config: Config, fields: Fields) -> run.System:
    """Train an SRResNet or an SRGAN, or go on with one, and write its report."""
    small, large = fields.of("small", "image"), fields.image
    G = srresnet.Generator(large.channels, config.factor, config.width, config.blocks, config.dtype)
    D = srresnet.Discriminator(config.width, config.dtype, config.norm) if config.adversarial else None
    (unlike, V), how = content(config.content), {"adversarial": config.adversarial, **config.steps}
    game = recipes.super_resolution(net(G), D and net(D), config.adversary, content=unlike, V=V, **how)

    def draw(state: State, batch: Any) -> jax.Array:
        seen = as_floats(batch["small"])
        repeated = jnp.repeat(jnp.repeat(seen, config.factor, 1), config.factor, 2)
        return jnp.concatenate([repeated, of_state(state, "G", net(G))(seen), as_floats(batch["image"])])

    able = Map(G, takes={"small": small}, gives={"image": large}, multiple=1, halo=G.halo, grey=True)
    rows = pictures.of_rows("given", "drawn", "true")
    return run.System(config.played(game) if D else game, [able], draw=draw, shown=8, picture=rows)


if __name__ == "__main__":
    run.start(build, Config, source=source)
