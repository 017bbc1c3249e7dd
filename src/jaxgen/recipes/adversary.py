"""What D and G minimise, wherever there is a D and a G: one value that every adversarial recipe takes.

A `score` is a function x [B, ...], train=True -> scores of any shape [B, ...]: one number an example, a PatchGAN's map
[B, h, w], one for every entry of a table's row [B, d]. What comes out is one value per example, [B], always.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen.losses import adversarial
from jaxgen.recipes.parts import Terms, Watched, per_example

Score = Callable[..., Array]  # x [B, ...], train=True -> scores [B, ...]
Critic = Callable[[Array], Array]  # x [B, ...] -> scores [B]
Penalty = Callable[[Critic, Any, Any, Array], Array]  # critic, real, fake, keys [B] -> [B]


@dataclass(frozen=True)
class Adversary:
    """Both players' losses, D's penalties, and where D's scores have their zero.

    discriminator: real scores [N], fake scores [N] -> [N].
    generator: fake scores [N] -> [N], or where `relative` real scores [N], fake scores [N] -> [N].
    relative: whether G's loss sees the scores of real examples too.
    penalties: of D, name -> (weight, penalty). Their critic is D by its running statistics (a spectral norm's vectors
      stay), so that an example's gradient is its own.
    zero: the score of which the best D of equal densities cannot say whether it is of a real example or of a fake;
      None where only differences of scores mean something: then no accuracy is counted.
    """

    discriminator: Callable[[Array, Array], Array]
    generator: Callable[..., Array]
    relative: bool = False
    penalties: Mapping[str, tuple[float, Penalty]] = field(default_factory=dict)
    zero: float | None = 0.0

    def judge(self, score: Score, real: Array, fake: Array | Mapping[str, Array], keys: Array) -> tuple[Terms, Watched]:
        """D's terms, and what is watched of its scores.

        D is asked once of real examples and once of each kind of fakes, so that each call has its own batch statistics
        (Radford 2016, and every DCGAN since): with all in one batch, BatchNorm would tell which share of it is fake.

        Args:
          score: D.
          real: [B, ...].
          fake: [B, ...], or several kinds of fakes by name, over which losses and penalties are averaged.
          keys: [B], of the player's turn; penalties draw from keys of their own.

        Returns:
          Terms "adversarial" and the penalties'; of real examples and of each kind of fakes the scores, and beside them
          "accuracy_..." where scores have a zero, else "gap_...", the differences in pairs of a real example and a
          fake, and their squares, whose mean says how far scores spread.
        """
        kinds = fake if isinstance(fake, Mapping) else {"fake": fake}
        real_scores = score(real)
        fakes = {name: score(x) for name, x in kinds.items()}

        def critic(x: Array) -> Array:
            return per_example(score(x, train=False))

        k = jax.vmap(partial(jax.random.fold_in, data=1))(keys)
        terms: Terms = {"adversarial": (1.0, self.judged(real_scores, *fakes.values()))}
        for name, (weight, penalty) in self.penalties.items():
            terms[name] = weight, _mean([penalty(critic, real, x, k) for x in kinds.values()])
        return terms, self._watched(real_scores, fakes)

    def fool(self, score: Score, fake: Array, real: Array) -> Terms:
        """G's term, "adversarial". Real examples are looked at where the adversary is `relative`."""
        fake_scores = score(fake)
        return {"adversarial": (1.0, self.fooled(score(real) if self.relative else None, fake_scores))}

    def judged(self, real_scores: Array, *fake_scores: Array) -> Array:
        """D's loss by scores [B, ...] -> [B]: a mean over kinds of fakes."""
        return _mean([_singly(self.discriminator, real_scores, scores) for scores in fake_scores])

    def fooled(self, real_scores: Array | None, *fake_scores: Array) -> Array:
        """G's loss by scores [B, ...] -> [B]: a mean over kinds of fakes. Real scores: where `relative`."""
        beside = (real_scores,) if self.relative and real_scores is not None else ()
        return _mean([_singly(self.generator, *beside, scores) for scores in fake_scores])

    def _watched(self, real_scores: Array, fakes: Mapping[str, Array]) -> Watched:
        watched = {f"score_{name}": s for name, s in {"real": real_scores, **fakes}.items()}
        if self.zero is None:
            gaps = {f"gap_{name}": real_scores - s for name, s in fakes.items()}
            return watched | gaps | {f"{name}_square": jnp.square(gap) for name, gap in gaps.items()}
        right = {"real": real_scores > self.zero, **{name: s < self.zero for name, s in fakes.items()}}
        return watched | {f"accuracy_{name}": r for name, r in right.items()}


# Goodfellow et al. 2014: what recipes play where nothing else is said.
NON_SATURATING = Adversary(adversarial.discriminator, adversarial.non_saturating)


def _singly(loss: Callable[..., Array], *scores: Array) -> Array:
    """A loss of scores [N], of scores [B, ...]: the mean over each example's."""
    return per_example(loss(*(s.reshape(-1) for s in scores)).reshape(scores[0].shape))


def _mean(values: list[Array]) -> Array:
    return sum(values[1:], values[0]) / len(values) if len(values) > 1 else values[0]
