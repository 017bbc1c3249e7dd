"""Variational autoencoders (Kingma & Welling 2014), beta-VAE, free bits and IWAE (Burda et al. 2016).

python experiments/autoencoders/vae.py --dataset binarized_mnist.npz --out runs/vae
python experiments/autoencoders/vae.py --dataset binarized_mnist.npz --nets conv --width 24 --hidden 450 --out runs/conv
python experiments/autoencoders/vae.py --dataset mnist --decoder logistic --latent 2 --out runs/plane

The last line is JSON: the ELBO and the importance-sampled negative log-likelihood on the test split, or, where the data
has none, on the images trained on. Nats are for a whole image; of 0 and 255 alone with a Bernoulli decoder, of 256
levels with the others (a Gaussian's with uniform noise within a level). RUN/latent.png is the manifold of a latent of
length 2, RUN/traversals.png each latent varied alone, and RUN/codes.png the codes of images, coloured by class.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import optax

from jaxgen import recipes, run
from jaxgen.abilities import DensityByCodes, Draw, Encode
from jaxgen.data import Fields
from jaxgen.limits import Above, AtLeast, Below
from jaxgen.losses.decoders import likelihood
from jaxgen.measure import tested
from jaxgen.nets import chosen, net
from jaxgen.pixels import dequantised, floats
from jaxgen.show import codes


@dataclass(frozen=True)
class Config(chosen.Coders, tested.Bounded, run.Falling, run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    ALONE = "--width 200 --rounds 1500 --decay 1500 --is-samples 50"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/vae")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 20_000
    # Images in a round's batch, over all devices and processes together.
    batch: Annotated[int, AtLeast(1)] = 128
    # What pixels are, given the code: 0 or 255 (of grey values a cross-entropy, no likelihood), a density, or 256 bins.
    decoder: Literal["bernoulli", "gaussian", "logistic"] = "bernoulli"
    # Standard deviation of a Gaussian decoder, of grey values in [-1, 1]; by default it is trained.
    deviation: Annotated[float | None, Above(0)] = None
    # Units of a dense layer between code and feature maps of --nets conv; 0 is none.
    hidden: Annotated[int, AtLeast(0)] = 0
    # Length of the code.
    latent: Annotated[int, AtLeast(1)] = 40
    # Weight of the divergence.
    beta: Annotated[float, AtLeast(0)] = 1.0
    # Samples of the importance-weighted bound; 1 is the ELBO.
    importance: Annotated[int, AtLeast(1)] = 1
    # Decay of the weights, of AdamW: a step also takes off --lr times this share of every parameter.
    weight_decay: Annotated[float, AtLeast(0)] = 0.0
    # Decay, a round, of the averages of the parameters that images are drawn and likelihoods measured with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999


def build(config: Config, fields: Fields) -> run.System:
    """Train a VAE, or go on with one, draw its latent space and measure its likelihood."""
    E, G = config.gaussian((fields.image.size, fields.image.channels), config.dtype, config.decoder, config.hidden)
    raw, unlikely = G.clone(raw=True), likelihood(config.decoder, config.deviation)
    prepare = dequantised if config.decoder == "gaussian" else floats
    game = recipes.vae(
        net(E), net(raw), unlikely=unlikely, tx=optax.adamw(config.steps, weight_decay=config.weight_decay),
        beta=config.beta, free_bits=config.free_bits, samples=config.importance, ema=config.ema, prepare=prepare,
    )  # fmt: skip
    density = DensityByCodes(E, raw, fields.image.size, fields.image.channels, config.decoder, config.deviation)

    def finish(ended: run.Ended) -> dict[str, Any]:
        encode, decode, source = ended.net("E", net(E)), ended.net("G", net(G)), ended.measured
        codes.write_all(ended.folder, encode, decode, source, config.latent)
        return {**ended.about, "decoder": config.decoder, **config.bounds(ended.bound(density), source, config.seed)}

    return run.System(game, [Draw(G, config.latent), Encode(E), density], finish=finish)


if __name__ == "__main__":
    run.start(build, Config)
