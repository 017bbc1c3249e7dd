"""Autoencoders as a game of one player, which owns encoder and decoder; denoising ones see corrupted images.

Vincent et al. 2008, "Extracting and composing robust features with denoising autoencoders", section 2.3: the input is
corrupted, and what is asked for is the clean image.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen.game import Game, Net, Player, total
from jaxgen.losses import reconstruction
from jaxgen.recipes.gan.gan import to_float

Corrupt = Callable[[Array, Array], Array]  # images [B, H, W, C] in [-1, 1], keys [B] -> images
Cost = Callable[[Any, Array], Array]  # what G gives, images in [-1, 1] -> [B]


def clean(images: Array, keys: Array) -> Array:
    """No corruption."""
    return images


def masking(share: float) -> Corrupt:
    """Each number becomes -1, black, with the probability `share`.

    The paper forces a fixed number of them to 0, black in its [0, 1]; here each falls alone, as in the authors'
    tutorial code.
    """

    def corrupt(images: Array, keys: Array) -> Array:
        falls = jax.vmap(lambda key: jax.random.bernoulli(key, share, images.shape[1:]))(keys)
        return jnp.where(falls, -1.0, images)

    return corrupt


def gaussian(deviation: float) -> Corrupt:
    """Gaussian noise is added, of a standard deviation in the units of [-1, 1] (Vincent et al. 2010, section 3.3)."""

    def corrupt(images: Array, keys: Array) -> Array:
        return images + deviation * jax.vmap(lambda key: jax.random.normal(key, images.shape[1:]))(keys)

    return corrupt


def autoencoder(
    E: Net,
    G: Net,
    *,
    tx: optax.GradientTransformation,
    cost: Cost = reconstruction.squared,
    corrupt: Corrupt = clean,
    ema: float = 0.999,
    prepare: Callable = to_float,
) -> Game:
    """An autoencoder.

    Args:
      E: images in [-1, 1] -> codes [B, latent].
      G: codes -> what `cost` takes.
      tx: the optimiser of both.
      cost: what G gives, images -> [B]: squared error of images, or `vae.likelihood("bernoulli")` of logits.
      corrupt: images, keys [B] -> what E sees of them.
      ema: decay, a round, of the averages of both nets' parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].
    """

    def learn(params, stats, batch, turn):
        images = batch["image"]
        code, e = E.apply(params["E"], stats["E"], corrupt(images, turn.keys), train=True)
        told, g = G.apply(params["G"], stats["G"], code, train=True)
        return total({"E": e, "G": g}, reconstruction=(1.0, cost(told, images)))

    averages = {"E": ema, "G": ema} if ema else {}
    return Game(start(E, G), {"AE": Player(("E", "G"), learn, tx)}, ema=averages, prepare=prepare)


def start(E: Net, G: Net) -> Callable:
    """A game's `init` for an encoder to codes and a decoder of them: key, batch -> params, stats."""

    def init(key: Array, batch: Any) -> tuple[dict, dict]:
        k_e, k_g = jax.random.split(key)
        e = E.init(k_e, batch["image"])
        g = G.init(k_g, E.apply(*e, batch["image"], train=False)[0])
        return {"E": e[0], "G": g[0]}, {"E": e[1], "G": g[1]}

    return init
