"""What an encoder's codes tell of classes: a linear layer on them, the encoder frozen or fine-tuned."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from jaxgen.game import Game, Net, Player, total
from jaxgen.recipes.gan.gan import to_float


def probe(
    E: Net, C: Net, *, tx: optax.GradientTransformation, tune: bool = False, prepare: Callable = to_float
) -> Game:
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

    def init(key, batch):
        k_e, k_c = jax.random.split(key)
        e = E.init(k_e, batch["image"])
        c = C.init(k_c, E.apply(*e, batch["image"], train=False)[0])
        return {"E": e[0], "C": c[0]}, {"E": e[1], "C": c[1]}

    def classify(params, stats, batch, turn):
        code, e = E.apply(params["E"], stats["E"], batch["image"], train=tune)
        logits, c = C.apply(params["C"], stats["C"], code, train=True)
        right = jnp.argmax(logits, -1) == batch["label"]
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"])
        return total({"C": c, "E": e} if tune else {"C": c}, {"accuracy": right}, cross_entropy=(1.0, loss))

    return Game(init, {"C": Player(("C", "E") if tune else ("C",), classify, tx)}, prepare=prepare)
