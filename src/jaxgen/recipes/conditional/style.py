"""An encoder of what a sentence does not say: Reed et al. 2016 (arXiv:1605.05396), section 4.4 and eq. 6."""

import jax.numpy as jnp

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.recipes.informed import informed
from jaxgen.recipes.parts import Tx, averages, begin, floats, player


def style(S: Net, G: Net, *, latent: int, tx: Tx, ema: float = 0.999) -> Game:
    """S finds the z that a trained G drew an image of, whatever it was told: L = |z - S(G(z, t))|^2, a mean over the
    numbers of z. A real image's S(x) then is its style, with which G draws other sentences. Nobody owns G.

    Args:
      S: images in [-1, 1] -> z [B, latent].
      G: z [B, latent] and vectors of sentences -> images.
      latent: length of z.
      tx: S's optimiser.
      ema: decay, a round, of the average of S's parameters; 0 is no averaging.

    Returns:
      The game. Its batches hold "image", for its number alone, and "embedding", or what `informed` makes it of.
    """
    nets = {"S": S}

    def find(cast, batch, turn):
        z = latents.normal(turn.keys, latent)
        return {"style": (1.0, jnp.mean((z - cast("S", batch["drawn"])) ** 2, -1))}, {}

    game = Game(
        begin(nets, S=lambda cast, batch: (batch["drawn"],)),
        {"S": player(nets, ("S",), tx, find)},
        ema=averages(ema, "S"),
        prepare=floats,
    )
    return informed(game, "G", G, "drawn", lambda batch, keys: (latents.normal(keys, latent), batch["embedding"]))
