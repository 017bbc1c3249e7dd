"""A game of one player: a classifier that learns from labels. Others count modes with it."""

from collections.abc import Callable

import jax.numpy as jnp
import optax

from jaxgen.game import Game, Net
from jaxgen.recipes.parts import averages, begin, floats, player, seen


def classifier(C: Net, *, tx: optax.GradientTransformation, ema: float = 0.99, prepare: Callable = floats) -> Game:
    """Cross-entropy, in nats.

    Args:
      C: images in [-1, 1] -> logits [B, K].
      tx: its optimiser.
      ema: decay, a round, of the moving average of its parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and "label", integers [B] from 0 to K - 1.
    """
    nets = {"C": C}

    def classify(cast, batch, turn):
        logits = cast("C", batch["image"])
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
        return {"cross_entropy": (1.0, loss)}, {"accuracy": jnp.argmax(logits, -1) == batch["label"]}

    first = begin(nets, C=seen)
    return Game(first, {"C": player(nets, ("C",), tx, classify)}, ema=averages(ema, "C"), prepare=prepare)
