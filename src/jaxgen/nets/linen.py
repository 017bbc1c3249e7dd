"""Linen modules as `Net`s, and as descriptions that are data."""

import dataclasses
import importlib
from typing import Any

import jax.numpy as jnp
from flax import linen as nn

from jaxgen.errors import InputError
from jaxgen.game import Net


def net(module: nn.Module) -> Net:
    """A module whose `__call__(*xs, train)` makes it a network, as two pure functions.

    `stats` are all of its collections but "params": batch statistics, spectral vectors, ...
    """

    def init(key, *xs):
        variables = dict(module.init(key, *xs, train=False))
        return variables.pop("params"), variables

    def apply(params, stats, *xs, train: bool):
        """train=True: by the batch's statistics, and the running ones move. train=False: by the running ones."""
        changing = list(stats) if train else []
        out, changed = module.apply({"params": params, **stats}, *xs, train=train, mutable=changing)
        return out, {**stats, **changed}

    return Net(init, apply)


def describe(module: nn.Module) -> dict[str, Any]:
    """A module of `jaxgen.nets` as JSON: {"net": "dcgan.Generator", "size": 28, ...}."""
    home = type(module).__module__.removeprefix("jaxgen.nets.")
    fields = {f.name: getattr(module, f.name) for f in dataclasses.fields(module) if f.name not in ("parent", "name")}
    if (dtype := fields.get("dtype")) is not None:
        fields["dtype"] = jnp.dtype(dtype).name
    return {"net": f"{home}.{type(module).__name__}", **fields}


def build(description: dict[str, Any]) -> nn.Module:
    """The module that `describe` described. Only classes defined in `jaxgen.nets` can be named.

    Raises:
      InputError: the description names no such net or settings that it does not have.
    """
    fields = dict(description)
    name = str(fields.pop("net", None))
    file, _, cls = name.partition(".")
    try:
        if not (file.isidentifier() and cls.isidentifier()):
            raise AttributeError(name)
        home = importlib.import_module(f"jaxgen.nets.{file}")
        found = getattr(home, cls)
        if not (isinstance(found, type) and issubclass(found, nn.Module) and found.__module__ == home.__name__):
            raise AttributeError(name)
        return found(**fields)
    except (ImportError, AttributeError, TypeError):
        raise InputError(f"no net in jaxgen.nets fits the description {description}") from None
