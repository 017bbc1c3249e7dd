"""Images pixel by pixel: of autoregressive nets, and of PixelVAE."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from jaxgen import latents
from jaxgen.abilities.ability import NONE, Conditions, Drawing, key_data, positive
from jaxgen.data.fields import Field
from jaxgen.errors import InputError
from jaxgen.nets import pixelvae
from jaxgen.pixels import PIXELS, Pixels
from jaxgen.sampling.ancestral import cached


def family(name: str, channels: int) -> Pixels:
    """What a pixel can be, by its name in `jaxgen.pixels.PIXELS`.

    Raises:
      InputError: it is none.
    """
    if name not in PIXELS:
        raise InputError(f"there are no pixels {name!r}")
    return PIXELS[name](channels)


def classes_of(count: int, names: tuple[str, ...] = ()) -> Field:
    """The field of labels of so many classes."""
    return Field("label", (), names or tuple(map(str, range(count))))


@dataclass(frozen=True)
class DrawByPixels(Drawing):
    """An autoregressive net's images, and completions of images of which a part is known.

    Codes are the data of a key each, and the image's number, or its class where it is given: image n is drawn with
    label n modulo classes.
    """

    can = "draw pixel by pixel"
    at_once: ClassVar[int] = 64
    module: nn.Module  # images [B, size, size, channels], label [B] if there are classes, train -> parameters
    size: int
    channels: int
    pixels: str  # what a pixel can be, a name in `jaxgen.pixels.PIXELS`
    classes: int = 0  # of the labels
    net: str = "P"
    names: tuple[str, ...] = ()  # of the classes; by default their numbers

    def __post_init__(self) -> None:
        family(self.pixels, self.channels)
        positive(self, "size", "channels")
        positive(self, "classes", least=0)
        if self.names and len(self.names) != self.classes:
            raise InputError(f"{len(self.names)} names for {self.classes} classes")

    @property
    def conditions(self) -> Conditions:
        return Conditions({"label": classes_of(self.classes, self.names)} if self.classes else NONE)

    def codes(self, key: Array, count: int, **given: Any) -> Array:
        told = self.conditions.told(count, given)
        numbers = told["label"] if "label" in given else jnp.arange(count)
        return jnp.concatenate([key_data(key, count), numbers.astype(jnp.uint32)[:, None]], axis=1)

    def draw(self, params: Any, stats: Any, codes: Array) -> Array:
        keys, numbers = jax.random.wrap_key_data(codes[:, :-1]), codes[:, -1]
        label = (numbers % self.classes).astype(jnp.int32) if self.classes else None
        blank = jnp.zeros((len(codes), self.size, self.size, self.channels))
        return self.complete(params, stats, keys, blank, jnp.zeros((self.size, self.size), bool), label)

    def complete(
        self, params: Any, stats: Any, keys: Array, images: Array, known: Array, label: Array | None = None
    ) -> Array:
        """Images [B, H, W, C] in [-1, 1] whose unknown pixels are drawn anew, given those before them; pure.

        Args:
          params, stats: the net's.
          keys: one per image, [B].
          images: what is known of them matters.
          known: bool [H, W] or [B, H, W], the pixels to keep.
          label: int [B], where there are classes.
        """
        return cached(self.module, params, keys, images, known, family(self.pixels, self.channels), label)


@dataclass(frozen=True)
class DrawByCodeAndPixels(Drawing):
    """A PixelVAE's images: a code from the prior, then pixels one after the other, given it. Codes are the data of a
    key each."""

    can = "draw by a code and pixels"
    at_once: ClassVar[int] = 64
    module: pixelvae.Decoder
    latent: int  # length of z, whose prior is N(0, I)
    channels: int  # of images
    pixels: str  # what a pixel can be, a name in `jaxgen.pixels.PIXELS`
    net: str = "G"

    def __post_init__(self) -> None:
        family(self.pixels, self.channels)
        positive(self, "latent", "channels")

    def codes(self, key: Array, count: int, **given: Any) -> Array:
        self.conditions.told(count, given)
        return key_data(key, count)

    def draw(self, params: Any, stats: Any, codes: Array) -> Array:
        G, (k_z, k_pixels) = self.module, latents.split(jax.random.wrap_key_data(codes))
        places = G.apply({"params": params}, latents.normal(k_z, self.latent), method="places")
        blank = jnp.zeros((len(codes), G.size, G.size, self.channels))
        nothing = jnp.zeros((G.size, G.size), bool)
        pixels = family(self.pixels, self.channels)
        return cached(pixelvae.pixels(G), params["pixels"], k_pixels, blank, nothing, pixels, places)
