"""The two-player game of Goodfellow et al. 2014, algorithm 1, for any pair of nets: MLP GAN, DCGAN, ...

D is called once on real images and once on fakes, so that each call has its own batch statistics (Radford 2016, and
every DCGAN since): with both in one batch, BatchNorm would tell D which share of the batch is fake.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net, Player, total
from jaxgen.losses import adversarial

Scores = Callable[[Array], Array]  # images [B, ...] -> scores [B]
Penalty = Callable[[Scores, Array, Array, Array], Array]  # critic, real, fake, keys [B] -> [B]


def to_float(batch: dict[str, Array], keys: Array) -> dict[str, Array]:
    """uint8 images [B, H, W, C] -> float32 in [-1, 1], on the device; other entries as they are."""
    return {**batch, "image": batch["image"].astype(jnp.float32) / 127.5 - 1}


def gan(
    G: Net,
    D: Net,
    *,
    latent: int,
    G_tx: optax.GradientTransformation,
    D_tx: optax.GradientTransformation,
    prior: Callable[[Array, int], Array] = latents.normal,
    discriminator_loss: Callable[[Array, Array], Array] = adversarial.discriminator,
    generator_loss: Callable[..., Array] = adversarial.non_saturating,
    relative: bool = False,
    penalties: Mapping[str, tuple[float, Penalty]] = MappingProxyType({}),
    D_turns: int = 1,
    ema: float = 0.999,
    prepare: Callable = to_float,
) -> Game:
    """A GAN as a game.

    Args:
      G: z [B, latent] -> images in [-1, 1].
      D: images -> scores [B].
      latent: length of z.
      G_tx: G's optimiser.
      D_tx: D's optimiser.
      prior: keys [B], latent -> z [B, latent].
      discriminator_loss: real scores [B], fake scores [B] -> [B].
      generator_loss: fake scores [B] -> [B], or where `relative`: real scores [B], fake scores [B] -> [B].
      relative: whether G's loss sees the scores of real images too (relativistic losses).
      penalties: of D, name -> (weight, critic, real, fake, keys [B] -> [B]). The critic is D by its running statistics
        (a spectral norm's vectors stay), so that an image's gradient is its own.
      D_turns: D's steps before each step of G: the paper's k.
      ema: decay, a round, of the moving average of G's parameters that images are drawn with; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: by default uint8 images to [-1, 1].

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C], or whatever `prepare` takes.
    """

    def init(key, batch):
        k_g, k_d = jax.random.split(key)
        g = G.init(k_g, jnp.zeros((len(batch["image"]), latent)))
        d = D.init(k_d, batch["image"])
        return {"G": g[0], "D": d[0]}, {"G": g[1], "D": d[1]}

    def discriminate(params, stats, batch, turn):
        real = batch["image"]
        fake, _ = G.apply(params["G"], stats["G"], prior(turn.keys, latent), train=True)
        real_scores, d = D.apply(params["D"], stats["D"], real, train=True)
        fake_scores, d = D.apply(params["D"], d, fake, train=True)
        k_penalty = jax.vmap(partial(jax.random.fold_in, data=1))(turn.keys)
        terms = {
            name: (weight, penalty(lambda x: D.apply(params["D"], d, x, train=False)[0], real, fake, k_penalty))
            for name, (weight, penalty) in penalties.items()
        }
        watched = {
            "accuracy_real": real_scores > 0,
            "accuracy_fake": fake_scores < 0,
            "score_real": real_scores,
            "score_fake": fake_scores,
        }
        return total({"D": d}, watched, adversarial=(1.0, discriminator_loss(real_scores, fake_scores)), **terms)

    def generate(params, stats, batch, turn):
        fake, g = G.apply(params["G"], stats["G"], prior(turn.keys, latent), train=True)
        fake_scores, d = D.apply(params["D"], stats["D"], fake, train=True)
        scores = (D.apply(params["D"], d, batch["image"], train=True)[0], fake_scores) if relative else (fake_scores,)
        return total({"G": g}, adversarial=(1.0, generator_loss(*scores)))

    players = {"D": Player(("D",), discriminate, D_tx, D_turns), "G": Player(("G",), generate, G_tx)}
    return Game(init, players, ema={"G": ema} if ema else {}, prepare=prepare)
