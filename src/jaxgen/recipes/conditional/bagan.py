"""The balancing GAN of Mariani et al. 2018 (arXiv:1803.09655): images of every class, of rare ones too, from codes of
their class's Gaussian, judged by one softmax over the n classes and fakes, or by the two heads of an AC-GAN.

An autoencoder's decoder is G at first, and its encoder D but for the last layer: `--begin-with`. As in the authors'
code, fakes are a share 1 / (n + 1) of what D learns from, here by weights; their classes are drawn uniformly, while
real images come as often as the data has them (`data.labelled.balanced` changes that).

With one softmax no other adversary can be played: its loss is the softmax's likelihood, and there is no score of being
real beside the classes' that another loss could take. With two heads any can.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optax

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import Adversary
from jaxgen.recipes.parts import Tx, averages, begin, coded, floats, player, seen

unlike = optax.softmax_cross_entropy_with_integer_labels  # logits [B, n], labels [B] -> [B]


def bagan(
    G: Net, E: Net, P: Net, D: Net, adversary: Adversary | None = None, *, latent: int, classes: int, G_tx: Tx,
    D_tx: Tx, D_turns: int = 1, ema: float = 0.999, prepare: Callable = floats,
) -> Game:  # fmt: skip
    """A BAGAN. No player owns E and P: they stay as they begin.

    Args:
      G: codes [B, latent] -> images in [-1, 1].
      E: images -> codes, of which P is made.
      P: noise [B, latent], labels [B] -> codes: the classes' Gaussians.
      D: images -> logits [B, 1 + classes]: those of the classes after that of a fake; or, where there is an adversary,
        after the score of being real.
      adversary: of two heads (AC-GAN, Odena et al. 2017, section 3); None is the paper's one softmax.
      latent: length of a code.
      classes: n.
      G_tx, D_tx, D_turns, ema, prepare: as of `recipes.gan`.

    Returns:
      The game. Its batches hold "image", uint8 [B, H, W, C], and "label" [B].
    """
    nets = {"E": E, "G": G, "P": P, "D": D}
    share = 1 / (classes + 1)

    def drawn(cast, keys):
        """Fakes, and the classes that are wished."""
        k_z, k_class = latents.split(keys)
        wished = jax.vmap(partial(jax.random.randint, shape=(), minval=0, maxval=classes))(k_class)
        return cast("G", cast("P", latents.normal(k_z, latent), wished)), wished

    def score(cast):
        return lambda x, train=True: cast("D", x, train=train)[:, 0]

    def discriminate(cast, batch, turn):
        fake, wished = drawn(cast, turn.keys)
        real, made = cast("D", batch["image"]), cast("D", fake)
        right = {"accuracy_class": jnp.argmax(real[:, 1:], -1) == batch["label"]}
        if adversary is None:
            told = {"accuracy_real": jnp.argmax(real, -1) > 0, "accuracy_fake": jnp.argmax(made, -1) == 0}
            fakes = unlike(made, jnp.zeros_like(wished))
            return {"classes": (1 - share, unlike(real, 1 + batch["label"])), "fakes": (share, fakes)}, right | told
        terms, watched = adversary.judge(score(cast), batch["image"], fake, turn.keys)
        both = unlike(real[:, 1:], batch["label"]) + unlike(made[:, 1:], wished)
        return terms | {"classes": (1.0, both)}, right | watched

    def generate(cast, batch, turn):
        fake, wished = drawn(cast, turn.keys)
        made = cast("D", fake)
        if adversary is None:
            return {"classes": (1.0, unlike(made, 1 + wished))}, {}
        return adversary.fool(score(cast), fake, batch["image"]) | {"classes": (1.0, unlike(made[:, 1:], wished))}, {}

    first = begin(nets, E=seen, G=coded, P=lambda cast, batch: (*coded(cast, batch), batch["label"]), D=seen)
    players = {"D": player(nets, ("D",), D_tx, discriminate, D_turns), "G": player(nets, ("G",), G_tx, generate)}
    return Game(first, players, ema=averages(ema, "G"), prepare=prepare)
