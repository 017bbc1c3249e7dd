"""InfoGAN, Chen et al. 2016 (arXiv:1606.03657): a GAN some of whose codes can be read off its images.

G maximises a bound of the mutual information of the codes and its images, by a Q(c | x) that shares D's body (eq. 5):

    I(c; G(z, c)) >= E log Q(c | G(z, c)) + H(c)

The entropy H(c) is constant. As in the authors' code, D and Q are one net with one optimiser, and Q's Gaussians have a
deviation of 1.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import NON_SATURATING, Adversary
from jaxgen.recipes.conditional.auxiliary import Told, auxiliary
from jaxgen.recipes.parts import Terms


def infogan(
    G: Net,
    D: Net,
    adversary: Adversary = NON_SATURATING,
    *,
    latent: int,
    codes: int,
    continuous: int,
    weight: float = 1.0,
    continuous_weight: float = 1.0,
    **how: Any,
) -> Game:
    """Codes are a class and some numbers, which are the first ones of z.

    Args:
      G: z [B, latent], uniform from -1 to 1, and classes [B], integers from 0 -> images in [-1, 1].
      D: images -> scores [B], and of Q logits of classes [B, codes] and means of numbers [B, continuous].
      adversary: what both minimise beside.
      latent: length of z.
      codes: how many classes there are, each as likely.
      continuous: how many of z's numbers are codes.
      weight: of the classes' part of the bound, the paper's lambda: 1.
      continuous_weight: of the numbers' part. The paper says that it is smaller, and no number; the authors' code has 1
        too, which is taken: with 0.1 the numbers changed little on MNIST after 3,000 rounds.
      **how: as of `recipes.auxiliary`: G_tx, D_tx, ...

    Returns:
      The game. Its batches hold "image". The terms "code" and "continuous" are -log Q(c | x) in nats.
    """

    def heard(said: tuple[Array, Array], z: Array, told: Told) -> Terms:
        logits, means = said
        off = jnp.sum(jnp.square(z[:, :continuous] - means), -1) / 2
        return {
            "code": (weight, optax.softmax_cross_entropy_with_integer_labels(logits, told[0])),
            "continuous": (continuous_weight, off + continuous * math.log(2 * math.pi) / 2),
        }

    def drawn(batch: Any, keys: Array) -> Told:
        own = jax.vmap(lambda key: jax.random.fold_in(key, 2))(keys)
        return (jax.vmap(lambda key: jax.random.randint(key, (), 0, codes))(own),)

    prior = latents.uniform
    return auxiliary(G, D, adversary, latent=latent, heard=heard, told=drawn, real=False, prior=prior, **how)
