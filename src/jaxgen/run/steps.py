"""Settings that several experiments have beside `Settings`: mix-ins."""

from dataclasses import dataclass
from typing import Annotated

import optax

from jaxgen.limits import AtLeast


@dataclass(frozen=True)
class Falling:
    """A step size that falls along a cosine."""

    # Adam's first step size.
    lr: Annotated[float, AtLeast(0)] = 1e-3
    # Rounds until the step size is zero; by default never: it stays.
    decay: Annotated[int | None, AtLeast(1)] = None

    @property
    def steps(self) -> optax.ScalarOrSchedule:
        """By the round."""
        return falling(self.lr, self.decay)


def falling(lr: float, decay: int | None) -> optax.ScalarOrSchedule:
    """A step size that is zero after `decay` rounds, along a cosine; None leaves it as it is."""
    return lr if decay is None else optax.cosine_decay_schedule(lr, decay)
