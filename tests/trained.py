"""Folders of runs that nobody trained: abilities with the first parameters of their nets, saved as a run saves them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from jaxgen.abilities import Ability, codec
from jaxgen.game import State
from jaxgen.nets import net
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.folder import FORMAT, Folder, write_json


def made_run(
    path: Path,
    abilities: Sequence[Ability],
    inputs: Mapping[str, Sequence[Any]],
    settings: Mapping[str, Any] | None = None,
) -> Path:
    """A run's folder.

    Args:
      path: of the folder.
      abilities: of one net each.
      inputs: by net, what it is first given.
      settings: of its config.
    """
    params, stats = {}, {}
    for number, ability in enumerate(abilities):
        init = jax.jit(net(ability.module).init)
        params[ability.net], stats[ability.net] = init(jax.random.key(number, impl="rbg"), *inputs[ability.net])
    state = State(jnp.int32(7), jax.random.key(0), params, stats, {}, {})
    checkpoints = Checkpoints(Folder(path).checkpoints, keep=1)
    try:
        checkpoints.save(state, {"batches": 7})
    finally:
        checkpoints.close()
    config = {"format": FORMAT, "experiment": "made", "settings": dict(settings or {})}
    write_json(Folder(path).config_file, {**config, "abilities": [codec.describe(ability) for ability in abilities]})
    return path
