"""Linen modules as `Net`s."""

from collections.abc import Mapping
from typing import Any

from flax import linen as nn

from jaxgen.game import Net


def net(module: nn.Module) -> Net:
    """A module whose `__call__(*xs, train)` makes it a network, as two pure functions.

    `stats` are all of its collections but "params": batch statistics, spectral vectors, ...
    """

    def init(key, *xs):
        variables = _renamed(module.init(key, *xs, train=False), "/", ".")
        return variables.pop("params", {}), variables

    def apply(params, stats, *xs, train: bool):
        """train=True: by the batch's statistics, and the running ones move. train=False: by the running ones."""
        changing = list(stats) if train else []
        variables = _renamed({"params": params, **stats}, ".", "/")
        out, changed = module.apply(variables, *xs, train=train, mutable=changing)
        return out, {**stats, **_renamed(changed, "/", ".")}

    return Net(init, apply)


def _renamed(tree: Any, old: str, new: str) -> Any:
    """Variables with other names. Flax's SpectralNorm and WeightNorm put slashes in theirs, which would read as levels
    of a tree in a checkpoint."""
    if not isinstance(tree, Mapping):
        return tree
    return {name.replace(old, new): _renamed(branch, old, new) for name, branch in tree.items()}
