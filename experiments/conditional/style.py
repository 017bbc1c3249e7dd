"""The style of a real image, carried over to other sentences (Reed et al. 2016, section 4.4).

python experiments/conditional/style.py --dataset captions:faces --size 32 --begin-with runs/told --out runs/style
jaxgen report runs/style

An encoder learns to find the code z that a GAN of text.py drew an image of; settings of the GAN's nets are those of its
run. The pictures have a row for each real image: itself, drawn with its own sentence, and with those of other rows.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import optax

from jaxgen import recipes, run
from jaxgen.abilities import Draw, Encode
from jaxgen.data import Fields, Source, sentences
from jaxgen.game import State
from jaxgen.limits import AtLeast, Below
from jaxgen.model.applied import learned
from jaxgen.nets import chosen, dcgan, net, text
from jaxgen.show import pictures

ROWS = 8


@dataclass(frozen=True)
class Config(chosen.Told, run.Falling, run.Settings):
    """Adam."""

    DIGITS, ALONE = 16, "--encoder random --width 16 --style-width 16 --rounds 400"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/style")
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Channels of the largest hidden feature map of the GAN's G.
    width: Annotated[int, AtLeast(1)] = 64
    # Channels of the largest feature map of the encoder of styles.
    style_width: Annotated[int, AtLeast(1)] = 32
    # Decay, a round, of the average of the encoder's parameters.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999


def source(config: Config) -> Source:
    """What --dataset names, with sentences."""
    return sentences.beside(run.opened(config))


def build(config: Config, fields: Fields) -> run.System:
    """Train an encoder of styles, or go on with one, and carry styles over."""
    image, takes = fields.image, sentences.told(fields)
    (told,) = takes
    T = config.reader(takes[told].count, config.dtype) if told == "caption" else None
    G = text.Generator(image.size, image.channels, config.width, config.dtype, told=config.told)
    S = dcgan.Encoder(config.latent, config.style_width, config.dtype)
    game = recipes.style(net(S), net(G), latent=config.latent, tx=optax.adam(config.steps), ema=config.ema)
    drawing, encoding = Draw(G, config.latent, takes=takes, encoder=T), Encode(S, net="S")

    def draw(state: State, batch: Any) -> jax.Array:
        real = batch["image"].astype(jnp.float32) / 127.5 - 1
        z = jnp.repeat(encoding.encode(*learned(state, encoding), real), ROWS, 0)
        others = jnp.concatenate([jnp.roll(batch[told], -n, 0)[:ROWS] for n in range(ROWS)])
        drawn = drawing.draw(*learned(state, drawing), {"z": z, told: others})
        return jnp.concatenate([real[:, None], drawn.reshape(ROWS, ROWS, *real.shape[1:])], 1).reshape(
            -1, *real.shape[1:]
        )

    needs = {**(config.needs if T else {}), "G": "G"} if config.encoder == "trained" else {}
    return run.System(
        recipes.of_sentences(game, T and net(T)), [encoding, drawing], draw=draw, shown=ROWS, needs=needs,
        picture=pictures.of_columns(ROWS + 1),
    )  # fmt: skip


if __name__ == "__main__":
    run.start(build, Config, source=source)
