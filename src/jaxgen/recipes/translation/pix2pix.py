"""pix2pix, Isola et al. 2017 (arXiv:1611.07004): one image drawn from another by a GAN that sees both, and by L1."""

from collections.abc import Callable
from typing import Any

import jax

from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import NONE, Further, Terms, Tx, averages, begin, floats, further, player
from jaxgen.recipes.parts import l1 as distance


def pix2pix(
    G: Net,
    D: Net,
    adversary: Adversary = NON_SATURATING,
    *,
    G_tx: Tx,
    D_tx: Tx,
    l1: float = 100.0,
    adversarial: float = 1.0,
    on_G: Further = NONE,
    D_turns: int = 1,
    ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:
    """Eq. 4: the conditional GAN of eq. 1 and, for G, `l1` times the L1 distance of eq. 3, a mean over numbers.

    The paper halves D's loss, which Adam hardly notices; here it is the adversary's.

    Args:
      G: images a in [-1, 1], keys [B] for its noise, which is dropout -> images b in [-1, 1].
      D: images a, images b -> scores [B, ...].
      adversary: what both minimise.
      G_tx: G's optimiser.
      D_tx: D's optimiser.
      l1: weight of the distance; 0 leaves the GAN alone.
      adversarial: weight of the adversarial term of G; 0 leaves the distance alone, a regression without D.
      on_G: further terms of G's, name -> (weight, function of cast, batch and fakes -> [B]).
      D_turns: D's steps before each step of G.
      ema: decay, a round, of the moving average of G's parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "a" and "b", uint8 [B, H, W, C], pairs of one size.
    """
    nets = {"G": G, "D": D} if adversarial else {"G": G}

    def score(cast, batch):
        return lambda b, train=True: cast("D", batch["a"], b, train=train)

    def discriminate(cast, batch, turn):
        return adversary.judge(score(cast, batch), batch["b"], cast("G", batch["a"], turn.keys), turn.keys)

    def generate(cast, batch, turn):
        fake = cast("G", batch["a"], turn.keys)
        terms: Terms = {}
        if adversarial:
            terms["adversarial"] = adversarial, adversary.fool(score(cast, batch), fake, batch["b"])["adversarial"][1]
        terms["l1"] = l1, distance(fake, batch["b"])
        return terms | further(on_G, cast, batch, fake), {}

    def keyed(cast: Any, batch: Any) -> tuple:
        return batch["a"], jax.random.split(jax.random.key(0), len(batch["a"]))  # of shapes alone

    first = begin(nets, G=keyed, D=lambda cast, batch: (batch["a"], batch["b"]))
    judge = {"D": player(nets, ("D",), D_tx, discriminate, D_turns)} if adversarial else {}
    players = judge | {"G": player(nets, ("G",), G_tx, generate)}
    return Game(first, players, ema=averages(ema, "G"), prepare=prepare)
