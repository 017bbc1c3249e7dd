"""AttGAN, He et al. 2019 (arXiv:1711.10678): images with some attributes changed, and all else kept."""

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import optax
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import Tx, averages, before, begin, floats, listening, per_example, player


def attgan(
    G: Net, D: Net, adversary: Adversary = NON_SATURATING, *, G_tx: Tx, D_tx: Tx, classify_G: float = 10.0,
    classify_D: float = 1.0, reconstruct: float = 100.0, D_turns: int = 1, ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:  # fmt: skip
    """Eq. 10 and 11. Of an image and its attributes a, G draws one with other attributes b, which D shall not tell from
    a real one and C shall find to have b; and one with a, which shall be the image.

    b is another image's a, as in the authors' code: of the example before, in batches whose order is random. So what
    goes together in the data, such as one hair colour and no other, does in b.

    Args:
      G: images in [-1, 1], attributes [B, n] of -1 and 1, perhaps more such -> an image for each of these.
      D: images -> scores [B, ...], and logits of attributes [B, n], which are C's.
      adversary: what both minimise beside.
      G_tx: G's optimiser.
      D_tx: D's and C's.
      classify_G: lambda_2, of fakes' cross-entropy, a mean over attributes (eq. 6).
      classify_D: lambda_3, of real images' one (eq. 7).
      reconstruct: lambda_1, of the L1 distance of an image from what is drawn with its own attributes (eq. 8).
      D_turns, ema, prepare: as of `recipes.gan`.

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and "attributes", float [B, n] of 0 and 1.
    """
    nets = {"G": G, "D": D}

    def attributes(batch: Mapping[str, Array]) -> tuple[Array, Array]:
        return batch["attributes"], before(batch["attributes"])

    def discriminate(cast, batch, turn):
        own, other = attributes(batch)
        score, said = listening(cast)
        terms, watched = adversary.judge(score, batch["image"], cast("G", batch["image"], signed(other)), turn.keys)
        terms["classification"] = classify_D, unlike(said[0], own)
        return terms, watched | {"right": right(said[0], own)}

    def generate(cast, batch, turn):
        own, other = attributes(batch)
        changed, again = cast("G", batch["image"], signed(other), signed(own))
        score, said = listening(cast)
        terms = adversary.fool(score, changed, batch["image"])
        terms["classification"] = classify_G, unlike(said[0], other)
        terms["reconstruction"] = reconstruct, per_example(jnp.abs(again - batch["image"]))
        return terms, {"right": right(said[0], other)}

    first = {"G": lambda cast, batch: (batch["image"], batch["attributes"]), "D": lambda cast, batch: (batch["image"],)}
    players = {"D": player(nets, ("D",), D_tx, discriminate, D_turns), "G": player(nets, ("G",), G_tx, generate)}
    return Game(begin(nets, **first), players, ema=averages(ema, "G"), prepare=prepare)


def signed(attributes: Array) -> Array:
    """0 and 1 -> -1 and 1."""
    return 2 * attributes - 1


def unlike(logits: Array, attributes: Array) -> Array:
    """Binary cross-entropy of attributes [B, n] of 0 and 1, the mean over them: [B]."""
    return per_example(optax.sigmoid_binary_cross_entropy(logits, attributes))


def right(logits: Array, attributes: Array) -> Any:
    return per_example(((logits > 0) == (attributes > 0.5)).astype(jnp.float32))
