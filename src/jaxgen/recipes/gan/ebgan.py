"""Energy-based GANs: EBGAN, Zhao, Mathieu & LeCun 2017 (arXiv:1609.03126)."""

import optax

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.losses import energy_based
from jaxgen.recipes.gan.energies import energy, start
from jaxgen.recipes.parts import averages, floats, player


def ebgan(
    G: Net,
    E: Net,
    decoder: Net,
    *,
    latent: int,
    G_tx: optax.GradientTransformation,
    D_tx: optax.GradientTransformation,
    margin: float = 1.0,
    pulling_away: float = 0.1,
    ema: float = 0.999,
) -> Game:
    """EBGAN-PT, eqs. 1 to 4.

    Args:
      G: z [B, latent] -> images in [-1, 1].
      E: images -> codes [B, n].
      decoder: codes -> images in [-1, 1].
      latent: length of z.
      G_tx: G's optimiser.
      D_tx: of E and the decoder.
      margin: above which D does not raise a fake's energy. The paper's 10 to 80 are for sums of squares; this is in
        mean squares of numbers in [-1, 1].
      pulling_away: weight of the pulling-away term on codes of fakes (section 2.4; the paper's is 0.1); 0 is EBGAN.
      ema: decay, a round, of the moving average of G's parameters.

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].
    """
    nets = {"G": G, "E": E, "decoder": decoder}

    def discriminate(cast, batch, turn):
        fake = cast("G", latents.normal(turn.keys, latent))
        (real_energy, _), (fake_energy, _) = energy(cast, batch["image"], 2), energy(cast, fake, 2)
        loss = energy_based.discriminator(real_energy, fake_energy, margin=margin)
        return {"adversarial": (1.0, loss)}, {"energy_real": real_energy, "energy_fake": fake_energy}

    def generate(cast, batch, turn):
        fake_energy, code = energy(cast, cast("G", latents.normal(turn.keys, latent)), 2)
        terms = {
            "adversarial": (1.0, energy_based.generator(fake_energy)),
            "pulling_away": (pulling_away, energy_based.pulling_away(code)),
        }
        return terms, {}

    players = {"D": player(nets, ("E", "decoder"), D_tx, discriminate), "G": player(nets, ("G",), G_tx, generate)}
    return Game(start(nets, latent), players, ema=averages(ema, "G"), prepare=floats)
