"""BAGAN (Mariani et al. 2018): images of rare classes too, by a GAN that begins as an autoencoder of all classes.

python experiments/autoencoders/autoencoder.py --dataset mnist --cut 0 0.05 --nets conv --width 16 --out runs/ae
python experiments/conditional/bagan.py --dataset mnist --cut 0 0.05 --width 16 --begin-with runs/ae --out runs/bagan
jaxgen sample runs/bagan --label 0

Both runs see the same data: a class that is cut loses the same images under the same --seed. Codes of the classes'
Gaussians are measured once, before the first round, and are in every checkpoint. Without --begin-with the autoencoder
is one that has learned nothing. The run's pictures have a column for each class.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from jaxgen import recipes, run
from jaxgen.abilities import DrawByClasses, Encode
from jaxgen.data import Fields, Source
from jaxgen.errors import InputError
from jaxgen.game import State
from jaxgen.limits import AtLeast
from jaxgen.measure import gaussians
from jaxgen.model.applied import of_state
from jaxgen.nets import dcgan, net, vae
from jaxgen.nets.gaussians import Gaussians
from jaxgen.recipes.objectives import Adversarial
from jaxgen.show import pictures


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """An autoencoder's nets, of the width and the latent that it has; none has a normalisation. The authors' code
    has Adam 5e-5 with beta1 0.5 for both nets; in some thousand rounds D then falls behind G and learns nothing."""

    DIGITS = 16
    ALONE = "--width 16 --rounds 800"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/bagan")
    # Length of a code: the autoencoder's.
    latent: Annotated[int, AtLeast(1)] = 32
    # Channels of the largest feature map of all nets: the autoencoder's.
    width: Annotated[int, AtLeast(1)] = 64
    # Step sizes for G and for D.
    lr_g: Annotated[float | None, AtLeast(0)] = 5e-5
    lr_d: Annotated[float | None, AtLeast(0)] = 5e-4
    # What D says: one softmax of the classes and of fakes (the paper's), or a score of being real beside a softmax of
    # the classes (AC-GAN's two heads), for which there is any --objective.
    heads: Literal["one", "two"] = "one"


def build(config: Config, fields: Fields) -> run.System:
    """Train a BAGAN, or go on with one, and write its report."""
    if config.heads == "one" and config.objective != "non_saturating":
        raise InputError(f"--objective {config.objective} is for --heads two: one softmax has a loss of its own")
    image, label = fields.image, fields.label
    E = dcgan.Encoder(config.latent, config.width, config.dtype, "none")
    G = vae.ConvDecoder(image.size, image.channels, config.width, dtype=config.dtype)
    P = Gaussians(label.count, config.latent)
    D = dcgan.Encoder(1 + label.count, config.width, config.dtype, "none")
    adversary = None if config.heads == "one" else config.adversary
    game = recipes.bagan(
        net(G), net(E), net(P), net(D), adversary, latent=config.latent, classes=label.count, **config.steps
    )

    def know(state: State, source: Source) -> dict[str, Any]:
        return {"P": gaussians.of_classes(source, of_state(state, "E", net(E)))}

    drawing = DrawByClasses(G, config.latent, takes={"label": label}, gaussians=P)
    return run.System(
        config.played(game), [drawing, Encode(E)], begins=("G", "E", "D/_Trunk_0=E/_Trunk_0"), know=know,
        picture=pictures.of_columns(label.count),
    )  # fmt: skip


if __name__ == "__main__":
    run.start(build, Config)
