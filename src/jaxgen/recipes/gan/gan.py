"""The two-player game of Goodfellow et al. 2014, algorithm 1, for any pair of nets: MLP GAN, DCGAN, ...; and with
conditions that of Mirza & Osindero 2014 (arXiv:1411.1784), eq. 2."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import NONE, Further, averages, begin, floats, further, player


def gan(
    G: Net,
    D: Net,
    adversary: Adversary = NON_SATURATING,
    *,
    latent: int,
    G_tx: optax.GradientTransformation,
    D_tx: optax.GradientTransformation,
    prior: Callable[[Array, int], Array] = latents.normal,
    given: Callable[[Any], tuple] = lambda batch: (),
    on_G: Further = NONE,
    on_D: Further = NONE,
    D_turns: int = 1,
    ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:
    """A GAN as a game.

    Args:
      G: z [B, latent], and what is `given` -> images in [-1, 1].
      D: images, and what is `given` -> scores [B, ...].
      adversary: what both minimise.
      latent: length of z.
      G_tx: G's optimiser.
      D_tx: D's optimiser.
      prior: keys [B], latent -> z [B, latent].
      given: batch -> what G and D are told beside z and images: `lambda batch: (batch["label"],)`.
      on_G: further terms of G's, name -> (weight, function of cast, batch and fakes -> [B]).
      on_D: such of D's.
      D_turns: D's steps before each step of G: the paper's k.
      ema: decay, a round, of the moving average of G's parameters that images are drawn with; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C] or whatever `prepare` takes, and what `given` looks for.
    """
    nets = {"G": G, "D": D}

    def both(cast, batch, turn):
        told = given(batch)
        fake = cast("G", prior(turn.keys, latent), *told)
        return fake, lambda x, train=True: cast("D", x, *told, train=train)

    def discriminate(cast, batch, turn):
        fake, score = both(cast, batch, turn)
        terms, watched = adversary.judge(score, batch["image"], fake, turn.keys)
        return terms | further(on_D, cast, batch, fake), watched

    def generate(cast, batch, turn):
        fake, score = both(cast, batch, turn)
        return adversary.fool(score, fake, batch["image"]) | further(on_G, cast, batch, fake), {}

    first = begin(
        nets,
        G=lambda cast, batch: (jnp.zeros((len(batch["image"]), latent)), *given(batch)),
        D=lambda cast, batch: (batch["image"], *given(batch)),
    )
    players = {"D": player(nets, ("D",), D_tx, discriminate, D_turns), "G": player(nets, ("G",), G_tx, generate)}
    return Game(first, players, ema=averages(ema, "G"), prepare=prepare)
