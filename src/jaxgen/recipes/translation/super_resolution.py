"""SRResNet and SRGAN, Ledig et al. 2017 (arXiv:1609.04802): images larger than they are, by what they should look like.

SRResNet minimises a distance of images (eq. 4: their squared error) or of features of a trained net (eq. 5). SRGAN adds
an adversary with a small weight (eq. 3), whose D sees large images alone, and begins from SRResNet.

Readings: the paper's adversarial loss (eq. 6) is a sum over examples, and its code was not published; here it is a
mean, as the content is, with the same weight of 1e-3. It changes step sizes after half of its rounds; here they fall as
the caller's optimiser says.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import Cast, Tx, averages, begin, floats, per_example, player, seen

Unlike = Callable[[Any, Any], Array]  # of drawn images, of true ones -> [B]


def squared(drawn: Array, true: Array) -> Array:
    """Eq. 4, a mean over numbers: [B]."""
    return per_example(jnp.square(drawn - true))


def srresnet(
    G: Net, *, G_tx: Tx, content: Unlike = squared, V: Net | None = None, ema: float = 0.999, prepare: Callable = floats
) -> Game:
    """A net that makes images larger.

    Args:
      G: small images in [-1, 1] -> large ones.
      G_tx: its optimiser.
      content: what it minimises: of drawn images, of true ones -> [B].
      V: images -> features, which `content` sees in the place of images; nobody owns it.
      ema: decay, a round, of the average of G's parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "small", uint8 [B, h, w, C], and "image", uint8 [B, H, W, C].
    """
    nets = {"G": G} | ({"V": V} if V else {})

    def learn(cast, batch, turn):
        drawn = cast("G", batch["small"])
        return {"content": (1.0, _unlike(cast, content, drawn, batch))}, _watched(drawn, batch)

    return Game(_first(nets), {"G": player(nets, ("G",), G_tx, learn)}, ema=averages(ema, "G"), prepare=prepare)


def srgan(
    G: Net, D: Net, adversary: Adversary = NON_SATURATING, *, G_tx: Tx, D_tx: Tx, content: Unlike = squared,
    V: Net | None = None, adversarial: float = 1e-3, D_turns: int = 1, ema: float = 0.999, prepare: Callable = floats,
) -> Game:  # fmt: skip
    """The same with an adversary, whose loss has the weight `adversarial` for G. D: images -> scores [B, ...]; it takes
    `D_turns` steps before each of G's, by `D_tx`. The other arguments, and the batches, are those of `srresnet`."""
    nets = {"G": G, "D": D} | ({"V": V} if V else {})

    def score(cast):
        return lambda x, train=True: cast("D", x, train=train)

    def discriminate(cast, batch, turn):
        return adversary.judge(score(cast), batch["image"], cast("G", batch["small"]), turn.keys)

    def generate(cast, batch, turn):
        drawn = cast("G", batch["small"])
        _, fooled = adversary.fool(score(cast), drawn, batch["image"])["adversarial"]
        terms = {"content": (1.0, _unlike(cast, content, drawn, batch)), "adversarial": (adversarial, fooled)}
        return terms, _watched(drawn, batch)

    players = {"D": player(nets, ("D",), D_tx, discriminate, D_turns), "G": player(nets, ("G",), G_tx, generate)}
    return Game(_first(nets), players, ema=averages(ema, "G"), prepare=prepare)


def _first(nets: dict[str, Net]) -> Callable:
    given = {"G": lambda cast, batch: (batch["small"],), "D": seen, "V": seen}
    return begin(nets, **{name: given[name] for name in nets})


def _unlike(cast: Cast, content: Unlike, drawn: Array, batch: Any) -> Array:
    if "V" not in cast.nets:
        return content(drawn, batch["image"])
    return content(cast("V", drawn, train=False), cast("V", batch["image"], train=False))


def _watched(drawn: Array, batch: Any) -> dict[str, Array]:
    """Decibels of whole colours, of numbers that are not clipped or rounded."""
    return {"psnr": 10 * jnp.log10(4 / squared(drawn, batch["image"]))}
