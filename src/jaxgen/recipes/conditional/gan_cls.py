"""A GAN that draws what a sentence says: GAN-CLS and GAN-INT, Reed et al. 2016 (arXiv:1605.05396), algorithm 1."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.losses import divergence as divergences
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.parts import Tx, averages, before, begin, floats, player


def gan_cls(
    G: Net, D: Net, adversary: Adversary = NON_SATURATING, *, latent: int, G_tx: Tx, D_tx: Tx,
    given: Callable[[Any], tuple] = lambda batch: (batch["embedding"],), wrong: float = 1.0,
    another: Callable[[Array], Array] = before, between: float = 0.0, divergence: float = 0.0, D_turns: int = 1,
    ema: float = 0.999,
) -> Game:  # fmt: skip
    """A GAN whose D also tells real images beside their own sentences from the same beside others' (GAN-CLS), and whose
    G also draws what lies in the middle between two sentences (GAN-INT, eq. 5 with beta = 1/2). Its batches
    hold "image", uint8 [B, H, W, C], and "embedding", or what `informed` makes it of.

    Args:
      G: z and what is `given` -> images in [-1, 1]; or these, and mean and log-variance of conditioning augmentation.
      D: images and what is `given` -> scores [B, ...].
      given: batch -> vectors of sentences [B, n], and what else both are told, which is never another's.
      wrong: weight of real images beside wrong sentences, as of `mismatched`; 0 shows D none, 1 as many as fakes.
      another: vectors [B, n] -> those of wrong sentences: `before`, or `near` ones.
      between: weight in G's loss of images of interpolated sentences; 0 draws none.
      divergence: weight of the divergence from N(0, I) of what G draws by, where it tells it (StackGAN, eq. 4).
      adversary, latent, G_tx, D_tx, D_turns, ema: as of `recipes.gan`.
    """

    def drawn(cast, keys, told):
        found = cast("G", latents.normal(keys, latent), *told)
        return found if isinstance(found, tuple) else (found,)

    def discriminate(cast, batch, turn):
        told, (fake, *_) = given(batch), drawn(cast, turn.keys, given(batch))
        score = lambda x, train=True: cast("D", x, *told, train=train)  # noqa: E731
        terms, watched = adversary.judge(score, batch["image"], fake, turn.keys)
        if wrong:  # as `mismatched`, by the scores of real images that are there
            others = another(told[0])
            of_others = adversary.judged(watched["score_real"], cast("D", batch["image"], others, *told[1:]))
            terms["mismatched"] = wrong, jnp.any(others != told[0], 1) * of_others
        return terms, watched

    def fooled(cast, batch, keys, told):
        fake, *moments = drawn(cast, keys, told)
        return moments, adversary.fool(lambda x: cast("D", x, *told), fake, batch["image"])

    def generate(cast, batch, turn):
        told, (k_z, k_between) = given(batch), latents.split(turn.keys)
        moments, terms = fooled(cast, batch, k_z, told)
        if moments:
            terms["divergence"] = divergence, divergences.to_standard(*moments)
        if between:
            middle = ((told[0] + before(told[0])) / 2, *told[1:])
            terms["between"] = between, fooled(cast, batch, k_between, middle)[1]["adversarial"][1]
        return terms, {}

    nets, z = {"G": G, "D": D}, lambda batch: jnp.zeros((len(batch["image"]), latent))
    inputs = {
        "G": lambda cast, batch: (z(batch), *given(batch)),
        "D": lambda cast, batch: (batch["image"], *given(batch)),
    }
    players = {"D": player(nets, ("D",), D_tx, discriminate, D_turns), "G": player(nets, ("G",), G_tx, generate)}
    return Game(begin(nets, **inputs), players, ema=averages(ema, "G"), prepare=floats)
