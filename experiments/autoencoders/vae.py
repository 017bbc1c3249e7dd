"""Variational autoencoders (Kingma & Welling 2014), beta-VAE, free bits and IWAE (Burda et al. 2016).

python experiments/autoencoders/vae.py --dataset binarized_mnist.npz --out runs/vae
python experiments/autoencoders/vae.py --dataset binarized_mnist.npz --nets conv --width 24 --hidden 450 --out runs/conv
python experiments/autoencoders/vae.py --dataset binarized_mnist.npz --importance 5 --out runs/iwae
python experiments/autoencoders/vae.py --dataset mnist --decoder logistic --latent 2 --out runs/plane

The last line is JSON: the ELBO and the importance-sampled negative log-likelihood on the test split, or, where the data
has none, on the images trained on. Nats are for a whole image; of 0 and 255 alone with a Bernoulli decoder, of 256
levels with the others (a Gaussian's with uniform noise within a level). RUN/latent.png is the manifold of a latent of
length 2, RUN/traversals.png each latent varied alone, and RUN/codes.png the codes of images, coloured by class.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
import optax

from jaxgen import recipes, run
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.game import Net
from jaxgen.losses.decoders import likelihood
from jaxgen.measure import likelihoods
from jaxgen.nets import net, vae
from jaxgen.pixels import dequantised, floats
from jaxgen.sampling import LatentSampler
from jaxgen.show import codes


@dataclass(frozen=True)
class Config(run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/vae")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 20_000
    # Images in a round's batch, over all devices and processes together.
    batch: int = 128
    # What pixels are, given the code: 0 or 255 (of grey values a cross-entropy, no likelihood), a density, or 256 bins.
    decoder: Literal["bernoulli", "gaussian", "logistic"] = "bernoulli"
    # Standard deviation of a Gaussian decoder, of grey values in [-1, 1]; by default it is trained.
    deviation: float | None = None
    # Layers of both nets: dense ones, or convolutions.
    nets: Literal["dense", "conv"] = "dense"
    # Units of the two hidden dense layers, or channels of the largest convolutional feature map.
    width: int = 500
    # Units of a dense layer between code and feature maps of --nets conv; 0 is none.
    hidden: int = 0
    # Length of the code.
    latent: int = 40
    # Weight of the divergence.
    beta: float = 1.0
    # Nats of each latent's divergence that cost nothing.
    free_bits: float = 0.0
    # Samples of the importance-weighted bound; 1 is the ELBO.
    importance: int = 1
    # Adam's first step size.
    lr: float = 1e-3
    # Rounds until the step size is zero; by default never: it stays.
    decay: int | None = None
    # Decay of the weights, of AdamW: a step also takes off --lr times this share of every parameter.
    weight_decay: float = 0.0
    # Decay, a round, of the averages of the parameters that images are drawn and likelihoods measured with.
    ema: float = 0.999
    # Samples for each image of the test split by which its likelihood is estimated.
    is_samples: int = 500
    # Images of the test split to measure; by default all.
    test_images: int | None = None


def modules(config: Config, size: int, channels: int) -> tuple:
    """Encoder and decoder."""
    if config.nets == "conv":
        return (
            vae.ConvEncoder(config.latent, config.width, config.dtype, config.hidden),
            vae.ConvDecoder(size, channels, config.width, config.decoder, config.dtype, hidden=config.hidden),
        )
    widths = (config.width, config.width)
    return (
        vae.Encoder(config.latent, widths, config.dtype),
        vae.Decoder(size, channels, widths, config.decoder, config.dtype),
    )


def checked(config: Config) -> None:
    """Raises InputError for settings that do not go together."""
    for name in ("latent", "importance", "is_samples", "width"):
        if (value := getattr(config, name)) < 1:
            raise InputError(f"--{name.replace('_', '-')} is {value}; it must be at least 1")
    if config.hidden < 0 or (config.hidden and config.nets != "conv"):
        raise InputError(f"--hidden is for --nets conv and not negative, not {config.hidden} with --nets {config.nets}")
    if config.importance > 1 and (config.beta != 1 or config.free_bits):
        raise InputError("--importance above 1 is a bound of the likelihood; --beta and --free-bits are not for it")
    if config.deviation is not None and (config.decoder != "gaussian" or config.deviation <= 0):
        raise InputError(f"--deviation is for --decoder gaussian and above zero, not {config.deviation}")
    if config.beta < 0 or config.free_bits < 0:
        raise InputError("--beta and --free-bits must not be negative")
    if config.weight_decay < 0:
        raise InputError(f"--weight-decay is {config.weight_decay}; it must not be negative")
    if config.test_images is not None and config.test_images < 1:
        raise InputError(f"--test-images is {config.test_images}; it must be at least 1")


def main(config: Config) -> None:
    """Train a VAE, or go on with one, draw its latent space and measure its likelihood."""
    checked(config)
    with run.Session(config, "vae") as session:
        E, G = modules(config, session.size, session.channels)
        raw: Net = net(G.clone(raw=True))
        unlikely = likelihood(config.decoder, config.deviation)
        prepare = dequantised if config.decoder == "gaussian" else floats
        steps = config.lr if config.decay is None else optax.cosine_decay_schedule(config.lr, config.decay)
        tx = optax.adamw(steps, weight_decay=config.weight_decay)
        game = recipes.vae(
            net(E), raw, unlikely=unlikely, tx=tx, beta=config.beta, free_bits=config.free_bits,
            samples=config.importance, ema=config.ema, prepare=prepare,
        )  # fmt: skip
        state = session.train(game, LatentSampler(G, config.latent), nets={"E": E})
        if not session.first_process:
            return
        params, stats = codes.averaged(state, ("E", "G"))
        where = {"data_dir": config.data_dir, "size": config.size, "channels": config.channels}
        source, split = likelihoods.test_split(config.dataset, config.split, **where)
        codes.draw(config.out, net(E), net(G), params, stats, source, config.latent)
        model = likelihoods.of_vae(
            net(E),
            raw,
            unlikely,
            (params, stats),
            source.shape,
            config.decoder,
            config.is_samples,
            prepare,
            config.seed,
        )
        count = min(config.test_images or source.length, source.length)
        nats = likelihoods.measured(model, source, count, data_mesh(jax.local_devices()), strict=False)
        result = {"rounds": int(state.round), "measured_on": split, "decoder": config.decoder, **nats}
        result["elbo"] = -nats["elbo"]
        (config.out / "test.json").write_text(json.dumps(result) + "\n")
        print(json.dumps(result))


if __name__ == "__main__":
    run.start(main, Config)
