"""GANs whose D is an autoencoder and whose score is how badly it reconstructs: EBGAN and BEGAN.

D owns two nets, an encoder E and a decoder; the energy of an image is its reconstruction's mean error per number.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net, Player, total
from jaxgen.losses import boundary_equilibrium, energy_based
from jaxgen.recipes.gan.gan import to_float

Energy = Callable[[Mapping, Mapping, Array], tuple[Array, Array, dict]]


def _energy(E: Net, decoder: Net, power: int) -> Energy:
    """params, stats, images -> energies [B], codes [B, n], new stats."""

    def energy(params: Mapping, stats: Mapping, x: Array) -> tuple[Array, Array, dict]:
        code, e = E.apply(params["E"], stats["E"], x, train=True)
        again, d = decoder.apply(params["decoder"], stats["decoder"], code, train=True)
        error = jnp.abs(x - again) ** power
        return jnp.mean(error.reshape(len(x), -1), axis=1), code, {"E": e, "decoder": d}

    return energy


def _start(G: Net, E: Net, decoder: Net, latent: int, control: Mapping[str, Array]):
    def init(key: Array, batch: Any):
        k_g, k_e, k_d = jax.random.split(key, 3)
        g, e = G.init(k_g, jnp.zeros((len(batch["image"]), latent))), E.init(k_e, batch["image"])
        code, _ = E.apply(*e, batch["image"], train=False)
        d = decoder.init(k_d, code)
        params = {"G": g[0], "E": e[0], "decoder": d[0]}
        stats = {"G": g[1], "E": e[1], "decoder": d[1]}
        return (params | {"k": {}}, stats | {"k": dict(control)}) if control else (params, stats)

    return init


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
    """EBGAN-PT, Zhao, Mathieu & LeCun 2017 (arXiv:1609.03126), eqs. 1 to 4.

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
    energy = _energy(E, decoder, 2)

    def discriminate(params, stats, batch, turn):
        fake, _ = G.apply(params["G"], stats["G"], latents.normal(turn.keys, latent), train=True)
        real_energy, _, new = energy(params, stats, batch["image"])
        fake_energy, _, new = energy(params, {**stats, **new}, fake)
        watched = {"energy_real": real_energy, "energy_fake": fake_energy}
        loss = energy_based.discriminator(real_energy, fake_energy, margin=margin)
        return total(new, watched, adversarial=(1.0, loss))

    def generate(params, stats, batch, turn):
        fake, g = G.apply(params["G"], stats["G"], latents.normal(turn.keys, latent), train=True)
        fake_energy, code, _ = energy(params, stats, fake)
        return total(
            {"G": g},
            adversarial=(1.0, energy_based.generator(fake_energy)),
            pulling_away=(pulling_away, energy_based.pulling_away(code)),
        )

    players = {"D": Player(("E", "decoder"), discriminate, D_tx), "G": Player(("G",), generate, G_tx)}
    return Game(_start(G, E, decoder, latent, {}), players, ema={"G": ema} if ema else {}, prepare=to_float)


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
    """BEGAN, Berthelot, Schumm & Metz 2017 (arXiv:1703.10717), section 3.3, with the L1 energy of its experiments.

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
    energy = _energy(E, decoder, 1)

    def discriminate(params, stats, batch, turn):
        fake, _ = G.apply(params["G"], stats["G"], latents.uniform(turn.keys, latent), train=True)
        real_energy, _, new = energy(params, stats, batch["image"])
        fake_energy, _, new = energy(params, {**stats, **new}, fake)
        k = stats["k"]["k"]
        watched = {
            "energy_real": real_energy,
            "energy_fake": fake_energy,
            "k": k[None],
            "convergence": boundary_equilibrium.convergence(real_energy, fake_energy, diversity=diversity),
        }
        moved = boundary_equilibrium.control(k, real_energy, fake_energy, diversity=diversity, rate=rate)
        loss = boundary_equilibrium.discriminator(real_energy, fake_energy, k)
        return total({**new, "k": {"k": moved}}, watched, adversarial=(1.0, loss))

    def generate(params, stats, batch, turn):
        fake, g = G.apply(params["G"], stats["G"], latents.uniform(turn.keys, latent), train=True)
        fake_energy, _, _ = energy(params, stats, fake)
        return total({"G": g}, adversarial=(1.0, boundary_equilibrium.generator(fake_energy)))

    start = _start(G, E, decoder, latent, {"k": jnp.zeros(())})
    players = {"D": Player(("E", "decoder", "k"), discriminate, D_tx), "G": Player(("G",), generate, G_tx)}
    return Game(start, players, ema={"G": ema} if ema else {}, prepare=to_float)
