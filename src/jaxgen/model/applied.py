"""A net with what it learned, as a function that is given to compiled programs whole."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax

from jaxgen.abilities import Ability
from jaxgen.game import Net, State


@partial(jax.tree_util.register_dataclass, data_fields=("params", "stats"), meta_fields=("net",))
@dataclass(frozen=True)
class Applied:
    """A net's parameters and stats are this function's leaves: given to a compiled program as an argument, they are
    the program's arguments too, and not its constants.

        error = jax.jit(lambda decode, z, x: reconstruction.squared(decode(z), x))
        error(Applied(G, params, stats), z, x)
    """

    net: Net
    params: Any
    stats: Any

    def __call__(self, *xs: Any) -> Any:
        """What the net gives, by its running statistics."""
        return _apply(self, *xs)


@jax.jit
def _apply(applied: Applied, *xs: Any) -> Any:
    return applied.net.apply(applied.params, applied.stats, *xs, train=False)[0]


def learned(state: State, ability: Ability) -> tuple[Any, Any]:
    """The variables of an ability as they are so far: averaged parameters where there is an average."""
    params = {name: state.ema.get(name, state.params[name]) for name in ability.nets}
    return ability.variables(params, state.stats)


def of_state(state: State, name: str, net: Net) -> Applied:
    """A net with what it has learned so far: its averaged parameters where there is an average."""
    return Applied(net, state.ema.get(name, state.params[name]), state.stats[name])
