"""A run's first nets from another run's: `--begin-with`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jax
import numpy as np

from jaxgen.errors import InputError
from jaxgen.game import ByNet, State
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.digest import flatten, unflatten
from jaxgen.store.folder import Folder


def begun_with(
    state: State,
    run: Path,
    nets: Sequence[str] = (),
    needs: Mapping[str, str] = MappingProxyType({}),
    abilities: Sequence[Any] = (),
) -> tuple[State, dict[str, Any]]:
    """A state whose nets are those of a run's last whole checkpoint, and a record of what came from where.

    A net's parameters, its stats and the average of its parameters are taken over, the averages being the run's own
    or, where it kept none, its parameters. Optimisers, keys and the round stay those of the state.

    Args:
      state: a game's first one; arrays are put where its own lie.
      run: the other run's folder.
      nets: names, as MINE or MINE=THEIRS; none is those of `needs`, else all that both have. Of nets
        that differ at their ends a part can be named: D/Dense_0=E/Dense_0.
      needs: nets that must be among them, which nobody trains from now on, with their names there: their parameters
        are the other run's averages, where it kept some.
      abilities: what the new run can do, as JSON.

    Raises:
      InputError: it is no run with a whole checkpoint, has no such net, or one of another size, or other words.
    """
    checkpoints = Checkpoints(Folder(run).checkpoints, keep=0)
    try:
        config, (arrays, record) = Folder(run).config(), checkpoints.read()
    finally:
        checkpoints.close()
    theirs = sorted({name.split("/")[1] for name in arrays if name.startswith("params/")})
    pairs = dict(_pair(told) for told in nets) or dict(needs) or {net: net for net in state.params if net in theirs}
    _known(pairs, state.params, theirs, run)
    if lacking := [net for net in needs if net not in pairs]:
        raise InputError(f"--begin-with {run} brings the nets {', '.join(pairs)}, and not {lacking[0]}")
    _same_words(_words(abilities), _words(config.get("abilities")), run)
    mine = flatten(state)
    taken: dict[str, np.ndarray] = {}
    for net, other in pairs.items():
        here = {part: [n for n in mine if n.startswith(f"{part}/{net}/")] for part in ("params", "stats", "ema")}
        if not any(here.values()):
            raise InputError(f"--begin-nets: there is no {net} here")
        for part, names in here.items():
            for name in names:
                rest = name.removeprefix(f"{part}/{net}/")
                first = "ema" if part == "params" and net in needs else part
                kept = arrays.get(f"{first}/{other}/{rest}", arrays.get(f"params/{other}/{rest}"))
                if kept is None or kept.shape != mine[name].shape:
                    was = "nothing" if kept is None else kept.shape
                    raise InputError(
                        f"{run} has another net {other}: {rest} is {was} in it and {mine[name].shape} here"
                    )
                taken[name] = kept
    told = {"run": str(run), "experiment": config.get("experiment"), "round": int(arrays["round"])}
    mine |= {name: _put(array, mine[name]) for name, array in taken.items()}
    return unflatten(mine, state), told | {"digest": record["digest"], "nets": pairs}


def knowing(state: State, stats: ByNet) -> State:
    """A state with other stats of some nets: arrays of the same shapes, which are put where its own lie."""
    like = {net: state.stats[net] for net in stats}
    return state._replace(stats={**state.stats, **jax.tree.map(lambda x, to: _put(np.asarray(x), to), stats, like)})


def _pair(told: str) -> tuple[str, str]:
    mine, _, theirs = told.partition("=")
    return mine, theirs or mine


def _known(pairs: Mapping[str, str], mine: Mapping[str, Any], theirs: Sequence[str], run: Path) -> None:
    if not pairs:
        raise InputError(f"{run} has the nets {', '.join(theirs)}, and this system {', '.join(mine)}: say --begin-nets")
    for net, other in pairs.items():
        if net.partition("/")[0] not in mine:
            raise InputError(f"--begin-nets: this system has no net {net}; it has {', '.join(mine)}")
        if other.partition("/")[0] not in theirs:
            raise InputError(f"--begin-nets: {run} has no net {other}; it has {', '.join(theirs)}")


def _words(abilities: Any) -> dict[str, list[str]]:
    """The vocabularies that abilities go by, by field."""
    found = [ability.get("takes") or {} for ability in abilities or [] if isinstance(ability, dict)]
    return {name: field["names"] for takes in found for name, field in takes.items() if field.get("kind") == "tokens"}


def _same_words(mine: Mapping[str, list[str]], theirs: Mapping[str, list[str]], run: Path) -> None:
    for name in mine.keys() & theirs.keys():
        if other := sorted({*mine[name]} ^ {*theirs[name]}):
            raise InputError(f"{run} knows other words of {name} than the data has, such as {', '.join(other[:3])}")


def _put(array: np.ndarray, like: jax.Array) -> jax.Array:
    array = array.astype(like.dtype)
    return jax.make_array_from_callback(like.shape, like.sharding, lambda index: array[index])
