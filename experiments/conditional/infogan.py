"""InfoGAN (Chen et al. 2016): codes that it finds by itself, and that can be read off images: which digit, how slanted.

python experiments/conditional/infogan.py --dataset mnist --lr-g 1e-3 --information-continuous 0.1 --rounds 8000
jaxgen sample runs/infogan --code 4
jaxgen traverse runs/infogan --code 4 --rows 2 --reach 2

No label is learned from. Where the data has labels, the last line says how well the codes of unseen images fit them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from jaxgen import recipes, run
from jaxgen.abilities import Draw
from jaxgen.data import Fields
from jaxgen.data.fields import Field
from jaxgen.limits import AtLeast
from jaxgen.measure import clusters
from jaxgen.nets import infogan, net
from jaxgen.recipes.objectives import Adversarial
from jaxgen.show import pictures


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """The paper's nets and batch. Its step sizes are 2e-4 for D, which is the default's, and 1e-3 for G: --lr-g."""

    DIGITS = 16
    ALONE = "--width 16 --rounds 1000 --lr-g 1e-3"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/infogan")
    # Images in a round's batch, over all devices and processes together.
    batch: Annotated[int, AtLeast(1)] = 128
    # Numbers of z that are noise, beside the codes.
    noise: Annotated[int, AtLeast(0)] = 62
    # Classes that the code has.
    codes: Annotated[int, AtLeast(2)] = 10
    # Numbers from -1 to 1 that are codes too: the first ones of z.
    continuous: Annotated[int, AtLeast(0)] = 2
    # Channels of the largest hidden feature map of G and D; the dense layers have 16 times as many units.
    width: Annotated[int, AtLeast(1)] = 64
    # Weight of the classes' part of the mutual information.
    information: Annotated[float, AtLeast(0)] = 1.0
    # Weight of the numbers' part.
    information_continuous: Annotated[float, AtLeast(0)] = 1.0


def build(config: Config, fields: Fields) -> run.System:
    """Train an InfoGAN, or go on with one, and write its report."""
    image, latent = fields.image, config.noise + config.continuous
    G = infogan.Generator(config.codes, image.size, image.channels, config.width, config.dtype)
    D = infogan.Discriminator(config.codes, config.continuous, config.width, config.dtype, config.norm)
    game = recipes.infogan(
        net(G), net(D), config.adversary, latent=latent, codes=config.codes, continuous=config.continuous,
        weight=config.information, continuous_weight=config.information_continuous, **config.steps,
    )  # fmt: skip

    def finish(ended: run.Ended) -> dict[str, Any]:
        if "label" not in fields or not fields["label"].names:
            return {}
        said = ended.net("D", net(D))
        return {**ended.about, **clusters.agreement(ended.source, ended.measured, lambda net, x: net(x)[1][0], said)}

    code = Field("label", (), tuple(map(str, range(config.codes))))
    drawing = Draw(G, latent, "uniform", takes={"code": code})
    return run.System(config.played(game), [drawing], picture=pictures.of_columns(config.codes), finish=finish)


if __name__ == "__main__":
    run.start(build, Config)
