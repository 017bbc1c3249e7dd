"""The objectives that differ in nothing but losses, penalties and an optimiser: keywords of `recipes.gan`, by name.

    chosen = OBJECTIVES["wgan_gp"]
    game = recipes.gan(G, D, latent=100, G_tx=chosen.tx(1e-4), D_tx=chosen.tx(1e-4), **chosen.losses)

A new one is a new entry. The step sizes are the paper's for images where it says them, else DCGAN's.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import optax

from jaxgen import penalties
from jaxgen.losses import (
    adversarial,
    boundary_seeking,
    f_divergence,
    hinge,
    least_squares,
    relativistic,
    softmax,
    wasserstein,
)


class Objective(NamedTuple):
    losses: Mapping[str, Any]  # keywords of `recipes.gan`
    norm: str = "batch"  # that D is made for, of DCGAN's: "batch", "spectral" or "none"
    lr_g: float = 2e-4
    lr_d: float = 2e-4
    tx: Callable[[float], optax.GradientTransformation] = partial(optax.adam, b1=0.5)  # of both players
    D_tx: Callable[[float], optax.GradientTransformation] | None = None  # of D where it differs


def _pair(discriminator: Callable, generator: Callable, **more: Any) -> dict[str, Any]:
    return {"discriminator_loss": discriminator, "generator_loss": generator, **more}


def _clipped(lr: float) -> optax.GradientTransformation:
    return optax.chain(optax.rmsprop(lr), penalties.clip(0.01))


def _f_gan(divergence: f_divergence.Divergence) -> Objective:
    both = (f_divergence.discriminator, f_divergence.generator)
    return Objective(_pair(*(partial(loss, divergence=divergence) for loss in both)))


_gradient = {"gradient": (10.0, penalties.gradient)}
_zero_centred = {
    "r1": (0.05, lambda critic, real, fake, keys: penalties.r1(critic, real)),
    "r2": (0.05, lambda critic, real, fake, keys: penalties.r2(critic, fake)),
}
_dragan = {"dragan": (10.0, lambda critic, real, fake, keys: penalties.dragan(critic, real, keys))}
_standard, _quick = adversarial.discriminator, partial(optax.adam, b1=0.0, b2=0.9)

OBJECTIVES: Mapping[str, Objective] = {
    # Goodfellow et al. 2014, with DCGAN's hyperparameters (Radford et al. 2016).
    "non_saturating": Objective(_pair(_standard, adversarial.non_saturating)),
    "minimax": Objective(_pair(_standard, adversarial.minimax)),
    "maximum_likelihood": Objective(_pair(_standard, adversarial.maximum_likelihood)),
    # Mao et al. 2017: codes 0, 1, 1.
    "lsgan": Objective(_pair(least_squares.discriminator, least_squares.generator)),
    # Arjovsky et al. 2017, algorithm 1: RMSprop 5e-5, weights in [-0.01, 0.01], five steps of D.
    "wgan": Objective(
        _pair(wasserstein.critic, wasserstein.generator, D_turns=5), "batch", 5e-5, 5e-5, optax.rmsprop, _clipped
    ),
    # Gulrajani et al. 2017, algorithm 1: weight 10, five steps of D, Adam 1e-4, 0, 0.9.
    "wgan_gp": Objective(
        _pair(wasserstein.critic, wasserstein.generator, penalties=_gradient, D_turns=5), "none", 1e-4, 1e-4, _quick
    ),
    # SNGAN: Miyato et al. 2018: the hinge loss of eq. 17, Adam 2e-4, 0, 0.9, five steps of D.
    "hinge": Objective(_pair(hinge.discriminator, hinge.generator, D_turns=5), "spectral", tx=_quick),
    # Kodali et al. 2017: weight 10.
    "dragan": Objective(_pair(_standard, adversarial.non_saturating, penalties=_dragan), "none"),
    # f-GAN: Nowozin et al. 2016, eq. 6, both players' losses as in the game.
    "kl": _f_gan(f_divergence.KL),
    "reverse_kl": _f_gan(f_divergence.REVERSE_KL),
    "pearson": _f_gan(f_divergence.PEARSON),
    "hellinger": _f_gan(f_divergence.SQUARED_HELLINGER),
    "jensen_shannon": _f_gan(f_divergence.JENSEN_SHANNON),
    # Jolicoeur-Martineau 2019: the average variant.
    "relativistic": Objective(
        _pair(relativistic.average_discriminator, relativistic.average_generator, relative=True), "spectral"
    ),
    # Huang et al. 2024: paired scores, R1 and R2 (gamma is the data's: 0.05 to 150 in the paper), Adam 0, 0.99.
    "r3gan": Objective(
        _pair(relativistic.pairing_discriminator, relativistic.pairing_generator, relative=True, penalties=_zero_centred),
        "none",
        tx=partial(optax.adam, b1=0.0, b2=0.99),
    ),
    # Lin 2017 and Hjelm et al. 2018.
    "softmax": Objective(_pair(softmax.discriminator, softmax.generator, relative=True)),
    "boundary_seeking": Objective(_pair(_standard, boundary_seeking.continuous)),
}
