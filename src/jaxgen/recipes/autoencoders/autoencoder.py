"""Autoencoders as a game of one player, which owns encoder and decoder; denoising ones see corrupted images.

Vincent et al. 2008, "Extracting and composing robust features with denoising autoencoders", section 2.3: the input is
corrupted, and what is asked for is the clean image.
"""

from collections.abc import Callable
from typing import Any

import optax
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.losses import reconstruction
from jaxgen.recipes.autoencoders.corruption import Corrupt, clean
from jaxgen.recipes.parts import averages, begin, coded, floats, player, seen

Cost = Callable[[Any, Array], Array]  # what G gives, images in [-1, 1] -> [B]


def autoencoder(
    E: Net,
    G: Net,
    *,
    tx: optax.GradientTransformation,
    cost: Cost = reconstruction.squared,
    corrupt: Corrupt = clean,
    ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:
    """An autoencoder.

    Args:
      E: images in [-1, 1] -> codes [B, latent].
      G: codes -> what `cost` takes.
      tx: the optimiser of both.
      cost: what G gives, images -> [B]: squared error of images, or `losses.decoders.bernoulli` of logits.
      corrupt: images, keys [B] -> what E sees of them.
      ema: decay, a round, of the averages of both nets' parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].
    """
    nets = {"E": E, "G": G}

    def learn(cast, batch, turn):
        told = cast("G", cast("E", corrupt(batch["image"], turn.keys)))
        return {"reconstruction": (1.0, cost(told, batch["image"]))}, {}

    players = {"AE": player(nets, ("E", "G"), tx, learn)}
    return Game(begin(nets, E=seen, G=coded), players, ema=averages(ema, "E", "G"), prepare=prepare)
