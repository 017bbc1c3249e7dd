"""A game of one player: a classifier that learns from labels. Others count modes with it."""

from collections.abc import Callable

import jax.numpy as jnp
import optax

from jaxgen.game import Game, Net, Player, total
from jaxgen.recipes.gan.gan import to_float


def classifier(C: Net, *, tx: optax.GradientTransformation, ema: float = 0.99, prepare: Callable = to_float) -> Game:
    """Cross-entropy, in nats.

    Args:
      C: images in [-1, 1] -> logits [B, K].
      tx: its optimiser.
      ema: decay, a round, of the moving average of its parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and "label", integers [B] from 0 to K - 1.
    """

    def init(key, batch):
        params, stats = C.init(key, batch["image"])
        return {"C": params}, {"C": stats}

    def classify(params, stats, batch, turn):
        logits, c = C.apply(params["C"], stats["C"], batch["image"], train=True)
        right = jnp.argmax(logits, -1) == batch["label"]
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
        return total({"C": c}, {"accuracy": right}, cross_entropy=(1.0, loss))

    return Game(init, {"C": Player(("C",), classify, tx)}, ema={"C": ema} if ema else {}, prepare=prepare)
