"""Autoregressive models of discrete pixels, with exact likelihoods: PixelCNN++ (Salimans et al. 2017), gated PixelCNN
(van den Oord et al. 2016b), PixelCNN, PixelRNN and nets of several scales (2016a), MADE (Germain et al. 2015), fully
visible belief nets.

python experiments/pixels/pixelcnn.py --dataset binarized_mnist.npz --decay 20000 --out runs/gated
python experiments/pixels/pixelcnn.py --dataset mnist --conditional --out runs/classes
python experiments/pixels/pixelcnn.py --dataset cifar10 --model pixelcnnpp --filters 160 --resnets 5 --out runs/cifar

The last line is JSON: the negative log-likelihood on the test split, or, where the data has none, on the images trained
on, in nats an image and bits per dimension, by the averaged parameters. RUN/completions.png has images of that split,
beside their upper halves, and lower halves that were drawn.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import jax
import numpy as np
import optax
from flax import linen as nn

from jaxgen import recipes, run
from jaxgen.abilities import DensityByPixels, DrawByPixels
from jaxgen.data import Source, labelled, masks
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.measure import likelihoods
from jaxgen.measure.extract import evenly
from jaxgen.model import Bound, completions
from jaxgen.model.data import test_or_own
from jaxgen.nets import made, multiscale, net, pixelcnn, pixelcnnpp, pixelrnn
from jaxgen.pixels import PIXELS, Pixels
from jaxgen.show import codes, pictures
from jaxgen.store.folder import write

COMPLETED = 10  # images of the test split whose lower halves are drawn anew


@dataclass(frozen=True)
class Config(run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/pixelcnn")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 20_000
    # Images in a round's batch, over all devices and processes together.
    batch: int = 32
    # The net.
    model: Literal["pixelcnnpp", "gated", "pixelcnn", "row_lstm", "diagonal_bilstm", "made", "multiscale"] = "gated"
    # What a pixel is, given those before: black or white, a softmax over 256 values of each channel, or a mixture of
    # logistics. By default the first where the data has only 0 and 255, else the last.
    pixels: Literal["bernoulli", "categorical", "logistics"] | None = None
    # Channels of the hidden layers; 160 in PixelCNN++ as published; p of gated PixelCNN, h of PixelCNN and PixelRNN.
    filters: int = 32
    # Resnets in each block of PixelCNN++; 5 as published.
    resnets: int = 2
    # Normalise the weights of PixelCNN++ and start them from the first batch, as its authors did.
    weight_norm: bool = True
    # Units of each hidden layer of MADE.
    width: int = 500
    # Scales of multiscale, each half as large as the next: its nets are gated PixelCNNs.
    scales: int = 2
    # Layers: 8 of gated PixelCNN, 7 blocks of PixelCNN or LSTMs, 2 hidden ones of MADE (0 is a fully visible belief net
    # of logistic regressions) by default.
    layers: int | None = None
    # Channels of the last layers of PixelCNN, gated or not, and PixelRNN.
    head: int = 32
    # Share of features that are dropped in training, rounded to 256ths; 0.5 in PixelCNN++ as published.
    dropout: float = 0.5
    # Model images given their class.
    conditional: bool = False
    # Adam's first step size.
    lr: float = 1e-3
    # Rounds until the step size is zero; by default never: it stays.
    decay: int | None = None
    # Largest norm of a round's gradient (metrics.jsonl has them as P/grad_norm), to which longer ones are scaled; by
    # default there is none. A pixel that the net thinks nearly impossible can make one a million times as long as the
    # others, which undoes a training whose --lr is large.
    clip: float | None = None
    # Decay, a round, of the averages of the parameters that images are drawn and likelihoods measured with.
    ema: float = 0.9995
    # Images of the test split to measure; by default all.
    test_images: int | None = None


def pixelcnn_plus_plus(config: Config, family: Pixels, classes: int) -> nn.Module:
    return pixelcnnpp.PixelCNNPlusPlus(
        family.out, config.filters, config.resnets, config.dropout, classes, config.weight_norm, config.dtype
    )


def gated(config: Config, family: Pixels, classes: int) -> nn.Module:
    return pixelcnn.GatedPixelCNN(
        family.out, config.filters, layers(config, 8), head=config.head, groups=family.steps, classes=classes,
        dtype=config.dtype,
    )  # fmt: skip


def multi_scale(config: Config, family: Pixels, classes: int) -> nn.Module:
    return multiscale.MultiScale(
        family.out, config.filters, layers(config, 8), config.scales, head=config.head, groups=family.steps,
        classes=classes, dtype=config.dtype,
    )  # fmt: skip


def masked(net: Callable[..., nn.Module], config: Config, family: Pixels, classes: int) -> nn.Module:
    """PixelCNN or a PixelRNN."""
    return net(family.out, config.filters, layers(config, 7), config.head, family.steps, dtype=config.dtype)


def masked_autoencoder(config: Config, family: Pixels, classes: int) -> nn.Module:
    return made.MADE(family.out, (config.width,) * layers(config, 2), family.steps, config.dtype)


def layers(config: Config, usual: int) -> int:
    return usual if config.layers is None else config.layers


MODELS: dict[str, Callable[[Config, Pixels, int], nn.Module]] = {
    "pixelcnnpp": pixelcnn_plus_plus,
    "gated": gated,
    "pixelcnn": partial(masked, pixelcnn.PixelCNN),
    "row_lstm": partial(masked, pixelrnn.RowLSTM),
    "diagonal_bilstm": partial(masked, pixelrnn.DiagonalBiLSTM),
    "made": masked_autoencoder,
    "multiscale": multi_scale,
}
CONDITIONAL = ("gated", "multiscale", "pixelcnnpp")  # models that can be told the class
DROPPING = ("pixelcnnpp",)  # models that drop features by keys


def checked(config: Config) -> None:
    """Raises InputError for settings that are out of range."""
    for name, least in (("filters", 1), ("resnets", 1), ("width", 1), ("head", 1), ("scales", 1), ("layers", 0)):
        if (value := getattr(config, name)) is not None and value < least:
            raise InputError(f"--{name} is {value}; it must be at least {least}")
    if config.layers == 0 and config.model != "made":
        raise InputError(f"--layers 0 is for --model made, not for {config.model}")
    if config.conditional and config.model not in CONDITIONAL:
        raise InputError(f"--conditional is for {', '.join(CONDITIONAL)}, not for {config.model}")
    if not 0 <= config.dropout < 1:
        raise InputError(f"--dropout is {config.dropout}; it is a share, from 0 to below 1")
    if config.clip is not None and config.clip <= 0:
        raise InputError(f"--clip is {config.clip}; it must be above 0")
    if config.test_images is not None and config.test_images < 1:
        raise InputError(f"--test-images is {config.test_images}; it must be at least 1")


def black_and_white(source: Source) -> bool:
    """Whether the first images have no pixels but 0 and 255."""
    images = source.read(np.arange(min(256, source.length)))["image"]
    return images.shape[-1] == 1 and bool(np.all((images == 0) | (images == 255)))


def family_of(config: Config, source: Source) -> str:
    """The name in `PIXELS` of what this data's pixels are."""
    binary = black_and_white(source)
    if config.pixels == "bernoulli" and not binary:
        raise InputError(f"--pixels bernoulli is for pixels of 0 and 255 alone, which {config.dataset} has not")
    chosen = config.pixels or ("bernoulli" if binary else "logistics")
    if config.pixels is None and binary:
        print(f"{config.dataset} has only pixels of 0 and 255: --pixels bernoulli", file=sys.stderr)
    return chosen


def main(config: Config) -> None:
    """Train an autoregressive model of pixels, or go on with one, measure its likelihood and complete images."""
    checked(config)
    with run.Session(config, "pixelcnn") as session:
        if config.model == "pixelcnnpp" and session.size % 4:
            raise InputError(f"PixelCNN++ is of images whose side divides by 4, not {session.size}: say --size")
        pixels = family_of(config, session.source)
        family = PIXELS[pixels](session.channels)
        classes = labelled.classes(session.source) if config.conditional else 0
        P = MODELS[config.model](config, family, classes)
        steps = config.lr if config.decay is None else optax.cosine_decay_schedule(config.lr, config.decay)
        tx = optax.adam(steps)
        if config.clip is not None:
            tx = optax.chain(optax.clip_by_global_norm(config.clip), tx)
        game = recipes.autoregressive(
            net(P), family=family, tx=tx, ema=config.ema, conditional=config.conditional,
            dropout=config.model in DROPPING,
        )  # fmt: skip
        sampler = DrawByPixels(P, session.size, session.channels, pixels, classes)
        state = session.train(game, sampler, lambda drawn: pictures.grid(pictures.to_uint8(drawn), classes or None))
        if not session.first_process:
            return
        params, stats = codes.averaged(state, ("P",))
        where = {"data_dir": config.data_dir, "size": config.size, "channels": config.channels}
        source, split = test_or_own(config.dataset, config.split, **where)
        draw = Bound(sampler, params["P"], stats["P"], "averaged", config.out)
        density = DensityByPixels(P, session.size, session.channels, pixels, classes)
        count = min(config.test_images or source.length, source.length)
        nats = likelihoods.measured(density, (draw.params, draw.stats), source, count, data_mesh(jax.local_devices()))
        result = {"rounds": int(state.round), "measured_on": split, "model": config.model, "pixels": pixels, **nats}
        some = source.read(evenly(source.length, COMPLETED))
        known = masks.half("top", session.size)
        label = some["label"] if classes else None
        drawn = completions.completed(draw, some["image"], known, 6, config.seed, label)
        write(config.out / "completions.png", pictures.png(completions.picture(some["image"], known, drawn)))
        (config.out / "test.json").write_text(json.dumps(result) + "\n")
        print(json.dumps(result))


if __name__ == "__main__":
    run.start(main, Config)
