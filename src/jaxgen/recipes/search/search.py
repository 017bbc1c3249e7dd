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

from jaxgen.game import Game, Net, Player, total
from jaxgen.losses import adversarial, contextual
from jaxgen.recipes.gan.gan import to_float

Term = tuple[float, Callable[[Array, Any], Array]]  # weight; images or codes, batch -> [B]
NONE: Mapping[str, Term] = MappingProxyType({})


def search(
    G: Net,
    frozen: tuple[Mapping[str, Any], Mapping[str, Any]],
    *,
    tx: optax.GradientTransformation,
    on_images: Mapping[str, Term],
    on_codes: Mapping[str, Term] = NONE,
    D: Net | None = None,
    perceptual: tuple[float, Callable[[Array], Array]] = (0.0, adversarial.minimax),
    prepare: Callable = to_float,
) -> Game:
    """The z whose image costs least.

    Args:
      G: z [B, latent] -> images [B, H, W, C] in [-1, 1].
      frozen: parameters and stats, by net, of "G" and, where it is asked, of "D". Both nets are used by their running
        statistics and stay as they are.
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
    params, stats = ({name: nets[name] for name in (("G", "D") if weight else ("G",))} for nets in frozen)

    def init(key: Array, batch: Any):
        z = batch["z"]
        costs = {name: jnp.zeros(len(z)) for name in [*on_images, *on_codes, *(["perceptual"] if weight else [])]}
        mine = {"best": jnp.copy(z), "loss": jnp.full(len(z), jnp.inf), **costs}
        copies = jax.tree.map(
            jnp.array, (params, stats)
        )  # the state's buffers are donated, and the nets are the caller's
        return {**copies[0], "z": {"code": z}}, {**copies[1], "z": mine}

    def descend(params, stats, batch, turn):
        z = params["z"]["code"]
        images, _ = G.apply(params["G"], stats["G"], z, train=False)
        terms = {name: (w, term(images, batch)) for name, (w, term) in on_images.items()}
        terms |= {name: (w, term(z, batch)) for name, (w, term) in on_codes.items()}
        if weight and D is not None:
            seen, _ = D.apply(params["D"], stats["D"], images, train=False)
            terms["perceptual"] = (weight, loss(seen[0] if isinstance(seen, tuple) else seen))
        now = {name: values for name, (_, values) in terms.items()}
        now |= {"best": z, "loss": sum((w * values for w, values in terms.values()), jnp.zeros(len(z)))}
        better = now["loss"] < stats["z"]["loss"]
        best = {
            name: jnp.where(better if value.ndim == 1 else better[:, None], value, stats["z"][name])
            for name, value in now.items()
        }
        return total({"z": jax.lax.stop_gradient(best)}, **terms)

    return Game(init, {"z": Player(("z",), descend, tx)}, prepare=prepare, per_example=frozenset({"z"}))


def inpainting(
    G: Net,
    frozen: tuple[Mapping[str, Any], Mapping[str, Any]],
    *,
    tx: optax.GradientTransformation,
    D: Net | None = None,
    weight: float = 0.1,
    perceptual: Callable[[Array], Array] = adversarial.minimax,
    prior: float = 0.0,
    prepare: Callable = to_float,
) -> Game:
    """Semantic inpainting: z = argmin |W (G(z) - x)|_1 + weight log(1 - D(G(z))) + prior |z|^2 / 2.

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
    likely = {"prior": (prior, gaussian)} if prior else NONE
    return search(
        G,
        frozen,
        tx=tx,
        on_images={"contextual": near},
        on_codes=likely,
        D=D,
        perceptual=(weight, perceptual),
        prepare=prepare,
    )


def gaussian(z: Array, batch: Any) -> Array:
    """|z|^2 / 2, [B]: -log N(z; 0, I) without its constant."""
    return jnp.sum(z * z, axis=-1) / 2
