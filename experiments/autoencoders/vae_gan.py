"""VAE/GAN (Larsen et al. 2016): a VAE whose images are compared by the features of a GAN's discriminator.

python experiments/autoencoders/vae_gan.py --dataset mnist --out runs/vae-gan
python experiments/autoencoders/vae_gan.py --dataset ./faces --size 64 --rounds 20000 --out runs/vae-gan-faces

The run's pictures are of decoded draws of the prior. RUN/again.png has rows of images and of their reconstructions,
RUN/codes.png a map of codes, coloured by class. The last line is JSON: the squared error of a reconstruction, of which
the net never hears, and the divergence of codes in nats, on the test split, or, where the data has none, on the images
trained on.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import optax

from jaxgen import recipes, run
from jaxgen.abilities import Draw, Encode, Judge
from jaxgen.data import Fields
from jaxgen.limits import AtLeast, Below
from jaxgen.measure import means
from jaxgen.nets import dcgan, net, vae
from jaxgen.recipes import objectives
from jaxgen.show import codes


@dataclass(frozen=True)
class Config(objectives.Adversarial, run.Settings):
    """Adam with betas 0.5 and 0.999 for all three nets, which are DCGAN's, unless the objective says otherwise."""

    DIGITS = 16
    ALONE = "--width 16 --rounds 600"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/vae-gan")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 5000
    # Images in a round's batch, over all devices and processes together.
    batch: Annotated[int, AtLeast(1)] = 64
    # Channels of the largest feature map of every net.
    width: Annotated[int, AtLeast(1)] = 32
    # Length of the code.
    latent: Annotated[int, AtLeast(1)] = 16
    # Weight of the features' distance, beside the adversarial loss, for the decoder.
    gamma: Annotated[float, AtLeast(0)] = 1e-2
    # Adam's step sizes, of the encoder, of the decoder and of D.
    lr_e: Annotated[float, AtLeast(0)] = 2e-4
    lr_g: Annotated[float | None, AtLeast(0)] = 2e-4
    lr_d: Annotated[float | None, AtLeast(0)] = 2e-4
    # Decay, a round, of the averages of the parameters that images are made and errors measured with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999


def build(config: Config, fields: Fields) -> run.System:
    """Train a VAE/GAN, or go on with one, draw what it makes of images and measure that."""
    E = vae.ConvEncoder(config.latent, config.width, config.dtype)
    G = dcgan.Generator(fields.image.size, fields.image.channels, config.width, config.dtype)
    D = dcgan.Discriminator(config.width, config.dtype, config.norm, features=True)
    game = recipes.vae_gan(
        net(E), net(G), net(D), config.adversary, latent=config.latent, gamma=config.gamma,
        E_tx=optax.adam(config.falling(config.lr_e), b1=0.5), **objectives.steps(config),
    )  # fmt: skip

    def finish(ended: run.Ended) -> dict[str, Any]:
        encode, decode, source = ended.net("E", net(E)), ended.net("G", net(G)), ended.measured
        codes.write_map(ended.folder, encode, source)
        codes.write_again(ended.folder, encode, decode, source)
        return {**ended.about, "error": means.error(source, encode, decode), "kl": means.information(source, encode)}

    return run.System(config.played(game), [Draw(G, config.latent), Encode(E), Judge(D)], finish=finish)


if __name__ == "__main__":
    run.start(build, Config)
