"""Means over all of a source's examples of what trained nets make of them."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxgen.data import Source
from jaxgen.losses import divergence, reconstruction
from jaxgen.model.applied import Applied

Value = Callable[[Any, Mapping[str, Array], Array], Array]  # nets, a batch, keys [B] -> [B]


def mean_over(source: Source, value: Value, nets: Any, records: np.ndarray | None = None, chunk: int = 500) -> float:
    """The mean of a value over examples, summed in float64.

    Args:
      source: of the examples.
      value: of the nets, of a batch whose images are in [-1, 1], and of keys: an example's is that of its number.
      nets: `Applied` ones, however nested.
      records: numbers of the examples; by default all.
      chunk: so many at once.
    """

    @jax.jit
    def values(nets: Any, batch: Mapping[str, Array], numbers: Array) -> Array:
        keys = jax.vmap(lambda n: jax.random.fold_in(jax.random.key(0), n))(numbers)
        return value(nets, {name: _floats(x) for name, x in batch.items()}, keys)

    every, total = np.arange(source.length) if records is None else records, 0.0
    for i in range(0, len(every), chunk):
        numbers = every[np.arange(i, i + chunk) % len(every)]  # one shape, one compilation
        seen = np.asarray(values(nets, source.read(numbers), numbers), np.float64)
        total += float(seen[: len(every) - i].sum())
    return total / len(every)


def error(
    source: Source,
    encode: Applied,
    decode: Applied,
    cost: Callable[[Any, Array], Array] = reconstruction.squared,
    seen: Callable[[Array, Array], Array] = lambda images, keys: images,
) -> float:
    """The mean cost of images that an autoencoder makes of a source's.

    Args:
      source: of the images.
      encode: images in [-1, 1] -> codes, or means and log-variances, of which the means are taken.
      decode: codes -> what `cost` takes.
      cost: what the decoder gives, images -> [B].
      seen: images, keys [B] -> what the encoder sees of them.
    """

    def value(nets: tuple[Applied, Applied], batch: Mapping[str, Array], keys: Array) -> Array:
        code = nets[0](seen(batch["image"], keys))
        return cost(nets[1](code[0] if isinstance(code, tuple) else code), batch["image"])

    return mean_over(source, value, (encode, decode))


def information(source: Source, encode: Applied) -> float:
    """The mean divergence of an encoder's Gaussians from the normal prior, in nats."""
    return mean_over(source, lambda E, batch, keys: divergence.to_standard(*E(batch["image"])), encode)


def accuracy(source: Source, logits: Applied, records: np.ndarray | None = None) -> float:
    """The share of a source's images, by default of all, of which a net's largest logit is that of their label."""

    def right(net: Applied, batch: Mapping[str, Array], keys: Array) -> Array:
        return jnp.argmax(net(batch["image"]), -1) == batch["label"]

    return mean_over(source, right, logits, records)


def _floats(x: Array) -> Array:
    return x.astype(jnp.float32) / 127.5 - 1 if x.dtype == jnp.uint8 else x
