"""GANs whose D also says what G was told, and both players want it to be right of fakes: what `acgan` and `infogan`
play."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import Cast, Terms, Tx, averages, begin, floats, listening, player

Told = tuple[Array, ...]
Heard = Callable[[Any, Array, Told], Terms]  # what D's other head says, z [B, latent], what G was told -> terms


def auxiliary(
    G: Net, D: Net, adversary: Adversary = NON_SATURATING, *, latent: int, heard: Heard,
    told: Callable[[Any, Array], Told], real: bool, G_tx: Tx, D_tx: Tx, D_turns: int = 1,
    prior: Callable[[Array, int], Array] = latents.normal, ema: float = 0.999, prepare: Callable = floats,
) -> Game:  # fmt: skip
    """Args:
      G: z [B, latent], and what it is told -> images in [-1, 1].
      D: images -> scores [B, ...], and what else it says.
      adversary: what both minimise beside.
      latent: length of z.
      heard: terms of both players by what D says of fakes.
      told: batch, keys [B] -> what G is told.
      real: whether D's own term of that kind is of real images too, of which the batch says what G would be told.
      G_tx, D_tx, D_turns, prior, ema, prepare: as of `recipes.gan`.

    Returns:
      The game. Its batches hold "image", and what `told` looks for.
    """
    nets = {"G": G, "D": D}

    def drawn(cast: Cast, batch: Any, keys: Array) -> tuple[Array, Array, Told]:
        z, condition = prior(keys, latent), told(batch, keys)
        return cast("G", z, *condition), z, condition

    def discriminate(cast, batch, turn):
        fake, z, condition = drawn(cast, batch, turn.keys)
        score, said = listening(cast)
        terms, watched = adversary.judge(score, batch["image"], fake, turn.keys)
        of_real, of_fake = said
        if real:
            terms |= {f"{name}_real": term for name, term in heard(of_real, z, condition).items()}
        return terms | {f"{name}_fake": term for name, term in heard(of_fake, z, condition).items()}, watched

    def generate(cast, batch, turn):
        fake, z, condition = drawn(cast, batch, turn.keys)
        score, said = listening(cast)
        return adversary.fool(score, fake, batch["image"]) | heard(said[0], z, condition), {}

    def first(cast: Cast, batch: Any) -> tuple:
        keys = jax.random.split(jax.random.key(0), len(batch["image"]))  # of which shapes alone matter
        return jnp.zeros((len(keys), latent)), *told(batch, keys)

    players = {"D": player(nets, ("D",), D_tx, discriminate, D_turns), "G": player(nets, ("G",), G_tx, generate)}
    begun = begin(nets, G=first, D=lambda cast, batch: (batch["image"],))
    return Game(begun, players, ema=averages(ema, "G"), prepare=prepare)
