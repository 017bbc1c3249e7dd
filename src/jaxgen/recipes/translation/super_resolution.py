"""SRResNet and SRGAN, Ledig et al. 2017 (arXiv:1609.04802): images larger than they are, by what they should look like.

SRResNet minimises a distance of images (eq. 4: their squared error) or of features of a trained net (eq. 5). SRGAN adds
an adversary with a small weight (eq. 3), whose D sees large images alone, and begins from SRResNet.

Readings: the paper's adversarial loss (eq. 6) is a sum over examples, and its code was not published; here it is a
mean, as the content is, with the same weight of 1e-3.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import Tx, averages, begin, floats, per_example, player, seen

Unlike = Callable[[Any, Any], Array]  # of drawn images, of true ones -> [B]


def squared(drawn: Array, true: Array) -> Array:
    """Eq. 4, a mean over numbers: [B]."""
    return per_example(jnp.square(drawn - true))


def super_resolution(
    G: Net, D: Net | None = None, adversary: Adversary = NON_SATURATING, *, G_tx: Tx, D_tx: Tx | None = None,
    content: Unlike = squared, V: Net | None = None, adversarial: float = 1e-3, D_turns: int = 1, ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:  # fmt: skip
    """SRGAN, or without D SRResNet.

    Args:
      G: small images in [-1, 1] -> large ones.
      D: large images -> scores [B, ...].
      adversary: what both minimise.
      G_tx, D_tx: their optimisers.
      content: what G minimises beside: of drawn images, of true ones -> [B].
      V: images -> features, which `content` sees in the place of images; nobody owns it.
      adversarial: weight of the adversary for G.
      D_turns: D's steps before each step of G.
      ema: decay, a round, of the average of G's parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "small", uint8 [B, h, w, C], and "image", uint8 [B, H, W, C].
    """
    nets = {name: net for name, net in {"G": G, "D": D, "V": V}.items() if net}

    def score(cast):
        return lambda x, train=True: cast("D", x, train=train)

    def discriminate(cast, batch, turn):
        return adversary.judge(score(cast), batch["image"], cast("G", batch["small"]), turn.keys)

    def generate(cast, batch, turn):
        drawn, true = cast("G", batch["small"]), batch["image"]
        looked = [cast("V", x, train=False) if V else x for x in (drawn, true)]
        terms = {"content": (1.0, content(*looked))}
        if D:
            terms["adversarial"] = adversarial, adversary.fool(score(cast), drawn, true)["adversarial"][1]
        # Decibels of whole colours, of numbers that are neither clipped nor rounded.
        return terms, {"psnr": 10 * jnp.log10(4 / squared(drawn, true))}

    given = {"G": lambda cast, batch: (batch["small"],), "D": seen, "V": seen}
    first = begin(nets, **{name: given[name] for name in nets})
    players = {"D": player(nets, ("D",), D_tx, discriminate, D_turns)} if D and D_tx else {}
    players |= {"G": player(nets, ("G",), G_tx, generate)}
    return Game(first, players, ema=averages(ema, "G"), prepare=prepare)
