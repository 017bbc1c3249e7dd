"""Abilities, nets and fields as JSON, and back.

    {"ability": "Draw", "net": "G", "latent": 100, ..., "module": {"net": "dcgan.Generator", "size": 28, ...}}

A config is data, and may be anyone's: only public classes of `jaxgen.abilities` and of the files in `jaxgen.nets` can
be named, and only their settings, each checked by its type.
"""

import dataclasses
import importlib
import math
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import jax.numpy as jnp
from flax import linen as nn

from jaxgen import abilities
from jaxgen.abilities.ability import Ability
from jaxgen.data.fields import Field
from jaxgen.errors import InputError

WRONG = (ImportError, AttributeError, KeyError, TypeError, ValueError)


def describe(what: Ability) -> dict[str, Any]:
    """An ability as JSON."""
    told = {name: _told(getattr(what, name)) for name in _settings(type(what))}
    return {"ability": type(what).__name__, **told}


def build(description: Any) -> Ability:
    """The ability that `describe` described.

    Raises:
      InputError: it describes none, or a net that is not ours.
    """
    try:
        settings = {**description}
        kind = named(settings.pop("ability"))
        hints = get_type_hints(kind)
        given = {name: _read(value, hints[name]) for name, value in settings.items() if name in _settings(kind)}
        if kind is None or given.keys() != settings.keys():
            raise TypeError(settings)
        return kind(**given)
    except InputError as error:
        if str(error).startswith("no net"):
            raise
    except WRONG:
        pass
    raise InputError(f"no ability in jaxgen.abilities fits the description {description}")


def named(name: Any) -> type[Ability]:
    """A public class of abilities by its name.

    Raises:
      KeyError: there is none.
    """
    found = vars(abilities).get(name) if isinstance(name, str) and not name.startswith("_") else None
    if not (isinstance(found, type) and issubclass(found, Ability) and dataclasses.is_dataclass(found)):
        raise KeyError(name)
    return found


def describe_net(module: nn.Module) -> dict[str, Any]:
    """A module of `jaxgen.nets` as JSON: {"net": "dcgan.Generator", "size": 28, ...}; of any other its name alone, from
    which `build_net` makes nothing."""
    home = type(module).__module__
    if not home.startswith("jaxgen.nets."):
        return {"net": f"{home}.{type(module).__qualname__}"}
    home = home.removeprefix("jaxgen.nets.")
    fields = {name: getattr(module, name) for name in _settings(type(module))}
    if (dtype := fields.get("dtype")) is not None:
        fields["dtype"] = jnp.dtype(dtype).name
    return {"net": f"{home}.{type(module).__name__}", **fields}


def build_net(description: Any) -> nn.Module:
    """The module that `describe_net` described. Only public classes defined in `jaxgen.nets` can be named.

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
    except WRONG:
        raise InputError(f"no net in jaxgen.nets fits the description {description}") from None


def _told(value: Any) -> Any:
    match value:
        case nn.Module():
            return describe_net(value)
        case Mapping():
            return {name: field.describe() for name, field in value.items()}
    return value


def _read(value: Any, kind: Any) -> Any:
    """What an ability's setting of a type is made from; each type that there is, and no other."""
    if kind == Mapping[str, Field]:
        return {str(name): Field.build(field) for name, field in {**value}.items()}
    if isinstance(kind, type) and issubclass(kind, nn.Module):
        net = build_net(value)
        if not isinstance(net, kind):
            raise TypeError(value)
        return net
    if get_origin(kind) in (Union, types.UnionType):  # a number, or none
        return None if value is None else _read(value, get_args(kind)[0])
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise TypeError(value)
        return tuple(_read(one, get_args(kind)[0]) for one in value)
    number = type(value) in (int, float) and math.isfinite(value)
    if not (number if kind is float else type(value) is kind and kind in (int, str, bool)):
        raise TypeError(value)
    return value


def _settings(kind: type) -> dict[str, Any]:
    """The fields by which a class is configured, with their types."""
    return {f.name: f.type for f in dataclasses.fields(kind) if f.name not in ("parent", "name")}


def _frozen(value: Any) -> Any:
    """JSON's lists as the tuples that they were."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value can be a setting of a net's type: numbers, names and tuples of them are checked, unions are
    not."""
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(v, get_args(kind)[0]) for v in value)
    return not isinstance(kind, type) or isinstance(value, (int, float) if kind is float else kind)
