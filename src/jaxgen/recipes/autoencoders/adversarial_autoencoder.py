"""The adversarial autoencoder, Makhzani et al. 2015 (arXiv:1511.05644), section 2: a discriminator on codes makes the
encoder's codes those of a prior.

A round is the paper's two phases: the reconstruction phase moves encoder and decoder, the regularisation phase first D
and then the encoder alone, as the generator of codes. The encoder is the deterministic one of section 2.1. It belongs
to two players, each with an optimiser of its own.
"""

from collections.abc import Callable

import jax
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net, Player, total
from jaxgen.losses import adversarial, reconstruction
from jaxgen.recipes.autoencoders.autoencoder import Cost, start
from jaxgen.recipes.gan.gan import to_float


def adversarial_autoencoder(
    E: Net,
    G: Net,
    D: Net,
    *,
    latent: int,
    tx: optax.GradientTransformation,
    E_tx: optax.GradientTransformation,
    D_tx: optax.GradientTransformation,
    prior: Callable[[Array, int], Array] = latents.normal,
    cost: Cost = reconstruction.squared,
    ema: float = 0.999,
    prepare: Callable = to_float,
) -> Game:
    """An adversarial autoencoder.

    Args:
      E: images in [-1, 1] -> codes [B, latent].
      G: codes -> what `cost` takes.
      D: codes -> scores [B], logits of being drawn from the prior.
      latent: length of a code.
      tx: the optimiser of encoder and decoder in the reconstruction phase.
      E_tx: the encoder's in the regularisation phase.
      D_tx: D's.
      prior: keys [B], latent -> codes [B, latent].
      cost: what G gives, images -> [B].
      ema: decay, a round, of the averages of encoder and decoder; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].
    """
    begin = start(E, G)

    def init(key, batch):
        k_ae, k_d = jax.random.split(key)
        params, stats = begin(k_ae, batch)
        d = D.init(k_d, E.apply(params["E"], stats["E"], batch["image"], train=False)[0])
        return params | {"D": d[0]}, stats | {"D": d[1]}

    def reconstruct(params, stats, batch, turn):
        code, e = E.apply(params["E"], stats["E"], batch["image"], train=True)
        told, g = G.apply(params["G"], stats["G"], code, train=True)
        return total({"E": e, "G": g}, reconstruction=(1.0, cost(told, batch["image"])))

    def discriminate(params, stats, batch, turn):
        code, _ = E.apply(params["E"], stats["E"], batch["image"], train=True)
        real_scores, d = D.apply(params["D"], stats["D"], prior(turn.keys, latent), train=True)
        fake_scores, d = D.apply(params["D"], d, code, train=True)
        watched = {"accuracy_real": real_scores > 0, "accuracy_fake": fake_scores < 0}
        return total({"D": d}, watched, adversarial=(1.0, adversarial.discriminator(real_scores, fake_scores)))

    def regularise(params, stats, batch, turn):
        code, e = E.apply(params["E"], stats["E"], batch["image"], train=True)
        scores, _ = D.apply(params["D"], stats["D"], code, train=True)
        return total({"E": e}, adversarial=(1.0, adversarial.non_saturating(scores)))

    players = {
        "AE": Player(("E", "G"), reconstruct, tx),
        "D": Player(("D",), discriminate, D_tx),
        "E": Player(("E",), regularise, E_tx),
    }
    return Game(init, players, ema={"E": ema, "G": ema} if ema else {}, prepare=prepare)
