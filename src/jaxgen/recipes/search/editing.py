"""Editing on a generator's manifold: iGAN. One player, who owns z.

Batches come from `jaxgen.sampling.editing.constraints`, which checks and weighs what was drawn.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import optax
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.losses import adversarial, contextual, edges
from jaxgen.recipes.parts import as_is
from jaxgen.recipes.search.search import Frozen, search


def editing(
    G: Net,
    frozen: Frozen,
    *,
    tx: optax.GradientTransformation,
    colour: float = 1.0,
    keep: float = 1.0,
    edge: float = 0.2,
    smoothness: float = 0.1,
    D: Net | None = None,
    perceptual: tuple[float, Callable[[Array], Array]] = (0.0, adversarial.minimax),
    cell: int = 8,
) -> Game:
    """The z near z0 whose image is as was drawn: iGAN, Zhu et al. 2016 (arXiv:1609.03552), section 4.

    z = argmin sum over constraints |f(G(z)) - v|^2 + smoothness |z - z0|^2, and D's term where it is asked. f is the
    colour where colour strokes are, and gradient orientations (`losses.edges`) along sketch lines. The weights of these
    two, and that both are means over what is marked, are those of the authors' code, which weighs the mean over z's
    numbers by 10: 0.1 for each of a hundred. Its D term is the non-saturating one, weight 0 in the released interface.

    "Keep this" masks are ours: a colour stroke of the original's colours, with a weight of its own.

    Args:
      G, frozen, tx, D, perceptual: as of `search`.
      colour, keep, edge: weights of the mean squared differences.
      smoothness: weight of |z - z0|^2.
      cell: side in pixels of the cells in which orientations are counted, the code's 8 for images of 64 pixels.

    Returns:
      The game; `search` says where it leaves what it finds.
    """
    weights = {"colour": colour, "keep": keep, "edge": edge}
    return search(
        G,
        frozen,
        tx=tx,
        on_images={name: (weights[name], error) for name, error in edit_errors(cell).items()},
        on_codes={"smoothness": (smoothness, far)},
        D=D,
        perceptual=perceptual,
        prepare=as_is,
    )


def edit_errors(cell: int = 8) -> dict[str, Callable[[Array, Any], Array]]:
    """How far images are from what was drawn, by constraint: images [B, H, W, C], batch -> [B] each, 0 where there is
    no such constraint."""
    return {
        "colour": lambda images, batch: contextual.contextual_squared(images, batch["colour"], batch["coloured"]),
        "keep": lambda images, batch: contextual.contextual_squared(images, batch["original"], batch["kept"]),
        "edge": lambda images, batch: edges.unlike_sketch(images, batch["sketch"], batch["sketched"], cell=cell),
    }


def far(z: Array, batch: Any) -> Array:
    """|z - z0|^2, [B]."""
    return jnp.sum(jnp.square(z - batch["z0"]), axis=-1)
