"""A run's space of latent codes: images of codes, and the ways that mean something in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxgen.abilities import Draw
from jaxgen.errors import InputError
from jaxgen.model import classes
from jaxgen.model.bound import Bound


class Space(NamedTuple):
    """A drawing ability from latent codes, and what else its images are drawn by."""

    draws: Bound[Draw]
    given: Mapping[str, Any]  # by field: the same for all images of a row

    def codes(self, seed: int, count: int) -> Array:
        """Codes [count, latent] of the prior: those of `jaxgen sample` with the same seed."""
        return self.draws.ability.latents(jax.random.key(seed), count)

    def images(self, z: Any) -> np.ndarray:
        """Codes [N, latent], or in rows [R, N, latent] -> uint8 images [N or R N, H, W, C]."""
        z = np.asarray(z)
        rows = z if z.ndim == 3 else z[None]
        told = self.draws.ability.conditions.told(len(rows), self.given)
        each = {name: np.repeat(np.asarray(value), rows.shape[1], 0) for name, value in told.items()}
        return self.draws.images(self.draws.ability.at(rows.reshape(-1, rows.shape[-1]), **each))

    def between(self, z: Array, steps: int) -> np.ndarray:
        """Codes [R, latent] -> uint8 images [R steps, H, W, C]: a row for each code, which stays, while what it is
        drawn by goes from the first that is given to the last.

        Raises:
          InputError: of nothing two are given.
        """
        ability = self.draws.ability
        given = {name: np.atleast_1d(value) for name, value in self.given.items()}
        most = max((len(value) for value in given.values()), default=0)
        if most < 2:
            raise InputError("a path between what is told needs two: --label 3 8, or two sentences of --caption")
        ends = self.draws(ability.vectors, ability.conditions.told(most, given))
        at = np.linspace(0, most - 1, steps)
        first = np.minimum(at.astype(int), most - 2)

        def path(ends: Any) -> np.ndarray:
            each, ends = (at - first).reshape(-1, *[1] * (ends.ndim - 1)), np.asarray(ends)
            return np.concatenate([ends[first] * (1 - each) + ends[first + 1] * each] * len(z))

        return self.draws.images({"z": np.repeat(np.asarray(z), steps, 0)} | jax.tree.map(path, ends))

    def of_class(self, classifier: Path, z: Array, numbers: list[int], count: int) -> list[np.ndarray]:
        """For each of some classes the numbers of the `count` codes whose images are surest of it."""
        seen = classes.probabilities(classifier, self.images(z))
        for number in numbers:
            classes.known(number, seen, classifier)
        return [classes.surest(number, seen, count) for number in numbers]

    def axes(self, rows: int, code: Array) -> Array:
        """The directions of a code's own first numbers, [rows, latent].

        Raises:
          InputError: it has not so many.
        """
        if rows > len(code):
            raise InputError(f"--rows is {rows}, and the codes of the run have {len(code)} numbers")
        return jnp.eye(rows, len(code))

    def principal(self, rows: int, z: Array) -> Array:
        """The directions [rows, latent] along which images of codes change most."""
        from jaxgen.sampling import directions  # here, as below: what asks for none shall not wait for scikit-learn

        return jnp.asarray(directions.principal(np.asarray(z), self.images(z), rows))

    def to_class(self, classifier: Path, z: Array, number: int, how: str) -> Array:
        """The unit direction [latent] to a class: by "boundary" or "difference"."""
        from jaxgen.sampling import directions

        seen = classes.probabilities(classifier, self.images(z))
        classes.known(number, seen, classifier)
        classes.surest(number, seen, 2)
        found = {"boundary": directions.boundary, "difference": directions.difference}[how]
        way = found(np.asarray(z), seen.argmax(1) == number)
        return jnp.asarray(way / np.linalg.norm(way))
