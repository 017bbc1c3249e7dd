"""The semi-supervised GAN of Salimans et al. 2016 (arXiv:1606.03498), section 5: a D that learns classes from few
labels, many unlabelled images and a G that matches its features.

No other adversary can be played here: D's score is the logarithm of the sum of the same K exponentials that tell
classes apart, the logit of one softmax over K classes and fakes. L_unsupervised is that softmax's own likelihood, a
critic's score would pull the classes' logits away without end, and G minimises no loss of scores at all.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from jaxgen import latents, losses
from jaxgen.game import Game, Net
from jaxgen.recipes.parts import Tx, averages, begin, floats, player


def semi_supervised(
    G: Net, D: Net, *, latent: int, G_tx: Tx, D_tx: Tx, beside: Tx | None = None,
    prior: Callable[[Array, int], Array] = latents.uniform, unsupervised: float = 0.5,
    generator_loss: Callable[[Array, Array], Array] = losses.features.matching, ema: float = 0.999,
    prepare: Callable = floats,
) -> Game:  # fmt: skip
    """D tells K classes and fakes apart; G matches the mean of D's features.

    Args:
      G: z [B, latent] -> images in [-1, 1].
      D: images, keys [B] for what noise it draws -> logits [B, K] and features [B, m].
      latent: length of z.
      G_tx, D_tx: their optimisers.
      beside: an optimiser with which a third player, C, learns beside: the same net as D from the same labels alone.
      prior: keys [B], latent -> z [B, latent].
      unsupervised: weight of L_unsupervised. The paper's is 1; the authors' code, and the default, has half of it.
      generator_loss: features of unlabelled images [B, m], of fakes [B, m] -> [B].
      ema: decay, a round, of the moving averages of all parameters, with which images are drawn and classes told.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image", unlabelled, and "labelled", both uint8 [B, H, W, C], and "label" [B].
    """
    nets = {"G": G, "D": D} | ({} if beside is None else {"C": D})

    def init(key, batch):
        *own, k_x = jax.random.split(key, 4)
        keys = jax.random.split(k_x, len(batch["image"]))  # the nets' first weights depend on the batch
        z, real, labelled = (prior(keys, latent),), (batch["image"], keys), (batch["labelled"], keys)
        first = begin(nets, keys=lambda _: own, G=lambda *_: z, D=lambda *_: real, C=lambda *_: labelled)
        return first(key, batch)

    def learn(name, cast, batch, keys):
        """The supervised part of D's loss, and all of C's."""
        logits, _ = cast(name, batch["labelled"], keys)
        right = jnp.argmax(logits, -1) == batch["label"]
        return {"supervised": (1.0, losses.semi_supervised.supervised(logits, batch["label"]))}, {"accuracy": right}

    def discriminate(cast, batch, turn):
        k_z, k_labelled, k_real, k_fake = latents.split(turn.keys, 4)
        fake = cast("G", prior(k_z, latent))
        terms, watched = learn("D", cast, batch, k_labelled)
        (real_logits, _), (fake_logits, _) = cast("D", batch["image"], k_real), cast("D", fake, k_fake)
        terms["unsupervised"] = unsupervised, losses.semi_supervised.unsupervised(real_logits, fake_logits)
        watched["accuracy_real"] = losses.semi_supervised.score(real_logits) > 0
        watched["accuracy_fake"] = losses.semi_supervised.score(fake_logits) < 0
        return terms, watched

    def generate(cast, batch, turn):
        k_z, k_real, k_fake = latents.split(turn.keys, 3)
        fake = cast("G", prior(k_z, latent))
        (_, real_features), (_, fake_features) = cast("D", batch["image"], k_real), cast("D", fake, k_fake)
        weight = 1 / real_features.shape[1]  # the paper has a squared norm, the authors' code a mean over features
        return {"matching": (weight, generator_loss(real_features, fake_features))}, {}

    players = {"D": player(nets, ("D",), D_tx, discriminate), "G": player(nets, ("G",), G_tx, generate)}
    if beside is not None:
        players["C"] = player(nets, ("C",), beside, lambda cast, batch, turn: learn("C", cast, batch, turn.keys))
    return Game(init, players, ema=averages(ema, *players), prepare=prepare)
