"""VAE/GAN, Larsen et al. 2016 (arXiv:1512.09300): a VAE whose likelihood is of the features of a GAN's discriminator.

Each net is its own player, as in algorithm 1: the encoder minimises L_prior + L_llike (eqs. 5 and 7), the decoder
gamma L_llike and its part of L_GAN, D its part of L_GAN alone, because it could make L_llike zero by seeing nothing
(section 3.2). No gradient of L_GAN reaches the encoder.

Where paper and authors' code differ, or the paper does not say:
L_GAN has two kinds of fakes, reconstructions and decoded draws of the prior. The paper gives each the weight of the
real images, the code, and this, half of it. The paper writes the decoder's part as minimax, which the code has with
the weight 1 - gamma; here it is non-saturating by default, with the weight 1. The code skips updates of D or of the
decoder while D's costs are out of balance; here both always play.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net, Player, total
from jaxgen.losses import adversarial, divergence, reconstruction
from jaxgen.recipes.autoencoders.vae import drawn
from jaxgen.recipes.gan.gan import to_float


def vae_gan(
    E: Net,
    G: Net,
    D: Net,
    *,
    latent: int,
    E_tx: optax.GradientTransformation,
    G_tx: optax.GradientTransformation,
    D_tx: optax.GradientTransformation,
    gamma: float = 1e-2,
    generator_loss: Callable[[Array], Array] = adversarial.non_saturating,
    ema: float = 0.999,
    prepare: Callable = to_float,
) -> Game:
    """A VAE/GAN.

    Args:
      E: images in [-1, 1] -> mean and log-variance, [B, latent] each.
      G: z [B, latent] -> images in [-1, 1].
      D: images -> scores [B], logits of being real, and features [B, ...]: D_l of eq. 6.
      latent: length of z.
      E_tx: E's optimiser.
      G_tx: G's optimiser.
      D_tx: D's optimiser.
      gamma: weight of L_llike, which is a sum over features, for the decoder: the paper's 1e-6, the code's 5e-5.
      generator_loss: scores of fakes [B] -> [B].
      ema: decay, a round, of the averages of encoder and decoder; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].
    """

    def init(key, batch):
        k_e, k_g, k_d = jax.random.split(key, 3)
        e, d = E.init(k_e, batch["image"]), D.init(k_d, batch["image"])
        g = G.init(k_g, jnp.zeros((len(batch["image"]), latent)))
        return {"E": e[0], "G": g[0], "D": d[0]}, {"E": e[1], "G": g[1], "D": d[1]}

    def encode(params, stats, images, keys):
        """A sample of z, its divergence from the prior [B], and E's new stats."""
        (mean, log_variance), e = E.apply(params["E"], stats["E"], images, train=True)
        return drawn(mean, log_variance, keys, 1)[0], divergence.to_standard(mean, log_variance), e

    def unlike(params, stats, again, images):
        """L_llike [B] but for a constant: -log N(D_l(images); D_l(again), I), eqs. 6 and 7; scores of `again` [B]."""
        (_, real), d = D.apply(params["D"], stats["D"], images, train=True)
        (scores, fake), _ = D.apply(params["D"], d, again, train=True)
        return reconstruction.squared(fake, real) / 2, scores

    def learn_codes(params, stats, batch, turn):
        z, kl, e = encode(params, stats, batch["image"], turn.keys)
        again, _ = G.apply(params["G"], stats["G"], z, train=True)
        features, _ = unlike(params, stats, again, batch["image"])
        return total({"E": e}, prior=(1.0, kl), features=(1.0, features))

    def fakes(params, stats, batch, turn):
        """Reconstructions and decoded draws of the prior, and G's new stats."""
        k_z, k_prior = latents.split(turn.keys)
        z, _, _ = encode(params, stats, batch["image"], k_z)
        again, g = G.apply(params["G"], stats["G"], z, train=True)
        fresh, g = G.apply(params["G"], g, latents.normal(k_prior, latent), train=True)
        return again, fresh, g

    def decode(params, stats, batch, turn):
        again, fresh, g = fakes(params, stats, batch, turn)
        features, again_scores = unlike(params, stats, again, batch["image"])
        (fresh_scores, _), _ = D.apply(params["D"], stats["D"], fresh, train=True)
        loss = (generator_loss(again_scores) + generator_loss(fresh_scores)) / 2
        return total({"G": g}, features=(gamma, features), adversarial=(1.0, loss))

    def discriminate(params, stats, batch, turn):
        again, fresh, _ = fakes(params, stats, batch, turn)
        (real_scores, _), d = D.apply(params["D"], stats["D"], batch["image"], train=True)
        (again_scores, _), d = D.apply(params["D"], d, again, train=True)
        (fresh_scores, _), d = D.apply(params["D"], d, fresh, train=True)
        loss = sum(adversarial.discriminator(real_scores, fake) for fake in (again_scores, fresh_scores)) / 2
        watched = {
            "accuracy_real": real_scores > 0,
            "accuracy_again": again_scores < 0,
            "accuracy_fresh": fresh_scores < 0,
        }
        return total({"D": d}, watched, adversarial=(1.0, loss))

    players = {
        "D": Player(("D",), discriminate, D_tx),
        "E": Player(("E",), learn_codes, E_tx),
        "G": Player(("G",), decode, G_tx),
    }
    return Game(init, players, ema={"E": ema, "G": ema} if ema else {}, prepare=prepare)
