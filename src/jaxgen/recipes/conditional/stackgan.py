"""A second stage that draws a larger image after a first one: StackGAN, Zhang et al. 2017 (arXiv:1612.03242)."""

from functools import partial
from typing import Any

import jax

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.conditional.gan_cls import gan_cls
from jaxgen.recipes.informed import informed

FIRST = 3  # folded into an example's key, for the first stage's codes


def stackgan(
    G1: Net, G: Net, D: Net, adversary: Adversary = NON_SATURATING, *, first: int, latent: int, **settings: Any
) -> Game:
    """Section 3.4: G draws after images of G1, which nobody owns, and after the sentence; D sees G's images and the
    sentence. The first stage (section 3.3) is `gan_cls` with a G whose conditioning is augmented.

    Both stages' divergence has a weight of its own (eq. 4 and 6): the paper has 1 for the divergence, a sum over its
    numbers; the authors' code has 2 for their mean, which is 1/64 of the sum for 128 of them.

    Args:
      G1: z [B, first] and vectors of sentences [B, n] -> small images.
      G: noise [B, latent], vectors of sentences, small images -> images, and what they were drawn by.
      D: images and vectors of sentences -> scores [B, ...].
      adversary: what both minimise.
      first: length of G1's code.
      latent: length of the noise that G's conditioning is drawn with.
      **settings: as of `gan_cls`.

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and "embedding", or what `informed` makes it of.
    """
    apart = Net(
        lambda key, x, sentences, small: D.init(key, x, sentences),
        lambda params, stats, x, sentences, small, train: D.apply(params, stats, x, sentences, train=train),
    )

    def codes(batch, keys):
        own = jax.vmap(partial(jax.random.fold_in, data=FIRST))(keys)
        return latents.normal(own, first), batch["embedding"]

    game = gan_cls(
        G, apart, adversary, latent=latent, given=lambda batch: (batch["embedding"], batch["small"]), **settings
    )
    return informed(game, "G1", G1, "small", codes)
