"""The adversarial autoencoder, Makhzani et al. 2015 (arXiv:1511.05644), section 2: a discriminator on codes makes the
encoder's codes those of a prior.

A round is the paper's two phases: the reconstruction phase moves encoder and decoder, the regularisation phase first D
and then the encoder alone, as the generator of codes. The encoder is the deterministic one of section 2.1. It belongs
to two players, each with an optimiser of its own.
"""

from collections.abc import Callable

import jax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.losses import reconstruction
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.autoencoders.autoencoder import Cost
from jaxgen.recipes.parts import Tx, averages, begin, coded, floats, player, seen


def adversarial_autoencoder(
    E: Net,
    G: Net,
    D: Net,
    adversary: Adversary = NON_SATURATING,
    *,
    latent: int,
    tx: Tx,
    E_tx: Tx,
    D_tx: Tx,
    prior: Callable[[Array, int], Array] = latents.normal,
    cost: Cost = reconstruction.squared,
    D_turns: int = 1,
    ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:
    """An adversarial autoencoder.

    Args:
      E: images in [-1, 1] -> codes [B, latent].
      G: codes -> what `cost` takes.
      D: codes -> scores [B]: "real" are those of the prior.
      adversary: what D minimises, and the encoder in the regularisation phase.
      latent: length of a code.
      tx: the optimiser of encoder and decoder in the reconstruction phase.
      E_tx, D_tx: the encoder's and D's in the regularisation phase.
      prior: keys [B], latent -> codes [B, latent].
      cost: what G gives, images -> [B].
      D_turns: D's steps a round.
      ema: decay, a round, of the averages of encoder and decoder; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].
    """
    nets = {"E": E, "G": G, "D": D}

    def reconstruct(cast, batch, turn):
        return {"reconstruction": (1.0, cost(cast("G", cast("E", batch["image"])), batch["image"]))}, {}

    def discriminate(cast, batch, turn):
        code, drawn = cast("E", batch["image"]), prior(turn.keys, latent)
        return adversary.judge(lambda z, train=True: cast("D", z, train=train), drawn, code, turn.keys)

    def regularise(cast, batch, turn):
        code, drawn = cast("E", batch["image"]), prior(turn.keys, latent)
        return adversary.fool(lambda z: cast("D", z), code, drawn), {}

    def keys(key):
        k_ae, k_d = jax.random.split(key)
        return *jax.random.split(k_ae), k_d

    first = begin(nets, keys=keys, E=seen, G=coded, D=coded)
    players = {
        "AE": player(nets, ("E", "G"), tx, reconstruct),
        "D": player(nets, ("D",), D_tx, discriminate, D_turns),
        "E": player(nets, ("E",), E_tx, regularise),
    }
    return Game(first, players, ema=averages(ema, "E", "G"), prepare=prepare)
