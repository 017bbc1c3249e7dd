"""An encoder of sentences and one of images that learn from each other: Reed et al. 2016 (arXiv:1605.05396), eq. 2."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.losses import joint_embedding as losses
from jaxgen.recipes.parts import Tx, averages, begin, floats, player, seen


def joint_embedding(
    T: Net,
    V: Net,
    *,
    tx: Tx,
    same: Callable[[Any], Array | None] = lambda batch: None,
    margin: float = 1.0,
    unknown: tuple[int, float] = (0, 0.0),
    ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:
    """A game of one player, T, who owns both encoders.

    Args:
      T: tokens [B, L] -> vectors [B, n].
      V: images in [-1, 1] -> vectors [B, n].
      tx: the optimiser of both.
      same: batch -> by what examples are of one class, as of `losses.joint_embedding.symmetric`.
      margin: between those that are not.
      unknown: the number of the unknown word, and the share of words that it takes the place of, so that it means
        something.
      ema: decay, a round, of the averages of both nets' parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and "caption", tokens [B, L].
    """
    nets, (number, share) = {"T": T, "V": V}, unknown

    def learn(cast, batch, turn):
        tokens, classes = batch["caption"], same(batch)
        if share:
            dropped = jax.vmap(lambda key: jax.random.bernoulli(key, share, tokens.shape[1:]))(turn.keys)
            tokens = jnp.where(dropped & (tokens > 0), number, tokens)
        images, sentences = cast("V", batch["image"]), cast("T", tokens)
        loss = losses.symmetric(images, sentences, classes, margin=margin)
        return {"structured": (1.0, loss)}, {"accuracy": losses.found(images, sentences, classes)}

    first = begin(nets, T=lambda cast, batch: (batch["caption"],), V=seen)
    return Game(first, {"T": player(nets, ("T", "V"), tx, learn)}, ema=averages(ema, "T", "V"), prepare=prepare)
