"""Autoencoders, dense or convolutional, and denoising ones (Vincent et al. 2008).

python experiments/autoencoders/autoencoder.py --dataset mnist --out runs/autoencoder
python experiments/autoencoders/autoencoder.py --dataset mnist --latent 2 --cost bernoulli --out runs/plane
python experiments/autoencoders/autoencoder.py --dataset mnist --noise masking --level 0.3 --out runs/denoising

The last line is JSON: the cost of an image on the test split, or, where the data has none, on the images trained on,
seen clean and seen corrupted: a sum over its numbers of squared differences in [-1, 1], or of cross-entropies in nats.
The pictures of the run have rows of images, of what the encoder sees of them, and of what the decoder makes of that;
RUN/codes.png is a map of codes, coloured by class.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxgen import recipes, run
from jaxgen.data import labelled
from jaxgen.errors import InputError
from jaxgen.losses import decoders, reconstruction
from jaxgen.nets import dcgan, mlp, net, vae
from jaxgen.recipes.autoencoders.autoencoder import Cost
from jaxgen.recipes.autoencoders.corruption import Corrupt, clean, gaussian, masking
from jaxgen.show import codes, pictures
from jaxgen.store.folder import write

SHOWN = 16  # images in a row of the picture


@dataclass(frozen=True)
class Config(run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/autoencoder")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 5000
    # Images in a round's batch, over all devices and processes together.
    batch: int = 128
    # Layers of both nets: dense ones, or convolutions.
    nets: Literal["dense", "conv"] = "dense"
    # Units of the two hidden dense layers, or channels of the largest convolutional feature map.
    width: int = 500
    # Length of the code.
    latent: int = 32
    # What an image's difference from its original is: of squares, or the cross-entropy of grey values.
    cost: Literal["squared", "bernoulli"] = "squared"
    # Corruption of what the encoder sees: none, numbers turned black, or Gaussian noise.
    noise: Literal["none", "masking", "gaussian"] = "none"
    # Share of the numbers that turn black, or standard deviation of the noise, of grey values in [-1, 1].
    level: float = 0.3
    # Adam's first step size.
    lr: float = 1e-3
    # Rounds until the step size is zero; by default never: it stays.
    decay: int | None = None
    # Decay, a round, of the averages of the parameters that images are made and costs measured with.
    ema: float = 0.999


def checked(config: Config) -> None:
    """Raises InputError for settings that are out of range."""
    for name in ("latent", "width"):
        if (value := getattr(config, name)) < 1:
            raise InputError(f"--{name} is {value}; it must be at least 1")
    if config.level < 0 or (config.noise == "masking" and config.level > 1):
        raise InputError(f"--level is {config.level}; it must not be negative, nor for --noise masking above 1")


def modules(config: Config, size: int, channels: int) -> tuple:
    """Encoder and decoder."""
    if config.nets == "conv":
        return (
            dcgan.Encoder(config.latent, config.width, config.dtype, "none"),
            vae.ConvDecoder(size, channels, config.width, dtype=config.dtype),
        )
    widths = (config.width, config.width)
    return (
        mlp.Encoder(config.latent, widths, config.dtype),
        vae.Decoder(size, channels, widths, dtype=config.dtype),
    )


def corruption(config: Config) -> Corrupt:
    return {"none": clean, "masking": masking(config.level), "gaussian": gaussian(config.level)}[config.noise]


def main(config: Config) -> None:
    """Train an autoencoder, or go on with one, and measure what it makes of images."""
    checked(config)
    with run.Session(config, "autoencoder") as session:
        E, G = modules(config, session.size, session.channels)
        squared = config.cost == "squared"
        cost: Cost = reconstruction.squared if squared else decoders.bernoulli
        told, corrupt = net(G if squared else G.clone(raw=True)), corruption(config)
        steps = config.lr if config.decay is None else optax.cosine_decay_schedule(config.lr, config.decay)
        game = recipes.autoencoder(net(E), told, tx=optax.adam(steps), cost=cost, corrupt=corrupt, ema=config.ema)
        first = np.arange(min(SHOWN, session.source.length))
        shown = session.source.read(first)["image"].astype(np.float32) / np.float32(127.5) - 1

        def draw(state: Any) -> jax.Array:
            params = {name: state.ema.get(name, state.params[name]) for name in "EG"}
            seen = corrupt(jnp.asarray(shown), jax.random.split(jax.random.key(config.seed), len(shown)))
            code, _ = net(E).apply(params["E"], state.stats["E"], seen, train=False)
            made, _ = net(G).apply(params["G"], state.stats["G"], code, train=False)
            return jnp.concatenate([shown, seen, made])

        def rows(images: np.ndarray):
            return pictures.grid(pictures.to_uint8(images), len(shown))

        state = session.train(game, None, rows, draw, nets={"E": E, "G": G})
        if not session.first_process:
            return
        params, stats = codes.averaged(state, ("E", "G"))
        where = {"data_dir": config.data_dir, "size": config.size, "channels": config.channels}
        test = labelled.held_out(config.dataset, split=config.split, **where)
        source = test or session.source
        encode = jax.jit(lambda x: net(E).apply(params["E"], stats["E"], x, train=False)[0])
        write(config.out / "codes.png", pictures.png(codes.code_map(*codes.some(encode, source))))

        def error(seen: jax.Array, images: jax.Array) -> jax.Array:
            return cost(told.apply(params["G"], stats["G"], encode(seen), train=False)[0], images)

        result = {
            "rounds": int(state.round),
            "measured_on": "train" if test is None else "test",
            "images": source.length,
            "cost": config.cost,
            "error": codes.mean_over(source, lambda x, keys: error(x, x)),
            "error_corrupted": codes.mean_over(source, lambda x, keys: error(corrupt(x, keys), x)),
        }
        (config.out / "test.json").write_text(json.dumps(result) + "\n")
        print(json.dumps(result))


if __name__ == "__main__":
    run.start(main, Config)
