"""Boundary equilibrium GANs: BEGAN, Berthelot, Schumm & Metz 2017 (arXiv:1703.10717)."""

import jax
import jax.numpy as jnp
import optax

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.losses import boundary_equilibrium
from jaxgen.recipes.gan.energies import energy, start
from jaxgen.recipes.parts import averages, floats, kept, player


def began(
    G: Net,
    E: Net,
    decoder: Net,
    *,
    latent: int,
    G_tx: optax.GradientTransformation,
    D_tx: optax.GradientTransformation,
    diversity: float = 0.5,
    rate: float = 1e-3,
    ema: float = 0.999,
) -> Game:
    """Section 3.3, with the L1 energy of its experiments.

    k is a net without parameters that D's player owns: it moves once a round, by the energies of D's turn (the paper's
    formula takes those of one step for all). z is uniform, as in the paper. The watched `convergence` is the paper's
    global measure, section 3.4.1: lower is better.

    Args:
      G: z [B, latent] -> images in [-1, 1].
      E: images -> codes [B, n].
      decoder: codes -> images in [-1, 1].
      latent: length of z.
      G_tx: G's optimiser.
      D_tx: of E and the decoder.
      diversity: gamma, the energy of fakes over that of real images at equilibrium: 0.3 to 0.7 in the paper.
      rate: lambda_k, how fast k moves.
      ema: decay, a round, of the moving average of G's parameters.

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].
    """
    nets = {"G": G, "E": E, "decoder": decoder, "k": kept(lambda key: {"k": jnp.zeros(())})}

    def discriminate(cast, batch, turn):
        fake, k = cast("G", latents.uniform(turn.keys, latent)), cast.stats["k"]["k"]
        (real_energy, _), (fake_energy, _) = energy(cast, batch["image"], 1), energy(cast, fake, 1)
        watched = {
            "energy_real": real_energy,
            "energy_fake": fake_energy,
            "k": k[None],
            "convergence": boundary_equilibrium.convergence(real_energy, fake_energy, diversity=diversity),
        }
        moved = boundary_equilibrium.control(k, real_energy, fake_energy, diversity=diversity, rate=rate)
        cast.stats["k"] = {"k": moved}
        return {"adversarial": (1.0, boundary_equilibrium.discriminator(real_energy, fake_energy, k))}, watched

    def generate(cast, batch, turn):
        fake_energy, _ = energy(cast, cast("G", latents.uniform(turn.keys, latent)), 1)
        return {"adversarial": (1.0, boundary_equilibrium.generator(fake_energy))}, {}

    first = start(nets, latent, keys=lambda key: (*jax.random.split(key, 3), key))
    players = {
        "D": player(nets, ("E", "decoder", "k"), D_tx, discriminate),
        "G": player(nets, ("G",), G_tx, generate),
    }
    return Game(first, players, ema=averages(ema, "G"), prepare=floats)
