"""Searches for latent codes against frozen nets: inpainting, inversion, editing. One player, who owns z.

Every example has a z of its own and an optimiser of its own: it goes the way that it would go alone.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.losses import adversarial
from jaxgen.recipes.parts import floats, player

Frozen = tuple[Mapping[str, Any], Mapping[str, Any]]  # parameters and stats by net
Term = tuple[float, Callable[[Array, Any], Array]]  # weight; images or codes, batch -> [B]
NONE: Mapping[str, Term] = MappingProxyType({})


def search(
    G: Net, frozen: Frozen, *, tx: optax.GradientTransformation, on_images: Mapping[str, Term],
    on_codes: Mapping[str, Term] = NONE, D: Net | None = None,
    perceptual: tuple[float, Callable[[Array], Array]] = (0.0, adversarial.minimax), prepare: Callable = floats,
) -> Game:  # fmt: skip
    """The z whose image costs least.

    Args:
      G: z [B, latent] -> images [B, H, W, C] in [-1, 1].
      frozen: parameters and stats of "G" and, where it is asked, of "D". Both nets are used by their running statistics
        and stay as they are.
      tx: z's optimiser (`jaxgen.sampling.descent`).
      on_images: name -> (weight, images, batch -> [B]): what G(z) shall be like.
      on_codes: name -> (weight, z, batch -> [B]): where z shall be: `gaussian`, or near a start.
      D: images -> scores [B], or scores first of several outputs.
      perceptual: weight and loss of D's scores: scores [B] -> [B].
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "z", the codes to start from [B, latent], and whatever the terms ask for. Afterwards
      `state.stats["z"]` has for every example the best code that was seen, "best" [B, latent], and what it costs: the
      "loss" and each term, unweighted, [B].
    """
    weight, loss = perceptual
    nets = {"G": G, "D": D} if weight and D is not None else {"G": G}
    params, stats = ({name: of[name] for name in (("G", "D") if weight else ("G",))} for of in frozen)

    def init(key: Array, batch: Any):
        z = batch["z"]
        costs = {name: jnp.zeros(len(z)) for name in [*on_images, *on_codes, *(["perceptual"] if weight else [])]}
        mine = {"best": jnp.copy(z), "loss": jnp.full(len(z), jnp.inf), **costs}
        copies = jax.tree.map(jnp.array, (params, stats))  # the state's buffers are donated, the nets the caller's
        return {**copies[0], "z": {"code": z}}, {**copies[1], "z": mine}

    def descend(cast, batch, turn):
        z = cast.params["z"]["code"]
        images = cast("G", z, train=False)
        terms = {name: (w, term(images, batch)) for name, (w, term) in on_images.items()}
        terms |= {name: (w, term(z, batch)) for name, (w, term) in on_codes.items()}
        if "D" in nets:
            seen = cast("D", images, train=False)
            terms["perceptual"] = (weight, loss(seen[0] if isinstance(seen, tuple) else seen))
        now = {name: values for name, (_, values) in terms.items()}
        now |= {"best": z, "loss": sum((w * values for w, values in terms.values()), jnp.zeros(len(z)))}
        best, better = cast.stats["z"], now["loss"] < cast.stats["z"]["loss"]
        best = {n: jnp.where(better.reshape(-1, *[1] * (x.ndim - 1)), x, best[n]) for n, x in now.items()}
        cast.stats["z"] = jax.lax.stop_gradient(best)
        return terms, {}

    return Game(init, {"z": player(nets, ("z",), tx, descend)}, prepare=prepare, per_example=frozenset({"z"}))
