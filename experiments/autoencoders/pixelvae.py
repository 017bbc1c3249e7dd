"""PixelVAE (Gulrajani et al. 2016): a variational autoencoder whose decoder is a small PixelCNN, given the code.

python experiments/autoencoders/pixelvae.py --dataset binarized_mnist.npz --out runs/pixelvae
python experiments/autoencoders/pixelvae.py --dataset binarized_mnist.npz --layers 0 --out runs/without
python experiments/autoencoders/pixelvae.py --dataset mnist --pixels logistics --out runs/grey

The last line is JSON, by the averaged parameters on the test split, or, where the data has none, on the images trained
on: the ELBO, its divergence "kl" (what the code tells) and the importance-weighted bound of -log p(x), "nll", in nats
an image. Nats are of 0 and 255 alone with Bernoulli pixels, and of 256 levels with the others.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
import optax

from jaxgen import recipes, run
from jaxgen.abilities import DensityByCodes, DrawByCodeAndPixels
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.measure import likelihoods
from jaxgen.model.data import test_or_own
from jaxgen.nets import net, pixelvae, vae
from jaxgen.pixels import PIXELS
from jaxgen.show import codes


@dataclass(frozen=True)
class Config(run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/pixelvae")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 20_000
    # Images in a round's batch, over all devices and processes together.
    batch: int = 64
    # What a pixel is, given the code and the pixels before: black or white (of grey values a cross-entropy, no
    # likelihood), a softmax over 256 values of each channel, or a mixture of logistics.
    pixels: Literal["bernoulli", "categorical", "logistics"] = "bernoulli"
    # Layers of the PixelCNN. The fewer, the more is left to the code; 0 is a VAE, whose pixels see the code alone.
    layers: int = 2
    # Channels of the PixelCNN, p, and feature maps that the code becomes.
    filters: int = 32
    # Channels of the largest hidden feature map between images and code, of sizes that DCGAN has.
    width: int = 32
    # Length of the code.
    latent: int = 32
    # Nats of each latent's divergence that cost nothing.
    free_bits: float = 0.0
    # Adam's first step size.
    lr: float = 1e-3
    # Rounds until the step size is zero; by default never: it stays.
    decay: int | None = None
    # Decay, a round, of the averages of the parameters that images are drawn and likelihoods measured with.
    ema: float = 0.999
    # Samples for each image of the test split by which its likelihood is estimated.
    is_samples: int = 10
    # Images of the test split to measure; by default all.
    test_images: int | None = None


def checked(config: Config) -> None:
    """Raises InputError for settings that are out of range."""
    for name, least in (
        ("layers", 0), ("filters", 1), ("width", 1), ("latent", 1), ("free_bits", 0), ("is_samples", 1),
        ("test_images", 1),
    ):  # fmt: skip
        if (value := getattr(config, name)) is not None and value < least:
            raise InputError(f"--{name.replace('_', '-')} is {value}; it must be at least {least}")


def main(config: Config) -> None:
    """Train a PixelVAE, or go on with one, and measure its likelihood."""
    checked(config)
    with run.Session(config, "pixelvae") as session:
        family = PIXELS[config.pixels](session.channels)
        E = vae.ConvEncoder(config.latent, config.width, config.dtype)
        G = pixelvae.Decoder(
            session.size, family.out, config.layers, config.filters, config.width, groups=family.steps,
            dtype=config.dtype,
        )  # fmt: skip
        steps = config.lr if config.decay is None else optax.cosine_decay_schedule(config.lr, config.decay)
        game = recipes.vae(
            net(E), net(G), unlikely=family.unlikely, tx=optax.adam(steps), free_bits=config.free_bits,
            ema=config.ema, autoregressive=True,
        )  # fmt: skip
        sampler = DrawByCodeAndPixels(G, config.latent, session.channels, config.pixels)
        state = session.train(game, sampler, nets={"E": E})
        if not session.first_process:
            return
        where = {"data_dir": config.data_dir, "size": config.size, "channels": config.channels}
        source, split = test_or_own(config.dataset, config.split, **where)
        density = DensityByCodes(E, G, session.size, session.channels, config.pixels, autoregressive=True)
        count = min(config.test_images or source.length, source.length)
        nats = likelihoods.measured(
            density, codes.averaged(state, ("E", "G")), source, count, data_mesh(jax.local_devices()),
            samples=config.is_samples, seed=config.seed, strict=False,
        )  # fmt: skip
        result = {"rounds": int(state.round), "measured_on": split, "pixels": config.pixels, **nats}
        result["elbo"] = -nats["elbo"]
        (config.out / "test.json").write_text(json.dumps(result) + "\n")
        print(json.dumps(result))


if __name__ == "__main__":
    run.start(main, Config)
