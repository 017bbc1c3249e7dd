"""Autoregressive models of discrete pixels, with exact likelihoods: PixelCNN++ (Salimans et al. 2017), gated PixelCNN
(van den Oord et al. 2016b), PixelCNN, PixelRNN and nets of several scales (2016a), MADE (Germain et al. 2015), fully
visible belief nets.

python experiments/pixels/pixelcnn.py --dataset binarized_mnist.npz --decay 20000 --out runs/gated
python experiments/pixels/pixelcnn.py --dataset mnist --conditional --out runs/classes
python experiments/pixels/pixelcnn.py --dataset cifar10 --model pixelcnnpp --filters 160 --resnets 5 --out runs/cifar

The last line is JSON: the negative log-likelihood on the test split, or, where the data has none, on the images trained
on, in nats an image and bits per dimension. RUN/completions.png: images, their upper halves, lower halves as drawn.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import optax

from jaxgen import recipes, run
from jaxgen.abilities import DensityByPixels, DrawByPixels
from jaxgen.data import Fields, Source, levels
from jaxgen.limits import Above, AtLeast, Below
from jaxgen.measure import tested
from jaxgen.nets import chosen, net
from jaxgen.pixels import PIXELS
from jaxgen.show import completed, pictures


@dataclass(frozen=True)
class Config(chosen.ByPixels, tested.Tested, run.Falling, run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    ALONE = "--filters 16 --rounds 600 --decay 600"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/pixelcnn")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 20_000
    # Images in a round's batch, over all devices and processes together.
    batch: Annotated[int, AtLeast(1)] = 32
    # What a pixel is, given those before: black or white, a softmax over 256 values of each channel, or a mixture of
    # logistics. By default the first where the data has only 0 and 255, else the last.
    pixels: Literal["bernoulli", "categorical", "logistics"] | None = None
    # Largest norm of a round's gradient (metrics.jsonl has them as P/grad_norm), to which longer ones are scaled; by
    # default there is none. A pixel that the net thinks nearly impossible can make one a million times as long as the
    # others, which undoes a training whose --lr is large.
    clip: Annotated[float | None, Above(0)] = None
    # Decay, a round, of the averages of the parameters that images are drawn and likelihoods measured with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.9995


def source(config: Config) -> Source:
    """What --dataset names, and whether it is black and white."""
    return levels.told(run.opened(config))


def build(config: Config, fields: Fields) -> run.System:
    """Train an autoregressive model of pixels, or go on with one, measure its likelihood and complete images."""
    image, classes = fields.image, fields.label.count if config.conditional else 0
    pixels = levels.pixels(image, config.pixels)
    family = PIXELS[pixels](image.channels)
    P = config.net_of_pixels(image.size, family.out, family.steps, classes, config.dtype)
    tx = optax.adam(config.steps)
    game = recipes.autoregressive(
        net(P), family=family, ema=config.ema, conditional=config.conditional, dropout=config.dropping,
        tx=optax.chain(optax.clip_by_global_norm(config.clip), tx) if config.clip else tx,
    )  # fmt: skip
    drawing = DrawByPixels(P, image.size, image.channels, pixels, classes)
    density = DensityByPixels(P, image.size, image.channels, pixels, classes)

    def finish(ended: run.Ended) -> dict[str, Any]:
        completed.write_halves(ended.folder, ended.bound(drawing), ended.measured, config.seed)
        nats = config.nats(ended.bound(density), ended.measured)
        return {**ended.about, "model": config.model, "pixels": pixels, **nats}

    return run.System(game, [drawing, density], picture=pictures.of_columns(classes or None), finish=finish)


if __name__ == "__main__":
    run.start(build, Config, source=source)
