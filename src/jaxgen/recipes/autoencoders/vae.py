"""Variational autoencoders as a game of one player, which owns encoder and decoder.

Kingma & Welling 2014 (arXiv:1312.6114), eq. 10 with its analytic divergence and one sample; beta of Higgins et al.
2017; free bits of Kingma et al. 2016 (arXiv:1606.04934); importance weights of Burda et al. 2016 (arXiv:1509.00519).
With an autoregressive decoder a PixelVAE (Gulrajani et al. 2016, arXiv:1611.05013).
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import latents
from jaxgen.game import Game, Net, Player, total
from jaxgen.losses import divergence, importance, reconstruction
from jaxgen.recipes.gan.gan import to_float

BIN = 2 / 255  # the distance of two grey levels in [-1, 1]
Unlikely = Callable[[Any, Array], Array]  # what a decoder gives, images in [-1, 1] -> -log p(x | z), nats [B]


def _bernoulli(told: tuple[Array, Array], images: Array) -> Array:
    return reconstruction.bernoulli(told[0], (images + 1) / 2)


def _gaussian(told: tuple[Array, Array], images: Array) -> Array:
    """In levels: a bin of 1/255 of the range has the volume 1, so that nats are those of discrete grey values."""
    mean, log_deviation = told
    return reconstruction.gaussian(mean, 2 * log_deviation, images) - math.prod(images.shape[1:]) * math.log(BIN)


def _fixed_gaussian(told: tuple[Array, Array], images: Array, deviation: float) -> Array:
    return _gaussian((told[0], jnp.full_like(told[0], math.log(deviation))), images)


def _logistic(told: tuple[Array, Array], images: Array) -> Array:
    return reconstruction.logistic(*told, images)


LIKELIHOODS: Mapping[str, Unlikely] = MappingProxyType(
    {"bernoulli": _bernoulli, "gaussian": _gaussian, "logistic": _logistic}
)


def likelihood(name: str, deviation: float | None = None) -> Unlikely:
    """A decoder's -log p(x | z) by its name: "bernoulli", "gaussian" or "logistic".

    Bernoulli is a likelihood of images of 0 and 255 only. The Gaussian is a density, whose nats are made those of 256
    levels by `dequantised` images (Theis et al. 2016, arXiv:1511.01844). A `deviation`, in [-1, 1]'s units, fixes its
    standard deviation, which is else trained.

    Raises:
      ValueError: a deviation that is not above zero, or of another likelihood than the Gaussian.
    """
    if deviation is None:
        return LIKELIHOODS[name]
    if name != "gaussian" or deviation <= 0:
        raise ValueError(f"a fixed deviation is for gaussian decoders and above zero, not {deviation} for {name}")
    return partial(_fixed_gaussian, deviation=deviation)


def dequantised(batch: dict[str, Array], keys: Array) -> dict[str, Array]:
    """uint8 images -> float32 in [-1, 1] and half a level beyond, each number uniformly within its level's bin."""
    images = to_float(batch, keys)["image"]
    noise = jax.vmap(lambda key: jax.random.uniform(key, images.shape[1:], minval=-0.5, maxval=0.5))(keys)
    return {**batch, "image": images + BIN * noise}


def vae(
    E: Net,
    G: Net,
    *,
    unlikely: Unlikely = _bernoulli,
    tx: optax.GradientTransformation,
    beta: float = 1.0,
    free_bits: float = 0.0,
    samples: int = 1,
    ema: float = 0.999,
    prepare: Callable = to_float,
    autoregressive: bool = False,
) -> Game:
    """A VAE, or with several samples an IWAE.

    Args:
      E: images in [-1, 1] -> mean and log-variance, [B, latent] each.
      G: z [B, latent] -> what `unlikely` takes.
      unlikely: what G gives, images -> -log p(x | z), nats [B]: see `likelihood`.
      tx: the optimiser of both.
      beta: weight of the divergence.
      free_bits: nats of each latent's divergence that cost nothing (`divergence.free_bits`).
      samples: of the importance-weighted bound, K; its gradient is the reparameterised one of the whole bound.
      ema: decay, a round, of the averages of both nets' parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: `dequantised` for a Gaussian decoder.
      autoregressive: whether G takes z and the images; what it gives of a pixel may see the pixels before it only.

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].

    Raises:
      ValueError: several samples with beta or free bits, which have no importance-weighted bound; or samples < 1.
    """
    if samples < 1 or (samples > 1 and (beta != 1 or free_bits)):
        raise ValueError(f"{samples} samples with beta {beta} and {free_bits} free bits are no bound of log p(x)")

    def given(images):
        return (images,) if autoregressive else ()

    def init(key, batch):
        k_e, k_g = jax.random.split(key)
        e = E.init(k_e, batch["image"])
        mean, _ = E.apply(*e, batch["image"], train=False)[0]
        g = G.init(k_g, mean, *given(batch["image"]))
        return {"E": e[0], "G": g[0]}, {"E": e[1], "G": g[1]}

    def learn(params, stats, batch, turn):
        images = batch["image"]
        (mean, log_variance), e = E.apply(params["E"], stats["E"], images, train=True)
        kl = divergence.to_standard(mean, log_variance)
        if samples > 1:
            weights, g = _weights(
                G, params["G"], stats["G"], unlikely, images, mean, log_variance, turn.keys, samples, autoregressive
            )
            return total({"E": e, "G": g}, {"kl": kl}, bound=(-1.0, importance.bound(weights)))
        z = drawn(mean, log_variance, turn.keys, 1)[0]
        told, g = G.apply(params["G"], stats["G"], z, *given(images), train=True)
        rest = unlikely(told, images)
        cost = divergence.free_bits(mean, log_variance, free_bits) if free_bits else kl
        return total({"E": e, "G": g}, {"elbo": -rest - kl}, reconstruction=(1.0, rest), kl=(beta, cost))

    averages = {"E": ema, "G": ema} if ema else {}
    return Game(init, {"VAE": Player(("E", "G"), learn, tx)}, ema=averages, prepare=prepare)


def drawn(mean: Array, log_variance: Array, keys: Array, samples: int) -> Array:
    """z = mean + deviation * noise, reparameterised: [B, n] twice and keys [B] -> [samples, B, n]."""
    each = jax.vmap(lambda k: latents.normal(jax.vmap(lambda key: jax.random.fold_in(key, k))(keys), mean.shape[-1]))
    return mean[None] + jnp.exp(log_variance / 2)[None] * each(jnp.arange(samples))


def log_weights(
    E: Net,
    G: Net,
    unlikely: Unlikely,
    params: Any,
    stats: Any,
    images: Array,
    keys: Array,
    samples: int,
    autoregressive: bool = False,
) -> Array:
    """log p(x, z_k) - log q(z_k | x) of z_k ~ q(z | x), nats [samples, B], by the nets' running statistics.

    `losses.importance.bound` of them is the bound of log p(x); the mean over samples is an ELBO whose divergence is
    sampled too.

    Args:
      E, G, unlikely: as of `vae`.
      params: those of "E" and "G".
      stats: those of "E" and "G".
      images: [B, H, W, C] in [-1, 1], as the game's `prepare` gives them.
      keys: [B].
      samples: K. Memory is that of K B decoded images.
      autoregressive: as of `vae`.
    """
    (mean, log_variance), _ = E.apply(params["E"], stats["E"], images, train=False)
    return _weights(
        G, params["G"], stats["G"], unlikely, images, mean, log_variance, keys, samples, autoregressive, train=False
    )[0]  # fmt: skip


def _weights(G, params, stats, unlikely, images, mean, log_variance, keys, samples, autoregressive, train=True):
    z = drawn(mean, log_variance, keys, samples)
    repeated = jnp.broadcast_to(images[None], (samples, *images.shape)).reshape(-1, *images.shape[1:])
    given = (repeated,) if autoregressive else ()
    told, stats = G.apply(params, stats, z.reshape(-1, z.shape[-1]), *given, train=train)
    log_p = -unlikely(told, repeated).reshape(samples, -1)
    # log N(z; 0, I) - log N(z; mean, variance): both have the same log 2 pi.
    noise = (z - mean[None]) * jnp.exp(-log_variance / 2)[None]
    log_ratio = jnp.sum(jnp.square(noise) - jnp.square(z) + log_variance[None], axis=-1) / 2
    return log_p + log_ratio, stats
