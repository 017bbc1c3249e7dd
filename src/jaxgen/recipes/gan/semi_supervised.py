"""The semi-supervised GAN of Salimans et al. 2016 (arXiv:1606.03498), section 5: a D that learns classes from few
labels, many unlabelled images and a G that matches its features."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents, losses
from jaxgen.game import Game, Net, Player, total
from jaxgen.recipes.gan.gan import to_float


def to_floats(batch: dict[str, Array], keys: Array) -> dict[str, Array]:
    """uint8 images, with and without labels, -> float32 in [-1, 1], on the device."""
    return {**to_float(batch, keys), "labelled": batch["labelled"].astype(jnp.float32) / 127.5 - 1}


def semi_supervised(
    G: Net,
    D: Net,
    *,
    latent: int,
    G_tx: optax.GradientTransformation,
    D_tx: optax.GradientTransformation,
    beside: optax.GradientTransformation | None = None,
    prior: Callable[[Array, int], Array] = latents.uniform,
    unsupervised: float = 0.5,
    generator_loss: Callable[[Array, Array], Array] = losses.features.matching,
    ema: float = 0.999,
    prepare: Callable = to_floats,
) -> Game:
    """D tells K classes and fakes apart; G matches the mean of D's features.

    Args:
      G: z [B, latent] -> images in [-1, 1].
      D: images, keys [B] for what noise it draws -> logits [B, K] and features [B, m].
      latent: length of z.
      G_tx: G's optimiser.
      D_tx: D's optimiser.
      beside: an optimiser with which a third player, C, learns beside: the same net as D from the same labels alone.
      prior: keys [B], latent -> z [B, latent].
      unsupervised: weight of L_unsupervised. The paper's is 1; the authors' code, and the default, has half of it.
      generator_loss: features of unlabelled images [B, m], of fakes [B, m] -> [B].
      ema: decay, a round, of the moving averages of all parameters, with which images are drawn and classes told.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image", unlabelled, and "labelled", both uint8 [B, H, W, C], and "label" [B].
    """

    def init(key, batch):
        k_g, k_d, k_c, k_x = jax.random.split(key, 4)
        keys = jax.random.split(k_x, len(batch["image"]))  # the nets' first weights depend on the batch
        made = {"G": G.init(k_g, prior(keys, latent)), "D": D.init(k_d, batch["image"], keys)}
        if beside is not None:
            made["C"] = D.init(k_c, batch["labelled"], keys)
        return {net: params for net, (params, _) in made.items()}, {net: stats for net, (_, stats) in made.items()}

    def learn(name, params, stats, batch, keys):
        """The supervised part of D's loss, and of all of C's."""
        (logits, _), stats = D.apply(params[name], stats[name], batch["labelled"], keys, train=True)
        right = jnp.argmax(logits, -1) == batch["label"]
        return losses.semi_supervised.supervised(logits, batch["label"]), right, stats

    def discriminate(params, stats, batch, turn):
        k_z, k_labelled, k_real, k_fake = latents.split(turn.keys, 4)
        fake, _ = G.apply(params["G"], stats["G"], prior(k_z, latent), train=True)
        supervised, right, d = learn("D", params, stats, batch, k_labelled)
        (real_logits, _), d = D.apply(params["D"], d, batch["image"], k_real, train=True)
        (fake_logits, _), d = D.apply(params["D"], d, fake, k_fake, train=True)
        score = losses.semi_supervised.score
        watched = {
            "accuracy": right,
            "accuracy_real": score(real_logits) > 0,
            "accuracy_fake": score(fake_logits) < 0,
        }
        both = losses.semi_supervised.unsupervised(real_logits, fake_logits)
        return total({"D": d}, watched, supervised=(1.0, supervised), unsupervised=(unsupervised, both))

    def generate(params, stats, batch, turn):
        k_z, k_real, k_fake = latents.split(turn.keys, 3)
        fake, g = G.apply(params["G"], stats["G"], prior(k_z, latent), train=True)
        (_, real_features), d = D.apply(params["D"], stats["D"], batch["image"], k_real, train=True)
        (_, fake_features), _ = D.apply(params["D"], d, fake, k_fake, train=True)
        weight = 1 / real_features.shape[1]  # the paper has a squared norm, the authors' code a mean over features
        return total({"G": g}, matching=(weight, generator_loss(real_features, fake_features)))

    def classify(params, stats, batch, turn):
        supervised, right, c = learn("C", params, stats, batch, turn.keys)
        return total({"C": c}, {"accuracy": right}, supervised=(1.0, supervised))

    players = {"D": Player(("D",), discriminate, D_tx), "G": Player(("G",), generate, G_tx)}
    if beside is not None:
        players["C"] = Player(("C",), classify, beside)
    return Game(init, players, ema=dict.fromkeys(players, ema) if ema else {}, prepare=prepare)
