"""The third kind of pairs that a conditional D can be shown: a real image beside a condition that is not its own."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from jaxgen import parallel
from jaxgen.recipes.adversary import Adversary
from jaxgen.recipes.parts import Cast, before


def mismatched(adversary: Adversary, given: Callable[[Any], tuple]) -> Callable[[Cast, Any, Array], Array]:
    """A term of D's for `recipes.gan`: on_D={"mismatched": (1.0, mismatched(adversary, given))}.

    The matching-aware discriminator of Reed et al. 2016 (arXiv:1605.05396), section 4.2, for any adversary: real images
    beside their own conditions are told from the same images beside those of the example before them in the global
    batch. Where both are alike, as labels often are, there is nothing to tell, and the example counts nothing. The
    paper has half of all: (1, 1/2, 1/2) for the right, the wrong and the fake pair, here with a weight of 1 (2, 1, 1).

    Args:
      adversary: the game's.
      given: batch -> conditions, arrays [B, ...], as of `recipes.gan`.
    """

    def term(cast: Cast, batch: Any, fake: Array) -> Array:
        own = given(batch)
        others = tuple(before(x) for x in own)
        score = lambda told: cast("D", batch["image"], *told)  # noqa: E731
        wrong = [jnp.any((x != y).reshape(len(x), -1), 1) for x, y in zip(own, others)]
        return jnp.any(jnp.stack(wrong), 0) * adversary.judged(score(own), score(others))

    return term


def near(x: Array) -> Array:
    """Of vectors [B, n], for every other example the nearest one of the global batch that differs, for the rest the one
    before: where sentences differ in several things, D that sees random pairs learns the one that shows most."""
    everyone, places = parallel.gather(x), parallel.first(len(x)) + jnp.arange(len(x))
    apart = jnp.sum((x[:, None] - everyone[None]) ** 2, -1)
    nearest = everyone[jnp.argmin(jnp.where(apart > 0, apart, jnp.inf), 1)]
    return jnp.where((places % 2 == 0)[:, None], nearest, before(x))
