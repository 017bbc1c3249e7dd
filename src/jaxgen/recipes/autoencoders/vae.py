"""Variational autoencoders as a game of one player, which owns encoder and decoder.

Kingma & Welling 2014 (arXiv:1312.6114), eq. 10 with its analytic divergence and one sample; beta of Higgins et al.
2017; free bits of Kingma et al. 2016 (arXiv:1606.04934); importance weights of Burda et al. 2016 (arXiv:1509.00519).
With an autoregressive decoder a PixelVAE (Gulrajani et al. 2016, arXiv:1611.05013).
"""

from collections.abc import Callable

import optax

from jaxgen import latents
from jaxgen.errors import InputError
from jaxgen.game import Game, Net
from jaxgen.losses import decoders, divergence, importance
from jaxgen.recipes.parts import averages, begin, coded, floats, player, seen


def vae(
    E: Net,
    G: Net,
    *,
    unlikely: decoders.Unlikely = decoders.bernoulli,
    tx: optax.GradientTransformation,
    beta: float = 1.0,
    free_bits: float = 0.0,
    samples: int = 1,
    ema: float = 0.999,
    prepare: Callable = floats,
    autoregressive: bool = False,
) -> Game:
    """A VAE, or with several samples an IWAE.

    Args:
      E: images in [-1, 1] -> mean and log-variance, [B, latent] each.
      G: z [B, latent] -> what `unlikely` takes.
      unlikely: what G gives, images -> -log p(x | z), nats [B]: see `losses.decoders.likelihood`.
      tx: the optimiser of both.
      beta: weight of the divergence.
      free_bits: nats of each latent's divergence that cost nothing (`divergence.free_bits`).
      samples: of the importance-weighted bound, K; its gradient is the reparameterised one of the whole bound.
      ema: decay, a round, of the averages of both nets' parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device: `pixels.dequantised` for a Gaussian decoder.
      autoregressive: whether G takes z and the images; what it gives of a pixel may see the pixels before it only.

    Returns:
      The game. Its batches hold "image": uint8 [B, H, W, C].

    Raises:
      InputError: several samples with beta or free bits, which have no importance-weighted bound; or samples < 1.
    """
    if samples < 1 or (samples > 1 and (beta != 1 or free_bits)):
        raise InputError(f"{samples} samples with beta {beta} and {free_bits} free bits are no bound of log p(x)")
    nets = {"E": E, "G": G}

    def inputs(z, images):
        return (z, images) if autoregressive else (z,)

    def learn(cast, batch, turn):
        images = batch["image"]
        mean, log_variance = cast("E", images)
        kl = divergence.to_standard(mean, log_variance)
        z = latents.posterior(mean, log_variance, turn.keys, samples)

        def rest(z, images):
            return unlikely(cast("G", *inputs(z, images)), images)

        if samples > 1:
            weights = importance.log_weights(rest, images, z, mean, log_variance)
            return {"bound": (-1.0, importance.bound(weights))}, {"kl": kl}
        nats = rest(z[0], images)
        cost = divergence.free_bits(mean, log_variance, free_bits) if free_bits else kl
        return {"reconstruction": (1.0, nats), "kl": (beta, cost)}, {"elbo": -nats - kl}

    first = begin(nets, E=seen, G=lambda cast, batch: inputs(coded(cast, batch)[0][0], batch["image"]))
    return Game(first, {"VAE": player(nets, ("E", "G"), tx, learn)}, ema=averages(ema, "E", "G"), prepare=prepare)
