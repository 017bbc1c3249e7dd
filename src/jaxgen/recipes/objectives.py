"""Adversaries by name, each with the step sizes of its paper: a new one is a new entry.

    class Config(Adversarial, run.Settings): ...
    game = config.played(recipes.gan(G, D, config.adversary, latent=100, **config.steps))

The step sizes are the paper's for images where it says them, else DCGAN's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import optax

from jaxgen import penalties, schedules
from jaxgen.errors import InputError
from jaxgen.game import Game
from jaxgen.limits import AtLeast, Below, Was, within
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
from jaxgen.recipes.adversary import NON_SATURATING, Adversary

Optimiser = Callable[[optax.ScalarOrSchedule], optax.GradientTransformation]


class Objective(NamedTuple):
    adversary: Adversary
    norm: str = "batch"  # that D is made for, of DCGAN's: "batch", "spectral" or "none"
    lr_g: float = 2e-4
    lr_d: float = 2e-4
    tx: Optimiser = partial(optax.adam, b1=0.5)  # of both players
    D_tx: Optimiser | None = None  # of D where it differs
    D_turns: int = 1


def _clipped(lr: optax.ScalarOrSchedule) -> optax.GradientTransformation:
    return optax.chain(optax.rmsprop(lr), penalties.clip(0.01))


def _f_gan(divergence: f_divergence.Divergence, zero: float = 0.0) -> Objective:
    """The zero is where g_f(score) is f'(1), Nowozin's threshold: section 3.2."""
    both = (f_divergence.discriminator, f_divergence.non_saturating)
    return Objective(Adversary(*(partial(loss, divergence=divergence) for loss in both), zero=zero))


_average = (relativistic.average_discriminator, relativistic.average_generator)
_paired = (relativistic.pairing_discriminator, relativistic.pairing_generator)
_gradient = {"gradient": (10.0, penalties.gradient)}
_zero_centred = {
    "r1": (0.01, lambda critic, real, fake, keys: penalties.r1(critic, real)),
    "r2": (0.01, lambda critic, real, fake, keys: penalties.r2(critic, fake)),
}
_dragan = {"dragan": (10.0, lambda critic, real, fake, keys: penalties.dragan(critic, real, keys))}
_standard, _quick = adversarial.discriminator, partial(optax.adam, b1=0.0, b2=0.9)
_wasserstein = Adversary(wasserstein.critic, wasserstein.generator, zero=None)

OBJECTIVES: Mapping[str, Objective] = {
    # Goodfellow et al. 2014, with DCGAN's hyperparameters (Radford et al. 2016).
    "non_saturating": Objective(NON_SATURATING),
    "minimax": Objective(Adversary(_standard, adversarial.minimax)),
    "maximum_likelihood": Objective(Adversary(_standard, adversarial.maximum_likelihood)),
    # Mao et al. 2017: codes 0, 1, 1.
    "lsgan": Objective(Adversary(least_squares.discriminator, least_squares.generator, zero=0.5)),
    # Arjovsky et al. 2017, algorithm 1: RMSprop 5e-5, weights in [-0.01, 0.01], five steps of D.
    "wgan": Objective(_wasserstein, "batch", 5e-5, 5e-5, optax.rmsprop, _clipped, D_turns=5),
    # Gulrajani et al. 2017, algorithm 1: weight 10, five steps of D, Adam 1e-4, 0, 0.9.
    "wgan_gp": Objective(replace(_wasserstein, penalties=_gradient), "none", 1e-4, 1e-4, _quick, D_turns=5),
    # SNGAN: Miyato et al. 2018: the hinge loss of eq. 17, Adam 2e-4, 0, 0.9, five steps of D.
    "hinge": Objective(Adversary(hinge.discriminator, hinge.generator), "spectral", tx=_quick, D_turns=5),
    # Kodali et al. 2017: weight 10.
    "dragan": Objective(replace(NON_SATURATING, penalties=_dragan), "none"),
    # f-GAN: Nowozin et al. 2016, eq. 6, with the G of section 3.2, whose gradient does not vanish at the start.
    "kl": _f_gan(f_divergence.KL, zero=1.0),
    "reverse_kl": _f_gan(f_divergence.REVERSE_KL),
    "pearson": _f_gan(f_divergence.PEARSON),
    "hellinger": _f_gan(f_divergence.SQUARED_HELLINGER),
    "jensen_shannon": _f_gan(f_divergence.JENSEN_SHANNON),
    # Jolicoeur-Martineau 2019: the average variant.
    "relativistic": Objective(Adversary(*_average, relative=True, zero=None), "spectral"),
    # Huang et al. 2024: paired scores, R1 and R2 with gamma 0.02 (by data: 0.05 to 150 in the paper), Adam 0, 0.99.
    "r3gan": Objective(
        Adversary(*_paired, relative=True, penalties=_zero_centred, zero=None),
        "none",
        tx=partial(optax.adam, b1=0.0, b2=0.99),
    ),
    # Lin 2017 and Hjelm et al. 2018.
    "softmax": Objective(Adversary(softmax.discriminator, softmax.generator, relative=True, zero=None)),
    "boundary_seeking": Objective(Adversary(_standard, boundary_seeking.continuous)),
}


if TYPE_CHECKING:
    Name = str
else:
    Name = Literal[tuple(OBJECTIVES)]  # so that a command line knows what there is


@dataclass(frozen=True)
class Adversarial:
    """What D and G minimise, and by which steps: the settings of every adversarial experiment."""

    # What D and G minimise; D's norm, penalties, steps a round and optimisers are its paper's.
    objective: Annotated[Name, Was("non_saturating")] = "non_saturating"
    # Step size for G; by default the objective's.
    lr_g: Annotated[float | None, AtLeast(0), Was(None)] = None
    # Step size for D; by default the objective's.
    lr_d: Annotated[float | None, AtLeast(0), Was(None)] = None
    # Rounds in which step sizes fall to zero, after those of --steady; 0 leaves them as they are.
    decay: Annotated[int | None, AtLeast(0), Was(0)] = 0
    # Rounds before those of --decay, in which step sizes stay as they are.
    steady: Annotated[int, AtLeast(0), Was(0)] = 0
    # How step sizes fall.
    fall: Annotated[Literal["cosine", "linear"], Was("cosine")] = "cosine"
    # D's steps before each step of G; by default the objective's.
    d_turns: Annotated[int | None, AtLeast(1), Was(None)] = None
    # Weight of the objective's penalties, where it has any; by default its paper's.
    penalty: Annotated[float | None, AtLeast(0), Was(None)] = None
    # Steps of D, by plain gradient descent, that G's loss looks ahead (unrolled GAN); 0 is none.
    unroll: Annotated[int, AtLeast(0), Was(0)] = 0
    # Step size of the steps that are looked ahead.
    unroll_lr: Annotated[float, AtLeast(0), Was(0.1)] = 0.1
    # Rounds in which G waits while D warms up before the game.
    warm_up: Annotated[int, AtLeast(0), Was(0)] = 0
    # Decay, a round, of the average of G's parameters that samples are drawn with; 0 is no average.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999

    @property
    def norm(self) -> str:
        """Which of DCGAN's norms D is made for."""
        return OBJECTIVES[self.objective].norm

    @property
    def adversary(self) -> Adversary:
        """What was chosen, for a recipe.

        Raises:
          InputError: a choice is out of its range, or a weight is given for penalties that the objective does not have.
        """
        adversary = self._checked().adversary
        if self.penalty is None:
            return adversary
        return replace(adversary, penalties={name: (self.penalty, f) for name, (_, f) in adversary.penalties.items()})

    @property
    def steps(self) -> dict[str, Any]:
        """How it is played, as keywords of a recipe: G_tx, D_tx, D_turns and ema.

        Raises:
          InputError: as of `adversary`.
        """
        return steps(self)

    def played(self, game: Game, player: str = "G", opponent: str = "D") -> Game:
        """The game, with the steps that one player looks ahead."""
        if not self.unroll:
            return game
        tx = optax.sgd(self.unroll_lr)
        return schedules.unrolled(game, steps=self.unroll, tx=tx, player=player, opponent=opponent)

    def _checked(self) -> Objective:
        within(self)
        chosen = OBJECTIVES[self.objective]
        if self.penalty is not None and not chosen.adversary.penalties:
            raise InputError(f"--penalty is for objectives that have one, and {self.objective} has none")
        return chosen

    def falling(self, size: float, turns: int = 1) -> optax.ScalarOrSchedule:
        """A step size as --steady, --decay and --fall have it, of a player with so many turns a round."""
        if not self.decay:
            return size
        steady, decay = self.steady * turns, self.decay * turns
        if self.fall == "linear":
            return optax.linear_schedule(size, 0.0, decay, steady)
        cosine = optax.cosine_decay_schedule(size, decay)
        return optax.join_schedules([lambda _: size, cosine], [steady]) if steady else cosine


def steps(config: Adversarial) -> dict[str, Any]:
    """`config.steps`, where the settings have some of that name for something else.

    Raises:
      InputError: as of `Adversarial.adversary`.
    """
    chosen = config._checked()
    turns = chosen.D_turns if config.d_turns is None else config.d_turns
    lr_g = chosen.lr_g if config.lr_g is None else config.lr_g
    lr_d = chosen.lr_d if config.lr_d is None else config.lr_d
    G_tx, D_tx = chosen.tx(config.falling(lr_g)), (chosen.D_tx or chosen.tx)(config.falling(lr_d, turns))
    late = schedules.late(G_tx, config.warm_up) if config.warm_up else G_tx
    return {"G_tx": late, "D_tx": D_tx, "D_turns": turns, "ema": config.ema}


def halved[A: Adversarial](config: A, rounds: int) -> A:
    """The settings of those whose step sizes fall along a line in the second half of all rounds, where --decay says
    nothing else: CycleGAN's and pix2pix' published schedule."""
    if config.decay is not None:
        return config
    return replace(config, steady=rounds - rounds // 2, decay=rounds // 2, fall="linear")
