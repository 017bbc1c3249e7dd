"""A run's folder, read: what it can do, with the parameters that it has learned."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxgen.abilities import Ability, codec
from jaxgen.errors import InputError
from jaxgen.model import older
from jaxgen.model.bound import Bound
from jaxgen.store.checkpoint import Checkpoints
from jaxgen.store.folder import Folder


class Description(NamedTuple):
    """What a config says of an ability, before anything is built of it."""

    kind: type[Ability]
    told: Any  # JSON, or the ability itself


class Model:
    """A run that has been trained, or that is being trained: its config, and the parameters of a checkpoint, the
    averaged ones where there is an average. Nothing in the folder is executed.

        draw = Model("runs/gan").ability(Draw)
        images = draw.images(draw.ability.codes(jax.random.key(0), 8))

    Args:
      path: the run's folder.
      checkpoint: "last", or "best" for the one that --every found to have the best score. It is read when parameters
        are first asked for.
      abilities: what it can do, for a run whose nets are the caller's own; by default as its config says.

    Raises:
      InputError: it is not a run's folder.
    """

    def __init__(self, path: str | Path, checkpoint: str = "last", abilities: Sequence[Ability] | None = None):
        self.path, self._which, self._given = Path(path), checkpoint, abilities
        self.folder = Folder(self.path)
        self.config = self.folder.config()
        self.settings: Mapping[str, Any] = self.config["settings"]
        self.experiment = self.config.get("experiment")

    @cached_property
    def checkpoint(self) -> tuple[Mapping[str, np.ndarray], Mapping[str, Any]]:
        """The checkpoint's arrays, by name, and its manifest, verified.

        Raises:
          InputError: there is none that is whole.
        """
        if self._which == "best" and not self.folder.best.is_dir():
            raise InputError(f"{self.path} has no best checkpoint: --every keeps one during training")
        checkpoints = Checkpoints(self.folder.best if self._which == "best" else self.folder.checkpoints, keep=0)
        try:
            return checkpoints.read()
        finally:
            checkpoints.close()

    @property
    def round(self) -> int:
        """The checkpoint's."""
        return int(self.checkpoint[0]["round"])

    @property
    def digest(self) -> str:
        """SHA-256 of all of the checkpoint's state, the data's place included."""
        return self.checkpoint[1]["digest"]

    @cached_property
    def _described(self) -> list[Description]:
        """All that this version knows of."""
        if self._given is not None:
            return [Description(type(ability), ability) for ability in self._given]
        found, told = [], self.config["abilities"] if "abilities" in self.config else older.abilities(self.config)
        for one in told if isinstance(told, list) else []:
            try:
                found.append(Description(codec.named(one["ability"]), one))
            except (KeyError, TypeError):
                continue
        return found

    def can(self, kind: type[Ability]) -> bool:
        """Whether it has an ability of a kind."""
        return any(issubclass(one.kind, kind) for one in self._described)

    def ability[A: Ability](self, kind: type[A]) -> Bound[A]:
        """The first ability of a kind, with its parameters.

        Raises:
          InputError: there is none, in a line that says what there is; or it is of a net that is not ours; or there
            is no whole checkpoint.
        """
        return self.bind(self.abilities(kind)[0])

    def abilities[A: Ability](self, kind: type[A]) -> list[A]:
        """All abilities of a kind, of which there is one at least.

        Raises:
          InputError: as of `ability`.
        """
        found = [one.told for one in self._described if issubclass(one.kind, kind)]
        if not found:
            raise InputError(f"{self.path} {self._said()}; it cannot {kind.can}")
        return [one if isinstance(one, Ability) else codec.build(one) for one in found]

    def bind[A: Ability](self, ability: A) -> Bound[A]:
        """An ability with the parameters of its nets.

        Raises:
          InputError: the checkpoint has no such nets.
        """
        arrays, _ = self.checkpoint
        averaged = {name: subtree(arrays, f"ema/{name}/") for name in ability.nets}
        params = {name: averaged[name] or subtree(arrays, f"params/{name}/") for name in ability.nets}
        stats = {name: subtree(arrays, f"stats/{name}/") for name in ability.nets}
        if lacking := [name for name, tree in params.items() if not (tree or stats[name])]:
            raise InputError(f"the checkpoint of {self.path} has no net {lacking[0]}")
        parameters = "averaged" if averaged[ability.net] else "as trained"
        return Bound(ability, *ability.variables(params, stats), parameters, self.path)

    def _said(self) -> str:
        verbs = list(dict.fromkeys(one.kind.can for one in self._described))
        *most, last = verbs or ["do nothing of its own"]
        return f"can {', '.join(most)} and {last}" if most else f"can {last}"


def subtree(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, Any]:
    """Flat names below a prefix as nested dicts: "params/G/Dense_0/kernel" -> {"Dense_0": {"kernel": ...}}."""
    tree: dict[str, Any] = {}
    for name, array in arrays.items():
        if name.startswith(prefix):
            *parents, last = name.removeprefix(prefix).split("/")
            branch = tree
            for parent in parents:
                branch = branch.setdefault(parent, {})
            branch[last] = array
    return tree
