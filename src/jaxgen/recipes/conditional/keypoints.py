"""The keypoint GAN of Reed et al. 2016 (arXiv:1610.02454), section 4.3, beside another game: a G that draws the
keypoints that are not given, and a D that tells them from those of images, both told a sentence.

Of each image's keypoints some are given in training, each with a chance of 0.1 (the authors' code; the paper leaves it
open), and all others are to be drawn. Readings: the paper gives G a switch beside each keypoint; here a keypoint that
is not given is to be drawn, so that it cannot be said of one that it is not in the image.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import Tx, averages, begin, player


def keypoints(
    game: Game, K: Net, J: Net, adversary: Adversary = NON_SATURATING, *, latent: int,
    marked: Callable[[Array], Array], G_tx: Tx, D_tx: Tx, D_turns: int = 1, ema: float = 0.999, given: float = 0.1,
) -> Game:  # fmt: skip
    """A game with two more players.

    Args:
      game: whose batches hold "embedding", vectors of sentences, and "points" [B, n, 2], NaN where there is none.
      K: z, sentences, points, NaN for those to be drawn -> keypoints [B, n, 3].
      J: keypoints, sentences -> scores [B].
      adversary: of the two.
      latent: length of K's z.
      marked: points -> keypoints.
      G_tx, D_tx: optimisers of K and J.
      D_turns: J's steps a round.
      ema: decay, a round, of the average of K's parameters; 0 is no averaging.
      given: chance of a keypoint to be given.
    """
    nets = {"K": K, "J": J}

    def drawn(cast, batch, keys):
        k_z, k_given = latents.split(keys)
        points = batch["points"]
        chance = jax.vmap(lambda key: jax.random.uniform(key, points.shape[1:2]))(k_given)
        some = jnp.where(chance[..., None] < given, points, jnp.nan)
        return cast("K", latents.normal(k_z, latent), batch["embedding"], some)

    def score(cast, batch):
        return lambda x, train=True: cast("J", x, batch["embedding"], train=train)

    def discriminate(cast, batch, turn):
        fake = drawn(cast, batch, turn.keys)
        return adversary.judge(score(cast, batch), marked(batch["points"]), fake, turn.keys)

    def generate(cast, batch, turn):
        fake = drawn(cast, batch, turn.keys)
        return adversary.fool(score(cast, batch), fake, marked(batch["points"])), {}

    own = begin(
        nets,
        K=lambda cast, batch: (jnp.zeros((len(batch["points"]), latent)), batch["embedding"], batch["points"]),
        J=lambda cast, batch: (marked(batch["points"]), batch["embedding"]),
    )

    def first(key: Array, batch: Any) -> tuple[Any, Any]:
        k_game, k_own = jax.random.split(key)
        (params, stats), (more, more_stats) = game.init(k_game, batch), own(k_own, batch)
        return {**params, **more}, {**stats, **more_stats}

    players = {"J": player(nets, ("J",), D_tx, discriminate, D_turns), "K": player(nets, ("K",), G_tx, generate)}
    return game._replace(init=first, players={**game.players, **players}, ema={**game.ema, **averages(ema, "K")})
