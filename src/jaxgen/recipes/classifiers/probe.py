"""What an encoder's codes tell of classes: a linear layer on them, the encoder frozen or fine-tuned."""

from collections.abc import Callable

import jax.numpy as jnp
import optax

from jaxgen.game import Game, Net
from jaxgen.recipes.parts import begin, coded, floats, player, seen


def probe(E: Net, C: Net, *, tx: optax.GradientTransformation, tune: bool = False, prepare: Callable = floats) -> Game:
    """A classifier of an encoder's codes, by its running statistics where it is frozen: then nobody owns it.

    A trained encoder's parameters take the place of those that the game begins with:
    `state._replace(params={**state.params, "E": trained})`, and so its statistics.

    Args:
      E: images in [-1, 1] -> codes [B, latent].
      C: codes -> logits [B, K].
      tx: the player's optimiser.
      tune: whether the player owns E too.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and "label", integers [B] from 0 to K - 1.
    """
    nets = {"E": E, "C": C}

    def classify(cast, batch, turn):
        logits = cast("C", cast("E", batch["image"], train=tune))
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
        return {"cross_entropy": (1.0, loss)}, {"accuracy": jnp.argmax(logits, -1) == batch["label"]}

    return Game(
        begin(nets, E=seen, C=coded), {"C": player(nets, ("C", "E") if tune else ("C",), tx, classify)}, prepare=prepare
    )
