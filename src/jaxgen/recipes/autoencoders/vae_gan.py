"""VAE/GAN, Larsen et al. 2016 (arXiv:1512.09300): a VAE whose likelihood is of the features of a GAN's discriminator.

Each net is its own player, as in algorithm 1: the encoder minimises L_prior + L_llike (eqs. 5 and 7), the decoder
gamma L_llike and its part of L_GAN, D its part of L_GAN alone, because it could make L_llike zero by seeing nothing
(section 3.2). No gradient of L_GAN reaches the encoder.

Readings: L_GAN has two kinds of fakes, reconstructions and decoded draws of the prior; the paper gives each the weight
of the real images, the authors' code, and this, half of it. The decoder's part is minimax in the paper, which the code
has with the weight 1 - gamma, and by default non-saturating here, with the weight 1. The code skips updates of D or of
the decoder while D's costs are out of balance; here both always play.
"""

from collections.abc import Callable

import jax.numpy as jnp

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.losses import divergence, reconstruction
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import Tx, averages, begin, floats, player, seen


def vae_gan(
    E: Net, G: Net, D: Net, adversary: Adversary = NON_SATURATING, *, latent: int, E_tx: Tx, G_tx: Tx, D_tx: Tx,
    gamma: float = 1e-2, D_turns: int = 1, ema: float = 0.999, prepare: Callable = floats,
) -> Game:  # fmt: skip
    """A VAE/GAN.

    Args:
      E: images in [-1, 1] -> mean and log-variance, [B, latent] each.
      G: z [B, latent] -> images in [-1, 1].
      D: images -> scores [B], and features [B, ...]: D_l of eq. 6.
      adversary: L_GAN.
      latent: length of z.
      E_tx, G_tx, D_tx: the nets' optimisers.
      gamma: weight of L_llike, which is a sum over features, for the decoder: the paper's 1e-6, the code's 5e-5.
      D_turns: D's steps a round.
      ema: decay, a round, of the averages of encoder and decoder; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].
    """
    nets = {"E": E, "G": G, "D": D}

    def unlike(features, real):
        """L_llike [B] but for a constant: -log N(D_l(images); D_l(again), I), eqs. 6 and 7."""
        return reconstruction.squared(features, real) / 2

    def learn_codes(cast, batch, turn):
        mean, log_variance = cast("E", batch["image"])
        again = cast("G", latents.posterior(mean, log_variance, turn.keys)[0])
        (_, real), (_, features) = cast("D", batch["image"]), cast("D", again)
        kl = divergence.to_standard(mean, log_variance)
        return {"prior": (1.0, kl), "features": (1.0, unlike(features, real))}, {}

    def fakes(cast, batch, turn):
        """Reconstructions, and decoded draws of the prior."""
        k_z, k_prior = latents.split(turn.keys)
        again = cast("G", latents.posterior(*cast("E", batch["image"]), k_z)[0])
        return again, cast("G", latents.normal(k_prior, latent))

    def decode(cast, batch, turn):
        again, fresh = fakes(cast, batch, turn)
        (real_scores, real), (again_scores, features) = cast("D", batch["image"]), cast("D", again)
        loss = adversary.fooled(real_scores, again_scores, cast("D", fresh)[0])
        return {"features": (gamma, unlike(features, real)), "adversarial": (1.0, loss)}, {}

    def discriminate(cast, batch, turn):
        kinds = dict(zip(("again", "fresh"), fakes(cast, batch, turn)))
        return adversary.judge(lambda x, train=True: cast("D", x, train=train)[0], batch["image"], kinds, turn.keys)

    first = begin(nets, E=seen, G=lambda cast, batch: (jnp.zeros((len(batch["image"]), latent)),), D=seen)
    players = {
        "D": player(nets, ("D",), D_tx, discriminate, D_turns),
        "E": player(nets, ("E",), E_tx, learn_codes),
        "G": player(nets, ("G",), G_tx, decode),
    }
    return Game(first, players, ema=averages(ema, "E", "G"), prepare=prepare)
