"""What all abilities have in common, and what images are drawn by beside chance."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax.core import FrozenDict
from jax import Array

from jaxgen.data.fields import Field
from jaxgen.errors import InputError

NONE: Mapping[str, Field] = FrozenDict()


class Ability:
    """Something that a trained run can do. Subclasses are frozen dataclasses, hashable as linen modules are, so that a
    compiled program is one of an ability and takes the parameters."""

    can: ClassVar[str]  # in the sentence "this run can ..."
    net: str  # the name under which the game keeps the module's parameters

    @property
    def nets(self) -> tuple[str, ...]:
        """The names of the nets that it needs."""
        return (self.net,)

    def variables(self, params: Mapping[str, Any], stats: Mapping[str, Any]) -> tuple[Any, Any]:
        """What its functions take, of parameters and stats by net."""
        return params[self.net], stats[self.net]

    def _keep(self, *names: str) -> None:
        """Fields that it was given as dicts as ones that can be hashed."""
        for name in names:
            object.__setattr__(self, name, FrozenDict(getattr(self, name)))


class Conditions:
    """What is drawn by beside chance: fields [B, ...] that a net is told, in the order in which it takes them.

    A class is drawn by number where none is given: example n has class n modulo their count.
    """

    def __init__(self, fields: Mapping[str, Field]):
        self.fields = fields

    @property
    def needed(self) -> list[str]:
        """What must be given: all but classes."""
        return [name for name, field in self.fields.items() if not (field.kind == "label" and field.names)]

    def told(self, count: int, given: Mapping[str, Any]) -> dict[str, Array]:
        """Every field for `count` examples.

        Args:
          count: of examples.
          given: by field, of one example, or of several [n, ...], which are taken in turn.

        Raises:
          InputError: something is missing, or given and not asked for.
        """
        if more := [name for name in given if name not in self.fields]:
            raise InputError(f"nothing is drawn by {more[0]} here{self._asked()}")
        if missing := [name for name in self.needed if name not in given]:
            raise InputError(f"images are drawn by {missing[0]}, which must be given")
        return {name: self._each(field, count, given.get(name)) for name, field in self.fields.items()}

    def _each(self, field: Field, count: int, value: Any) -> Array:
        whole = (field.kind == "label" and field.names) or field.kind in ("tokens", "mask")
        every = jnp.asarray(jnp.arange(field.count) if value is None else value, jnp.int32 if whole else jnp.float32)
        every = every.reshape(-1, *field.shape)
        return every[jnp.arange(count) % len(every)]

    def _asked(self) -> str:
        return f", only by {', '.join(self.fields)}" if self.fields else ""


class Drawing(Ability):
    """Images from codes, whatever a code is."""

    can = "draw"
    at_once: ClassVar[int] = 256  # images that are drawn together
    quick: ClassVar[bool] = (
        False  # whether hundreds of images take no time, so that a run can look at them as it trains
    )

    @property
    def conditions(self) -> Conditions:
        """What its images are drawn by beside chance."""
        return Conditions(NONE)

    def codes(self, key: Array, count: int, **given: Any) -> Any:
        """What images are drawn from, leaves [count, ...]; the first n of them do not depend on `count`.

        Args:
          key: of chance.
          count: how many.
          given: what they are drawn by, as of `Conditions.told`.
        """
        raise NotImplementedError

    def check(self, codes: Any) -> None:
        """Raises InputError for what are no codes of this ability, in a line that says what these are."""

    def draw(self, params: Any, stats: Any, codes: Any) -> Array:
        """Codes [B, ...] -> images [B, H, W, C] in [-1, 1]; pure."""
        raise NotImplementedError


def key_data(key: Array, count: int) -> Array:
    """The data of a key for each of `count` examples, uint32 [count, ...]; the first n do not depend on `count`."""
    return jax.random.key_data(jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(count)))


def positive(what: object, *names: str, least: float = 1) -> None:
    """Raises InputError where a number of an ability is too small."""
    for name in names:
        if not getattr(what, name) >= least:
            raise InputError(f"{type(what).__name__}: {name} is {getattr(what, name)}; it must be at least {least}")
