"""Linen modules as `Net`s, and as descriptions that are data."""

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any, get_args, get_origin

import jax.numpy as jnp
from flax import linen as nn

from jaxgen.errors import InputError
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


def describe(module: nn.Module) -> dict[str, Any]:
    """A module of `jaxgen.nets` as JSON: {"net": "dcgan.Generator", "size": 28, ...}; of any other its name alone, from
    which `build` makes nothing."""
    home = type(module).__module__
    if not home.startswith("jaxgen.nets."):
        return {"net": f"{home}.{type(module).__qualname__}"}
    home = home.removeprefix("jaxgen.nets.")
    fields = {name: getattr(module, name) for name in _settings(type(module))}
    if (dtype := fields.get("dtype")) is not None:
        fields["dtype"] = jnp.dtype(dtype).name
    return {"net": f"{home}.{type(module).__name__}", **fields}


def build(description: dict[str, Any]) -> nn.Module:
    """The module that `describe` described. Only public classes defined in `jaxgen.nets` can be named.

    Raises:
      InputError: the description names no such net or settings that it does not have.
    """
    try:
        fields = {name: _frozen(value) for name, value in {**description}.items()}
        file, cls = str(fields.pop("net")).split(".")
        if not all(part.isidentifier() and not part.startswith("_") for part in (file, cls)):
            raise AttributeError(cls)
        home = importlib.import_module(f"jaxgen.nets.{file}")
        found = getattr(home, cls)
        if not (isinstance(found, type) and issubclass(found, nn.Module) and found.__module__ == home.__name__):
            raise AttributeError(cls)
        kinds = _settings(found)
        if wrong := [name for name, value in fields.items() if not _fits(value, kinds[name])]:
            raise TypeError(wrong)
        if fields.get("dtype") is not None:
            fields["dtype"] = jnp.dtype(fields["dtype"])
        return found(**fields)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError):
        raise InputError(f"no net in jaxgen.nets fits the description {description}") from None


def _settings(module: type) -> dict[str, Any]:
    """The fields by which a module class is configured, with their types."""
    return {f.name: f.type for f in dataclasses.fields(module) if f.name not in ("parent", "name")}


def _frozen(value: Any) -> Any:
    """JSON's lists as the tuples that they were."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value can be a setting of a type: numbers, names and tuples of them are checked, unions are not."""
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(v, get_args(kind)[0]) for v in value)
    return not isinstance(kind, type) or isinstance(value, (int, float) if kind is float else kind)
