"""Segmentation with an adversary, Luc et al. 2016 (arXiv:1611.08408): a class for every pixel, by cross-entropy and by
a D that tells maps of probabilities from label maps, and so sees whether neighbours go together."""

from collections.abc import Callable, Mapping
from typing import Literal

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import Terms, Tx, averages, begin, floats, player, seen

Encoding = Literal["beside", "product"]


def segmentation(
    S: Net, D: Net, adversary: Adversary = NON_SATURATING, *, G_tx: Tx, D_tx: Tx, weight: float = 0.1,
    void: int | None = None, encoding: Encoding = "beside", D_turns: int = 1, ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:  # fmt: skip
    """Eq. 1; the segmenter's part of it is the adversary's loss of G, as in section 3.2 (by default -log a).

    Args:
      S: the segmenter: images in [-1, 1] -> logits [B, H, W, K].
      D: images, and maps of probabilities [B, H, W, K], or what `encoding` makes of both -> scores [B, ...].
      adversary: what both minimise, S in the place of G.
      G_tx: S's optimiser.
      D_tx: D's optimiser.
      weight: lambda, of the adversarial term; 0 leaves the cross-entropy alone, without D.
      void: number of the class that stands for pixels without one: they count for nothing, and D sees zeros there.
      encoding: of images and maps for D: "beside" each other, as channels (the paper, on Stanford's scenes, joins them
        after some layers of each), or their "product" (section 3.3): every channel of the image by every class's map.
      D_turns, ema, prepare: as of `recipes.gan`.

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and "mask", int32 [B, H, W].
    """
    nets = {"S": S, "D": D} if weight else {"S": S}

    def known(batch: Mapping[str, Array]) -> Array:
        return jnp.ones(batch["mask"].shape) if void is None else (batch["mask"] != void).astype(jnp.float32)

    true = lambda batch, logits: jax.nn.one_hot(batch["mask"], logits.shape[-1])  # noqa: E731

    def score(cast, batch):
        shown = lambda maps: encoded(batch["image"], maps * known(batch)[..., None], encoding)  # noqa: E731
        return lambda maps, train=True: cast("D", *shown(maps), train=train)

    def discriminate(cast, batch, turn):
        logits = cast("S", batch["image"])
        return adversary.judge(score(cast, batch), true(batch, logits), jax.nn.softmax(logits), turn.keys)

    def segment(cast, batch, turn):
        logits, counts = cast("S", batch["image"]), known(batch)
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, batch["mask"])

        def mean(values: Array) -> Array:
            return jnp.sum(values * counts, (1, 2)) / jnp.maximum(jnp.sum(counts, (1, 2)), 1)

        terms: Terms = {"cross_entropy": (1.0, mean(loss))}
        if weight:
            fooled = adversary.fool(score(cast, batch), jax.nn.softmax(logits), true(batch, logits))
            terms["adversarial"] = weight, fooled["adversarial"][1]
        return terms, {"accuracy": mean(jnp.argmax(logits, -1) == batch["mask"])}

    def judged(cast, batch):
        return encoded(batch["image"], cast("S", batch["image"], train=False), encoding)

    judge = {"D": player(nets, ("D",), D_tx, discriminate, D_turns)} if weight else {}
    players = judge | {"S": player(nets, ("S",), G_tx, segment)}
    return Game(begin(nets, S=seen, D=judged), players, ema=averages(ema, "S"), prepare=prepare)


def encoded(images: Array, maps: Array, how: Encoding) -> tuple[Array, ...]:
    """What D is given of images [B, H, W, C] and maps [B, H, W, K]: both, or [B, H, W, C K]."""
    product = (images[..., None, :] * maps[..., None]).reshape(*maps.shape[:3], -1)
    return (images, maps) if how == "beside" else (product,)
