"""Images from latent codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen.abilities.ability import NONE, Conditions, Drawing, positive
from jaxgen.data.fields import Field
from jaxgen.errors import InputError
from jaxgen.latents import FLAT, PRIORS
from jaxgen.nets import linen


@dataclass(frozen=True)
class Draw(Drawing):
    """Images from latent codes, and from what is given beside them: labels, sentences, boxes."""

    can = "draw from latent codes"
    quick: ClassVar[bool] = True
    module: nn.Module  # z [B, latent], what it takes, train -> images [B, H, W, C] in [-1, 1]
    latent: int  # length of a code
    prior: str = "normal"  # what codes are drawn from: a name of `latents.PRIORS`
    net: str = "G"
    takes: Mapping[str, Field] = NONE  # in the order in which the module is told them, after z
    gives: Mapping[str, Field] = NONE  # "image", where it is not as the module says: more bits, a range
    encoder: nn.Module | None = None  # tokens [B, L], train -> vectors [B, n]: how the module is told sentences
    encoder_net: str = "T"

    def __post_init__(self) -> None:
        self._keep("takes", "gives")
        positive(self, "latent")
        if self.prior not in PRIORS or (self.prior in FLAT and self.latent != 2):
            raise InputError(f"there is no prior {self.prior!r} of {self.latent} numbers")

    @property
    def nets(self) -> tuple[str, ...]:
        return (self.net, self.encoder_net) if self.encoder else (self.net,)

    def variables(self, params: Mapping[str, Any], stats: Mapping[str, Any]) -> tuple[Any, Any]:
        """Of the one net, or by net."""
        if len(self.nets) == 1:
            return params[self.net], stats[self.net]
        return {name: params[name] for name in self.nets}, {name: stats[name] for name in self.nets}

    @property
    def conditions(self) -> Conditions:
        return Conditions(self.takes)

    def latents(self, key: Array, count: int) -> Array:
        """Codes [count, latent] from the prior alone; the first n of them do not depend on `count`."""
        keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(count))
        return PRIORS[self.prior](keys, self.latent)

    def codes(self, key: Array, count: int, **given: Any) -> Any:
        return self.at(self.latents(key, count), **given)

    def at(self, z: Array, **given: Any) -> Any:
        """Codes [B, latent] with what their images are drawn by: z alone, or a dict of z and of what it takes."""
        told = self.conditions.told(len(z), given)
        return {"z": z, **told} if told else z

    def check(self, codes: Any) -> None:
        found = jnp.shape(codes["z"] if isinstance(codes, Mapping) else codes)
        if len(found) != 2 or found[1] != self.latent:
            raise InputError(f"codes of shape {found} are not this run's: they are [N, {self.latent}]")

    def draw(self, params: Any, stats: Any, codes: Any) -> Array:
        """By the running statistics. In the place of sentences and classes codes may hold their `vectors`."""
        z, told = (codes["z"], {name: codes[name] for name in self.takes}) if self.takes else (codes, {})
        if len(self.nets) == 1:
            params, stats = {self.net: params}, {self.net: stats}
        return self._drawn(params, stats, z, *self._encoded(params, stats, told).values())

    def vectors(self, params: Any, stats: Any, told: Mapping[str, Array]) -> dict[str, Array]:
        """What images are drawn by, [N, ...] a field, as what can lie between two: vectors of sentences by the encoder,
        weights of classes [N, classes], and all else as it is."""
        if len(self.nets) == 1:
            params, stats = {self.net: params}, {self.net: stats}
        classes = {name: f.count for name, f in self.takes.items() if f.kind == "label" and f.names and name in told}
        weights = {name: jax.nn.one_hot(told[name], count) for name, count in classes.items()}
        return self._encoded(params, stats, {**told, **weights})

    def _encoded(self, params: Any, stats: Any, told: Mapping[str, Array]) -> dict[str, Array]:
        """Sentences as vectors, where there is an encoder."""

        def sentences(name: str, x: Array) -> bool:
            return self.takes[name].kind == "tokens" and jnp.issubdtype(x.dtype, jnp.integer)

        if not self.encoder:
            return {**told}
        encode = partial(apply, self.encoder, params[self.encoder_net], stats[self.encoder_net])
        return {name: encode(x) if sentences(name, x) else x for name, x in told.items()}

    def _drawn(self, params: Any, stats: Any, z: Array, *told: Array) -> Array:
        """Images by all that the module is told; parameters and stats by net."""
        return apply(self.module, params[self.net], stats[self.net], z, *told)


@dataclass(frozen=True)
class DrawInStages(Draw):
    """Images that a second net makes of those of a first one (StackGAN), each with its part of the code."""

    stage: nn.Module | None = None  # the first: z [B, stage_latent], what it takes, train -> images
    stage_latent: int = 0
    stage_net: str = "G1"

    def __post_init__(self) -> None:
        super().__post_init__()
        positive(self, "stage_latent")
        if self.stage is None or self.stage_latent >= self.latent:
            raise InputError("images are drawn in stages by a first net, whose code is a part of the whole")

    @property
    def nets(self) -> tuple[str, ...]:
        return (*super().nets, self.stage_net)

    def first(self, params: Any, stats: Any, codes: Any) -> Array:
        """The first net's images of the same codes."""
        return Draw(
            self.stage, self.stage_latent, net=self.stage_net, takes=self.takes, encoder=self.encoder,
            encoder_net=self.encoder_net,
        ).draw(params, stats, {**codes, "z": codes["z"][:, : self.stage_latent]})  # fmt: skip

    def _drawn(self, params: Any, stats: Any, z: Array, *told: Array) -> Array:
        assert self.stage
        own, more = z[:, : self.stage_latent], z[:, self.stage_latent :]
        small = apply(self.stage, params[self.stage_net], stats[self.stage_net], own, *told)
        return apply(self.module, params[self.net], stats[self.net], more, *told, small)


def apply(module: nn.Module, params: Any, stats: Any, *xs: Array) -> Array:
    """What a module gives, by its running statistics."""
    return linen.net(module).apply(params, stats, *xs, train=False)[0]
