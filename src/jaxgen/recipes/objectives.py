"""The objectives that differ in nothing but losses, penalties and an optimiser, by name: a new one is a new entry.

    game = Choice("wgan_gp", D_turns=3).game(G, D, latent=100)

Experiments extend `Choice` with their settings. The step sizes are the paper's for images where it says them, else
DCGAN's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import optax

from jaxgen import penalties, schedules
from jaxgen.errors import InputError
from jaxgen.game import Game, Net
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
from jaxgen.recipes.gan.gan import gan

Optimiser = Callable[[optax.ScalarOrSchedule], optax.GradientTransformation]


class Objective(NamedTuple):
    losses: Mapping[str, Any]  # keywords of `recipes.gan`
    norm: str = "batch"  # that D is made for, of DCGAN's: "batch", "spectral" or "none"
    lr_g: float = 2e-4
    lr_d: float = 2e-4
    tx: Optimiser = partial(optax.adam, b1=0.5)  # of both players
    D_tx: Optimiser | None = None  # of D where it differs


def _pair(discriminator: Callable, generator: Callable, **more: Any) -> dict[str, Any]:
    return {"discriminator_loss": discriminator, "generator_loss": generator, **more}


def _clipped(lr: optax.ScalarOrSchedule) -> optax.GradientTransformation:
    return optax.chain(optax.rmsprop(lr), penalties.clip(0.01))


def _f_gan(divergence: f_divergence.Divergence) -> Objective:
    both = (f_divergence.discriminator, f_divergence.non_saturating)
    return Objective(_pair(*(partial(loss, divergence=divergence) for loss in both)))


_paired = (relativistic.pairing_discriminator, relativistic.pairing_generator)
_gradient = {"gradient": (10.0, penalties.gradient)}
_zero_centred = {
    "r1": (0.01, lambda critic, real, fake, keys: penalties.r1(critic, real)),
    "r2": (0.01, lambda critic, real, fake, keys: penalties.r2(critic, fake)),
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
    # f-GAN: Nowozin et al. 2016, eq. 6, with the G of section 3.2, whose gradient does not vanish at the start.
    "kl": _f_gan(f_divergence.KL),
    "reverse_kl": _f_gan(f_divergence.REVERSE_KL),
    "pearson": _f_gan(f_divergence.PEARSON),
    "hellinger": _f_gan(f_divergence.SQUARED_HELLINGER),
    "jensen_shannon": _f_gan(f_divergence.JENSEN_SHANNON),
    # Jolicoeur-Martineau 2019: the average variant.
    "relativistic": Objective(
        _pair(relativistic.average_discriminator, relativistic.average_generator, relative=True), "spectral"
    ),
    # Huang et al. 2024: paired scores, R1 and R2 with gamma 0.02 (by data: 0.05 to 150 in the paper), Adam 0, 0.99.
    "r3gan": Objective(
        _pair(
            relativistic.pairing_discriminator, relativistic.pairing_generator, relative=True, penalties=_zero_centred
        ),
        "none",
        tx=partial(optax.adam, b1=0.0, b2=0.99),
    ),
    # Lin 2017 and Hjelm et al. 2018.
    "softmax": Objective(_pair(softmax.discriminator, softmax.generator, relative=True)),
    "boundary_seeking": Objective(_pair(_standard, boundary_seeking.continuous)),
}


if TYPE_CHECKING:
    Name = str
else:
    Name = Literal[tuple(OBJECTIVES)]  # so that a command line knows what there is


@dataclass(frozen=True)
class Choice:
    """Which game G and D play, and by which steps."""

    # What D and G minimise; D's norm, penalties, steps a round and optimisers are its paper's.
    objective: Name = "non_saturating"
    # Step size for G; by default the objective's.
    lr_g: float | None = None
    # Step size for D; by default the objective's.
    lr_d: float | None = None
    # Rounds in which step sizes fall to zero, by a cosine; 0 leaves them as they are.
    decay: int = 0
    # D's steps before each step of G; by default the objective's.
    d_turns: int | None = None
    # Weight of the objective's penalties, where it has any; by default its paper's.
    penalty: float | None = None
    # Steps of D, by plain gradient descent, that G's loss looks ahead (unrolled GAN); 0 is none.
    unroll: int = 0
    # Step size of the steps that are looked ahead.
    unroll_lr: float = 0.1
    # Rounds in which G waits while D warms up before the game.
    warm_up: int = 0
    # Decay, a round, of the average of G's parameters that samples are drawn with; 0 is no average.
    ema: float = 0.999

    @property
    def norm(self) -> str:
        """Which of DCGAN's norms D is made for."""
        return OBJECTIVES[self.objective].norm

    def game(self, G: Net, D: Net, **settings: Any) -> Game:
        """`recipes.gan` with what was chosen, and with any other of its settings (`latent`, `prior`, `prepare`).

        Raises:
          InputError: a choice is out of its range, or a weight is given for penalties that the objective does not have.
        """
        chosen = OBJECTIVES[self.objective]
        self._check(chosen)
        losses = {**chosen.losses}
        if self.d_turns is not None:
            losses["D_turns"] = self.d_turns
        if self.penalty is not None:
            losses["penalties"] = {name: (self.penalty, f) for name, (_, f) in losses.get("penalties", {}).items()}
        G_tx = chosen.tx(self._falling(self.lr_g, chosen.lr_g, 1))
        D_tx = (chosen.D_tx or chosen.tx)(self._falling(self.lr_d, chosen.lr_d, losses.get("D_turns", 1)))
        late = schedules.late(G_tx, self.warm_up) if self.warm_up else G_tx
        game = gan(G, D, G_tx=late, D_tx=D_tx, ema=self.ema, **losses, **settings)
        return schedules.unrolled(game, steps=self.unroll, tx=optax.sgd(self.unroll_lr)) if self.unroll else game

    def _check(self, chosen: Objective) -> None:
        least = {
            "d_turns": 1,
            "unroll": 0,
            "warm_up": 0,
            "decay": 0,
            "penalty": 0,
            "ema": 0,
            "lr_g": 0,
            "lr_d": 0,
            "unroll_lr": 0,
        }
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and not bound <= value < float("inf"):
                raise InputError(f"--{name.replace('_', '-')} is {value}; it must be at least {bound}")
        if self.ema >= 1:
            raise InputError(f"--ema is {self.ema}; an average that ever moves has a decay below 1")
        if self.penalty is not None and "penalties" not in chosen.losses:
            raise InputError(f"--penalty is for objectives that have one, and {self.objective} has none")

    def _falling(self, lr: float | None, usual: float, turns: int) -> optax.ScalarOrSchedule:
        size = usual if lr is None else lr
        return optax.cosine_decay_schedule(size, self.decay * turns) if self.decay else size
