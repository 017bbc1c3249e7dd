"""An ability with its parameters, ready to be used."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import flax.errors
import jax
import numpy as np
from jax.tree_util import Partial

from jaxgen.abilities import Ability, Drawing, Encode
from jaxgen.errors import InputError
from jaxgen.pixels import as_floats
from jaxgen.show import pictures
from jaxgen.store.progress import Progress


class Bound[A: Ability]:
    """An ability with its parameters, which are arguments of every program that is compiled of it.

    Attributes:
      ability: what it is.
      params, stats: of its nets, as its functions take them.
      parameters: which these are: "averaged" or "as trained".
    """

    def __init__(self, ability: A, params: Any, stats: Any, parameters: str, path: Path):
        self.ability, self.parameters, self._path = ability, parameters, path
        self.params, self.stats = jax.device_put((params, stats))

    def __call__(self, method: Callable, *args: Any) -> Any:
        """A method of the ability, compiled, with its parameters: `bound(bound.ability.encode, images)`."""
        return _compiled(method.__func__, self.ability, self.params, self.stats, *args)  # type: ignore[attr-defined]

    def function(self, method: Callable) -> Partial:
        """The same as a function of the rest of its arguments, which is a tree of jax's: a compiled program that takes
        it as an argument has no parameters in it."""
        return Partial(_Method(method.__func__, self.ability), self.params, self.stats)  # type: ignore[attr-defined]

    def images(self: "Bound[Drawing]", codes: Any, chunk: int | None = None) -> np.ndarray:
        """Codes, leaves [N, ...] -> uint8 images [N, H, W, C]. What takes long tells on stderr how far it is.

        Args:
          codes: of the ability.
          chunk: how many are drawn together; by default as many as the ability says.

        Raises:
          InputError: they are no codes of the ability, or the checkpoint does not fit its net.
        """
        return pictures.to_uint8(self.draw(codes, chunk))

    def draw(self: "Bound[Drawing]", codes: Any, chunk: int | None = None) -> np.ndarray:
        """The same as numbers in [-1, 1]."""
        self.ability.check(codes)
        parts, count = [], len(jax.tree.leaves(codes)[0])
        codes = jax.tree.map(_as_taken, codes)
        size = min(chunk or self.ability.at_once, count)
        progress = Progress(count, "images drawn")
        try:
            for i in range(0, count, size):
                rows = np.minimum(np.arange(i, i + size), count - 1)  # one shape, one compilation
                part = jax.tree.map(lambda x, rows=rows: x[rows], codes)
                parts.append(np.asarray(self(self.ability.draw, part))[: count - i])
                progress(min(i + size, count))
        except flax.errors.FlaxError as error:
            line = str(error).splitlines()[0]
            raise InputError(f"the checkpoint of {self._path} does not fit the net in its config: {line}") from None
        return np.concatenate(parts)

    def encode(self: "Bound[Encode]", images: Any, chunk: int = 256) -> np.ndarray:
        """Images [N, H, W, C], uint8 or in [-1, 1] -> codes [N, latent].

        Raises:
          InputError: images of that shape do not fit the ability's net.
        """
        parts, size = [], min(chunk, len(images))
        try:
            for i in range(0, len(images), size):
                rows = np.minimum(np.arange(i, i + size), len(images) - 1)
                parts.append(np.asarray(self(self.ability.encode, as_floats(images[rows])))[: len(images) - i])
        except (flax.errors.FlaxError, TypeError) as error:
            line = str(error).splitlines()[0]
            shape = "x".join(map(str, np.shape(images)[1:]))
            raise InputError(f"images of {shape} do not fit the encoder of {self._path}: {line}") from None
        return np.concatenate(parts)


class _Method(NamedTuple):
    """A function that equals another of the same method and ability, so that what is compiled for it is found again."""

    function: Callable
    ability: Ability

    def __call__(self, params: Any, stats: Any, *args: Any) -> Any:
        return _compiled(self.function, self.ability, params, stats, *args)


@partial(jax.jit, static_argnums=(0, 1))
def _compiled(function: Callable, ability: Ability, params: Any, stats: Any, *args: Any) -> Any:
    """One program for each method of an ability, and for each shape."""
    return function(ability, params, stats, *args)


def _as_taken(x: Any) -> np.ndarray:
    x = np.asarray(x)
    return x.astype(np.float32) if np.issubdtype(x.dtype, np.floating) else x
