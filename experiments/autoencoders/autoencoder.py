"""Autoencoders, dense or convolutional, and denoising ones (Vincent et al. 2008).

python experiments/autoencoders/autoencoder.py --dataset mnist --out runs/autoencoder
python experiments/autoencoders/autoencoder.py --dataset mnist --latent 2 --cost bernoulli --out runs/plane
python experiments/autoencoders/autoencoder.py --dataset mnist --noise masking --level 0.3 --out runs/denoising

The last line is JSON: the cost of an image on the test split, or, where the data has none, on the images trained on,
seen clean and seen corrupted: a sum over its numbers of squared differences in [-1, 1], or of cross-entropies in nats.
The pictures of the run have rows of images, of what the encoder sees of them, and of what the decoder makes of that;
RUN/codes.png is a map of codes, coloured by class.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import optax

from jaxgen import recipes, run
from jaxgen.abilities import Encode
from jaxgen.data import Fields
from jaxgen.errors import InputError
from jaxgen.limits import AtLeast, Below
from jaxgen.losses import decoders, reconstruction
from jaxgen.measure import means
from jaxgen.nets import chosen, net
from jaxgen.recipes.autoencoders.autoencoder import Cost
from jaxgen.recipes.autoencoders.corruption import clean, gaussian, masking
from jaxgen.show import codes, pictures

SHOWN = 16  # images in a row of the picture


@dataclass(frozen=True)
class Config(chosen.Coders, run.Falling, run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    ALONE = "--width 200 --rounds 1500 --decay 1500"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/autoencoder")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 5000
    # Images in a round's batch, over all devices and processes together.
    batch: Annotated[int, AtLeast(1)] = 128
    # What an image's difference from its original is: of squares, or the cross-entropy of grey values.
    cost: Literal["squared", "bernoulli"] = "squared"
    # Corruption of what the encoder sees: none, numbers turned black, or Gaussian noise.
    noise: Literal["none", "masking", "gaussian"] = "none"
    # Share of the numbers that turn black, or standard deviation of the noise, of grey values in [-1, 1].
    level: Annotated[float, AtLeast(0)] = 0.3
    # Decay, a round, of the averages of the parameters that images are made and costs measured with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999


def build(config: Config, fields: Fields) -> run.System:
    """Train an autoencoder, or go on with one, and measure what it makes of images."""
    if config.noise == "masking" and config.level > 1:
        raise InputError(f"--level is {config.level}; it must not be negative, nor for --noise masking above 1")
    E, G = config.plain((fields.image.size, fields.image.channels), config.dtype)
    corrupt = {"none": clean, "masking": masking(config.level), "gaussian": gaussian(config.level)}[config.noise]
    cost: Cost = reconstruction.squared if config.cost == "squared" else decoders.bernoulli
    raw = net(G if config.cost == "squared" else G.clone(raw=True))
    game = recipes.autoencoder(net(E), raw, tx=optax.adam(config.steps), cost=cost, corrupt=corrupt, ema=config.ema)

    def finish(ended: run.Ended) -> dict[str, Any]:
        encode, decode, source = ended.net("E", net(E)), ended.net("G", raw), ended.measured
        codes.write_map(ended.folder, encode, source)
        clean_and_corrupted = {
            "error": means.error(source, encode, decode, cost),
            "error_corrupted": means.error(source, encode, decode, cost, corrupt),
        }
        return {**ended.about, "cost": config.cost, **clean_and_corrupted}

    draw, picture = codes.rows(net(E), net(G), corrupt, config.seed), pictures.of_rows("image", "seen", "made of it")
    return run.System(game, [Encode(E)], draw=draw, shown=SHOWN, picture=picture, finish=finish)


if __name__ == "__main__":
    run.start(build, Config)
