"""Images from PixelVAE: a code from the prior, then pixels one after the other, given it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import latents
from jaxgen.errors import InputError
from jaxgen.nets import linen, pixelvae
from jaxgen.pixels import PIXELS
from jaxgen.sampling.ancestral import cached

SETTINGS = {"latent": int, "channels": int, "pixels": str, "net": str}


@dataclass(frozen=True)
class PixelVAESampler:
    """How a PixelVAE's images are drawn: data, so that a command can draw from a run's folder alone."""

    module: pixelvae.Decoder
    latent: int  # length of z, whose prior is N(0, I)
    channels: int  # of images
    pixels: str  # what a pixel can be, a name in `jaxgen.pixels.PIXELS`
    net: str = "G"  # the name under which the game keeps the module's parameters

    def codes(self, key: Array, count: int) -> Array:
        """What images are drawn from, the data of a key each: uint32 [count, ...]; the first n of them do not depend
        on `count`."""
        return jax.random.key_data(jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(count)))

    def draw(self, params: Any, stats: Any, codes: Array) -> Array:
        """Codes [B, ...] -> images [B, size, size, channels] in [-1, 1]; pure."""
        G, (k_z, k_pixels) = self.module, latents.split(jax.random.wrap_key_data(codes))
        places = G.apply({"params": params}, latents.normal(k_z, self.latent), method="places")
        blank = jnp.zeros((len(codes), G.size, G.size, self.channels))
        nothing, family = jnp.zeros((G.size, G.size), bool), PIXELS[self.pixels](self.channels)
        return cached(pixelvae.pixels(G), params["pixels"], k_pixels, blank, nothing, family, places)

    def describe(self) -> dict[str, Any]:
        """This sampler as JSON."""
        settings = {name: getattr(self, name) for name in SETTINGS}
        return {"sampler": "pixelvae", **settings, "module": linen.describe(self.module)}

    @staticmethod
    def build(description: dict[str, Any]) -> "PixelVAESampler":
        """The sampler that `describe` described.

        Raises:
          InputError: it describes none.
        """
        given = {**description}
        kind, module = given.pop("sampler", None), given.pop("module", None)
        fits = given.keys() == SETTINGS.keys() and all(type(given[name]) is kind for name, kind in SETTINGS.items())
        fits = fits and given["pixels"] in PIXELS and min(given["latent"], given["channels"]) > 0
        if kind == "pixelvae" and fits and isinstance(net := linen.build(module), pixelvae.Decoder):
            return PixelVAESampler(net, **given)
        raise InputError(f"not a sampler of codes and then pixels: {description}")
