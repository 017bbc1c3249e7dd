"""Semantic inpainting: the code whose image is like what is known of another."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import optax
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.losses import adversarial, contextual
from jaxgen.recipes.parts import floats
from jaxgen.recipes.search.search import NONE, Frozen, Term, search


def inpainting(
    G: Net,
    frozen: Frozen,
    *,
    tx: optax.GradientTransformation,
    D: Net | None = None,
    weight: float = 0.1,
    perceptual: Callable[[Array], Array] = adversarial.minimax,
    prior: float = 0.0,
    prepare: Callable = floats,
) -> Game:
    """z = argmin |W (G(z) - x)|_1 + weight log(1 - D(G(z))) + prior |z|^2 / 2.

    Yeh et al. 2016/2017 (arXiv:1607.07539), section 3. W comes with the batch: the mask of known pixels as in v1, or
    `losses.contextual.importance` of it as in v3. With every pixel known this is inversion. The papers' weight is 0.1
    (v1, as in the well-known TensorFlow code) and 0.003 (v3), their prior a clipped z: `sampling.descent.within`.

    Args:
      weight: of the perceptual loss, lambda; 0 needs no D.
      perceptual: scores [B] -> [B]: `adversarial.minimax`, saturating, as published, or `adversarial.non_saturating`;
        a critic whose scores have no zero (WGAN's, a relativistic one) takes `wasserstein.generator`.
      prior: weight of -log N(z; 0, I), without its constant.
      others: as of `search`.

    Returns:
      The game; its batches hold "image" [B, H, W, C], of which weight 0 hides what is missing, "weight" [B, H, W, 1]
      and "z" [B, latent].
    """
    near: Term = (1.0, lambda images, batch: contextual.contextual(images, batch["image"], batch["weight"]))
    return search(
        G,
        frozen,
        tx=tx,
        on_images={"contextual": near},
        on_codes={"prior": (prior, gaussian)} if prior else NONE,
        D=D,
        perceptual=(weight, perceptual),
        prepare=prepare,
    )


def gaussian(z: Array, batch: Any) -> Array:
    """|z|^2 / 2, [B]: -log N(z; 0, I) without its constant."""
    return jnp.sum(z * z, axis=-1) / 2
