"""Autoregressive nets as a game of one player: the likelihood of discrete pixels, each given those before.

Fully visible belief nets, PixelRNN and PixelCNN (van den Oord et al. 2016, arXiv:1601.06759 and 1606.05328), PixelCNN++
(Salimans et al. 2017, arXiv:1701.05517) differ by net and by what a pixel can be (`jaxgen.pixels`), not by their game.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.losses import likelihood
from jaxgen.pixels import Pixels
from jaxgen.recipes.parts import averages, begin, floats, player


def autoregressive(
    P: Net,
    *,
    family: Pixels,
    tx: optax.GradientTransformation,
    ema: float = 0.9995,
    conditional: bool = False,
    dropout: bool = False,
    prepare: Callable = floats,
) -> Game:
    """Maximum likelihood.

    Args:
      P: images in [-1, 1], with `conditional` or `dropout` labels [B] or None, with `dropout` keys [B]
        -> parameters [B, H, W, family.out] of each pixel's distribution, which see the pixels before it only.
      family: what a pixel can be. Images must be on its levels, which data are asked before, not here.
      tx: P's optimiser.
      ema: decay, a round, of the average of P's parameters (Polyak averaging); 0 is no averaging.
      conditional: whether P models images given their class.
      dropout: whether P drops features in training, by keys.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and where they are `conditional` "label", [B].
    """
    nets = {"P": P}

    def given(batch: Any, keys: Array | None) -> tuple:
        label = batch["label"] if conditional else None
        return (batch["image"], label, keys)[: 3 if dropout else 2 if conditional else 1]

    def keys(key: Array) -> tuple[Array]:
        # By XLA's own generator: with jax's, first weights of a hundred kernels take minutes to compile.
        return (jax.random.wrap_key_data(jnp.tile(jax.random.key_data(key), 2), impl="rbg"),)

    def learn(cast, batch, turn):
        nll = family.unlikely(cast("P", *given(batch, turn.keys)), batch["image"])
        return {"nll": (1.0, nll)}, {"bits_per_dim": likelihood.bits(nll, batch["image"].shape[1:])}

    first = begin(nets, keys=keys, P=lambda cast, batch: given(batch, None))
    return Game(first, {"P": player(nets, ("P",), tx, learn)}, ema=averages(ema, "P"), prepare=prepare)
