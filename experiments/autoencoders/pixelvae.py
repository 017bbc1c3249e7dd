"""PixelVAE (Gulrajani et al. 2016): a variational autoencoder whose decoder is a small PixelCNN, given the code.

python experiments/autoencoders/pixelvae.py --dataset binarized_mnist.npz --out runs/pixelvae
python experiments/autoencoders/pixelvae.py --dataset binarized_mnist.npz --layers 0 --out runs/without
python experiments/autoencoders/pixelvae.py --dataset mnist --pixels logistics --out runs/grey

The last line is JSON, by the averaged parameters on the test split, or, where the data has none, on the images trained
on: the ELBO, its divergence "kl" (what the code tells) and the importance-weighted bound of -log p(x), "nll", in nats
an image. Nats are of 0 and 255 alone with Bernoulli pixels, and of 256 levels with the others.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import optax

from jaxgen import recipes, run
from jaxgen.abilities import DensityByCodes, DrawByCodeAndPixels, Encode
from jaxgen.data import Fields
from jaxgen.limits import AtLeast, Below
from jaxgen.measure import tested
from jaxgen.nets import net, pixelvae, vae
from jaxgen.pixels import PIXELS


@dataclass(frozen=True)
class Config(tested.Bounded, run.Falling, run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    DIGITS = 16
    ALONE = "--rounds 250 --is-samples 10"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/pixelvae")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 20_000
    # What a pixel is, given the code and the pixels before: black or white (of grey values a cross-entropy, no
    # likelihood), a softmax over 256 values of each channel, or a mixture of logistics.
    pixels: Literal["bernoulli", "categorical", "logistics"] = "bernoulli"
    # Layers of the PixelCNN. The fewer, the more is left to the code; 0 is a VAE, whose pixels see the code alone.
    layers: Annotated[int, AtLeast(0)] = 2
    # Channels of the PixelCNN, p, and feature maps that the code becomes.
    filters: Annotated[int, AtLeast(1)] = 32
    # Channels of the largest hidden feature map between images and code, of sizes that DCGAN has.
    width: Annotated[int, AtLeast(1)] = 32
    # Length of the code.
    latent: Annotated[int, AtLeast(1)] = 32
    # Decay, a round, of the averages of the parameters that images are drawn and likelihoods measured with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999
    # Samples for each image of the test split by which its likelihood is estimated.
    is_samples: Annotated[int, AtLeast(1)] = 10


def build(config: Config, fields: Fields) -> run.System:
    """Train a PixelVAE, or go on with one, and measure its likelihood."""
    size, channels = fields.image.size, fields.image.channels
    family = PIXELS[config.pixels](channels)
    E = vae.ConvEncoder(config.latent, config.width, config.dtype)
    G = pixelvae.Decoder(
        size, family.out, config.layers, config.filters, config.width, groups=family.steps, dtype=config.dtype
    )
    game = recipes.vae(
        net(E), net(G), unlikely=family.unlikely, tx=optax.adam(config.steps), free_bits=config.free_bits,
        ema=config.ema, autoregressive=True,
    )  # fmt: skip
    density = DensityByCodes(E, G, size, channels, config.pixels, autoregressive=True)

    def finish(ended: run.Ended) -> dict[str, Any]:
        bounds = config.bounds(ended.bound(density), ended.measured, config.seed)
        return {**ended.about, "pixels": config.pixels, **bounds}

    drawing = DrawByCodeAndPixels(G, config.latent, channels, config.pixels)
    return run.System(game, [drawing, Encode(E), density], finish=finish)


if __name__ == "__main__":
    run.start(build, Config)
