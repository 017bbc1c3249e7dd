"""Likelihoods of images."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen import latents
from jaxgen.abilities.ability import Ability, positive
from jaxgen.abilities.by_pixels import family
from jaxgen.errors import InputError
from jaxgen.losses import decoders, divergence, importance
from jaxgen.nets import linen
from jaxgen.pixels import as_floats, dequantised, floats

AT_ONCE = 50  # samples of an image that a VAE decodes at once
FEW = 5  # the same where decoding is a PixelCNN's pass, with far more features at every pixel


class Density(Ability):
    """How likely images are: exactly, or bounds of it."""

    can = "give images a likelihood"
    size: int
    channels: int
    classes: int = 0  # of images' labels that it is conditioned on; 0 is not at all

    @property
    def at_once(self) -> int:
        """Images on each device."""
        return 100

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an image: H, W, C."""
        return (self.size, self.size, self.channels)

    @property
    def levels(self) -> int:
        """That a pixel's channel has: 2 (0 and 255) or 256."""
        raise NotImplementedError

    def about(self, samples: int) -> Mapping[str, Any]:
        """What is to be said with the numbers."""
        raise NotImplementedError

    def nats(self, params: Any, stats: Any, batch: Mapping[str, Array], *, samples: int, seed: int) -> dict[str, Array]:
        """Bounds of -log p of images, in nats, [B] by name; pure.

        Args:
          params, stats: the nets'.
          batch: "image" uint8 [B, H, W, C], "number" int [B], and "label" [B] where there are classes.
          samples: of an importance-weighted bound, where it is one.
          seed: of all noise, which is an image's by its number.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class DensityByPixels(Density):
    """Exact likelihoods of an autoregressive net: "nll"."""

    module: nn.Module  # images [B, size, size, channels], label [B] if there are classes, train -> parameters
    size: int
    channels: int
    pixels: str  # what a pixel can be, a name in `jaxgen.pixels.PIXELS`
    classes: int = 0  # of the labels
    net: str = "P"

    def __post_init__(self) -> None:
        family(self.pixels, self.channels)
        positive(self, "size", "channels")
        positive(self, "classes", least=0)

    @property
    def levels(self) -> int:
        return family(self.pixels, self.channels).levels

    def about(self, samples: int) -> Mapping[str, Any]:
        return {"measure": "exact", "data": f"{_levels(self.levels)}, not dequantised"}

    def nats(self, params: Any, stats: Any, batch: Mapping[str, Array], *, samples: int, seed: int) -> dict[str, Array]:
        images = as_floats(batch["image"])
        label = (batch["label"],) if self.classes else ()
        told, _ = linen.net(self.module).apply(params, stats, images, *label, train=False)
        return {"nll": family(self.pixels, self.channels).unlikely(told, images)}


@dataclass(frozen=True)
class DensityByCodes(Density):
    """Bounds of a VAE's likelihood: "elbo", the negative ELBO, as a mean over all samples; "nll", the negative
    importance-weighted bound (Burda et al. 2016) by all of them; "kl", the divergence."""

    encoder: nn.Module  # images, train -> mean and log-variance, [B, latent] each
    decoder: nn.Module  # z [B, latent], images where it is autoregressive, train -> what the likelihood takes
    size: int
    channels: int
    likelihood: str  # of `losses.decoders`: "bernoulli", "gaussian", "logistic"; a name in `PIXELS` if autoregressive
    deviation: float | None = None  # of a Gaussian that has a fixed one
    autoregressive: bool = False
    net: str = "G"  # the decoder's name
    encoder_net: str = "E"

    def __post_init__(self) -> None:
        positive(self, "size", "channels")
        if self.autoregressive:
            family(self.likelihood, self.channels)
            return
        try:
            self._unlikely()
        except (KeyError, ValueError):
            told = f"{self.likelihood!r} with the deviation {self.deviation}"
            raise InputError(f"there is no likelihood {told}") from None

    @property
    def at_once(self) -> int:
        return 20 if self.autoregressive else 100

    @property
    def nets(self) -> tuple[str, ...]:
        return (self.encoder_net, self.net)

    def variables(self, params: Mapping[str, Any], stats: Mapping[str, Any]) -> tuple[Any, Any]:
        names = {"E": self.encoder_net, "G": self.net}
        return {n: params[name] for n, name in names.items()}, {n: stats[name] for n, name in names.items()}

    @property
    def levels(self) -> int:
        return 2 if self.likelihood == "bernoulli" else 256

    def about(self, samples: int) -> Mapping[str, Any]:
        noise = "with uniform noise within a level" if self.likelihood == "gaussian" else "not dequantised"
        return {
            "measure": f"upper bounds: ELBO and importance-weighted bound of {samples} samples",
            "nll_samples": samples,
            "data": f"{_levels(self.levels)}, {noise}",
        }

    def nats(self, params: Any, stats: Any, batch: Mapping[str, Array], *, samples: int, seed: int) -> dict[str, Array]:
        E, G = linen.net(self.encoder), linen.net(self.decoder)
        at_once = min(samples, FEW if self.autoregressive else AT_ONCE)
        keys = jax.vmap(lambda n: jax.random.fold_in(jax.random.key(seed), n))(batch["number"])
        prepare = dequantised if self.likelihood == "gaussian" else floats
        images = prepare(batch, keys)["image"]
        (mean, log_variance), _ = E.apply(params["E"], stats["E"], images, train=False)

        def rest(z: Array, images: Array) -> Array:
            given = (images,) if self.autoregressive else ()
            return self._unlikely()(G.apply(params["G"], stats["G"], z, *given, train=False)[0], images)

        def chunk(part: Array) -> Array:
            own = jax.vmap(lambda key: jax.random.fold_in(key, part + 1))(keys)
            z = latents.posterior(mean, log_variance, own, at_once)
            return importance.log_weights(rest, images, z, mean, log_variance)

        weights = jax.lax.map(chunk, jnp.arange(math.ceil(samples / at_once))).reshape(-1, len(images))[:samples]
        return {
            "elbo": -jnp.mean(weights, axis=0),
            "nll": -importance.bound(weights),
            "kl": divergence.to_standard(mean, log_variance),
        }

    def _unlikely(self) -> decoders.Unlikely:
        if self.autoregressive:
            return family(self.likelihood, self.channels).unlikely
        return decoders.likelihood(self.likelihood, self.deviation)


def _levels(levels: int) -> str:
    return "0 and 255 alone, as they are in the data" if levels == 2 else f"{levels} levels of each channel"
