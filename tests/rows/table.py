"""Every recipe, small: a new one is a new row here, and all of the shared tests run on it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from jax import Array

from jaxgen import pixels, recipes, schedules
from jaxgen.game import Game, turns
from jaxgen.layers import dropout
from jaxgen.losses import adversarial
from jaxgen.nets import dcgan, energy, mlp, net, pixelrnn, pixelvae, semi_supervised, vae
from jaxgen.nets.classifier import Classifier
from jaxgen.recipes.autoencoders.autoencoder import masking
from jaxgen.recipes.autoencoders.vae import likelihood as named_likelihood
from jaxgen.recipes.objectives import OBJECTIVES


class Row(NamedTuple):
    game: Callable[[], Game]
    shape: tuple[int, int, int]  # of its images
    metrics: set[str]  # that it reports
    reduced: Mapping[str, int] = MappingProxyType({})  # net -> gradients that cross devices a round, if not one a turn
    still: tuple[str, ...] = ()  # parameters whose gradient is exactly zero
    classes: int = 0  # of its images' labels; 0 is no labels
    labelled: bool = False  # whether the labels are of other images, "labelled"


def _adam() -> optax.GradientTransformation:
    return optax.adam(2e-4, b1=0.5)


def _dcgan(minibatch: str = "none", **settings) -> Game:
    G, D = net(dcgan.Generator(16, 1, width=8)), net(dcgan.Discriminator(width=8, minibatch=minibatch))
    return recipes.gan(G, D, latent=12, G_tx=_adam(), D_tx=_adam(), **settings)


def small_mlp(norm: str = "none", tx: optax.GradientTransformation | None = None, **settings) -> Game:
    G, D = net(mlp.Generator(8, 3, widths=(16, 32))), net(mlp.Discriminator(widths=(32, 16), norm=norm))
    return recipes.gan(G, D, latent=10, G_tx=tx or _adam(), D_tx=tx or _adam(), **settings)


def _named(name: str, **settings) -> Callable[[], Game]:
    """Where scores of real and fake images enter a loss as their difference, some biases have a gradient of exactly 0:
    Adam makes full steps of its rounding noise unless its epsilon is larger than that."""
    tx = optax.adam(2e-4, b1=0.5, eps=1e-5)
    return lambda: small_mlp(tx=tx, **{**OBJECTIVES[name].losses, **settings})


def _autoencoding(make: Callable[..., Game], **settings) -> Callable[[], Game]:
    G, decoder = (net(dcgan.Generator(16, 1, width=4, norm=norm)) for norm in ("batch", "none"))
    E = net(dcgan.Encoder(6, width=4, norm="none"))
    return lambda: make(G, E, decoder, latent=12, G_tx=_adam(), D_tx=_adam(), **settings)


def _energy() -> Game:
    D = net(energy.Discriminator(widths=(4, 8)))
    return recipes.energy(D, D_tx=_adam(), steps=3, step=2.0, noise=0.01, clip=0.05, slots=2, restart=0.3, ema=0.9)


def _vae(likelihood: str = "bernoulli", **settings) -> Callable[[], Game]:
    E, G = vae.Encoder(3, (16,)), vae.Decoder(8, 1, (16,), likelihood, raw=True)
    unlikely = named_likelihood(likelihood)
    return lambda: recipes.vae(net(E), net(G), unlikely=unlikely, tx=_adam(), ema=0.9, **settings)


def _conv_vae() -> Game:
    E, G = vae.ConvEncoder(3, 4), vae.ConvDecoder(16, 1, 4, raw=True)
    return recipes.vae(net(E), net(G), tx=_adam(), beta=2.0, ema=0.9)


def _pixelvae() -> Game:
    E, G = vae.Encoder(3, (16,)), pixelvae.Decoder(6, 1, 2, 4, 8, convolutional=False, first=3, head=4)
    unlikely = pixels.bernoulli().unlikely
    return recipes.vae(net(E), net(G), unlikely=unlikely, tx=_adam(), ema=0.9, autoregressive=True)


class Dropping(nn.Module):
    """The smallest net with PixelCNN++'s parts and its arguments: a shifted convolution and dropout."""

    out: int

    @nn.compact
    def __call__(self, x: Array, label: Array | None = None, keys: Array | None = None, *, train: bool) -> Array:
        x = jnp.pad(x, ((0, 0), (0, 0), (1, 0), (0, 0)))[:, :, :-1]
        for i, width in enumerate((8, 8)):
            x = nn.elu(nn.Conv(width, (2, 2), padding=((1, 0), (1, 0)))(x))
            if train:
                x = dropout(x, jax.vmap(lambda key, i=i: jax.random.fold_in(key, i))(keys), 0.25)
        return nn.Dense(self.out)(x)


def _autoregressive() -> Game:
    return recipes.autoregressive(net(Dropping(6)), family=pixels.logistics(1, 2), tx=_adam(), ema=0.9, dropout=True)


def _denoising() -> Game:
    E, G = mlp.Encoder(3, (16,)), vae.Decoder(8, 1, (16,), raw=True)
    cost = named_likelihood("bernoulli")
    return recipes.autoencoder(net(E), net(G), tx=_adam(), cost=cost, corrupt=masking(0.3), ema=0.9)


def _row_lstm() -> Game:
    P = pixelrnn.RowLSTM(10, 6, layers=1, head=4, groups=1)
    return recipes.autoregressive(net(P), family=pixels.categorical(1, 10), tx=_adam(), ema=0.9)


def _adversarial_autoencoder() -> Game:
    E, G, D = mlp.Encoder(3, (16,)), vae.Decoder(8, 1, (16,)), mlp.Discriminator((16,))
    return recipes.adversarial_autoencoder(
        net(E), net(G), net(D), latent=3, tx=_adam(), E_tx=_adam(), D_tx=_adam(), ema=0.9
    )


def _vae_gan() -> Game:
    E, G = vae.ConvEncoder(3, 4), dcgan.Generator(16, 1, width=4)
    D = dcgan.Discriminator(width=4, features=True)
    return recipes.vae_gan(
        net(E), net(G), net(D), latent=3, E_tx=_adam(), G_tx=_adam(), D_tx=_adam(), gamma=0.1, ema=0.9
    )


def _semi_supervised() -> Game:
    G = semi_supervised.Generator(8, 1, widths=(16, 16))
    D = semi_supervised.Discriminator(4, widths=(32, 16))
    return recipes.semi_supervised(net(G), net(D), latent=10, G_tx=_adam(), D_tx=_adam(), beside=_adam())


GAN = {f"{p}/{m}" for p in "DG" for m in ("loss", "grad_norm", "adversarial")} | {
    f"D/{what}_{kind}" for what in ("accuracy", "score") for kind in ("real", "fake")
}

AUTOENCODER = {f"AE/{m}" for m in ("loss", "grad_norm", "reconstruction")}
NLL = {f"P/{m}" for m in ("loss", "grad_norm", "nll", "bits_per_dim")}
VAE = {f"VAE/{m}" for m in ("loss", "grad_norm", "kl")}
ENERGIES = {"D/energy_real", "D/energy_fake"}
TWO = {f"{p}/{m}" for p in "DG" for m in ("loss", "grad_norm", "adversarial")}
ALL = {f"all/{m.replace('/', '_')}" for m in GAN if "grad_norm" not in m} | {"all/loss", "all/grad_norm"}

TWICE = {"G": 2, "D": 2}

RECIPES = {
    "gan": Row(small_mlp, (8, 8, 3), GAN),
    "gan-minimax": Row(lambda: small_mlp(generator_loss=adversarial.minimax, D_turns=3), (8, 8, 3), GAN),
    "dcgan": Row(_dcgan, (16, 16, 1), GAN),
    "dcgan-minibatch": Row(lambda: _dcgan("discrimination"), (16, 16, 1), GAN),
    "denoising": Row(_denoising, (8, 8, 1), AUTOENCODER),
    "adversarial-autoencoder": Row(
        _adversarial_autoencoder,
        (8, 8, 1),
        AUTOENCODER
        | {f"{p}/{m}" for p in "DE" for m in ("loss", "grad_norm", "adversarial")}
        | {f"D/accuracy_{kind}" for kind in ("real", "fake")},
        reduced={"E": 2},
    ),
    "vae-gan": Row(
        _vae_gan,
        (16, 16, 1),
        {f"{p}/{m}" for p in "DEG" for m in ("loss", "grad_norm")}
        | {"E/prior", "E/features", "G/features", "G/adversarial", "D/adversarial"}
        | {f"D/accuracy_{kind}" for kind in ("real", "again", "fresh")},
    ),
    "classifier": Row(
        lambda: recipes.classifier(net(Classifier(4, width=4)), tx=_adam()),
        (8, 8, 1),
        {"C/loss", "C/grad_norm", "C/cross_entropy", "C/accuracy"},
        classes=4,
    ),
    "fine-tuning": Row(
        lambda: recipes.probe(net(mlp.Encoder(3, (16,))), net(mlp.Points(4, ())), tx=_adam(), tune=True),
        (8, 8, 1),
        {"C/loss", "C/grad_norm", "C/cross_entropy", "C/accuracy"},
        classes=4,
    ),
    "energy": Row(
        _energy,
        (8, 8, 1),
        {f"{p}/{m}" for p in "xD" for m in ("loss", "grad_norm")}
        | {f"D/{m}" for m in ("divergence", "magnitude", "score_real", "score_drawn")}
        | {"x/restarts"},
    ),
    "wgan-gp": Row(_named("wgan_gp", D_turns=2), (8, 8, 3), GAN | {"D/gradient"}, still=("D/Dense_2/bias",)),
    "sngan": Row(_named("hinge", D_turns=2, norm="spectral"), (8, 8, 3), GAN, still=("D/Dense_2/bias",)),
    "r3gan": Row(_named("r3gan"), (8, 8, 3), GAN | {"D/r1", "D/r2"}, still=("D/Dense_2/bias",)),
    "ebgan": Row(_autoencoding(recipes.ebgan), (16, 16, 1), TWO | ENERGIES | {"G/pulling_away"}),
    "began": Row(_autoencoding(recipes.began), (16, 16, 1), TWO | ENERGIES | {"D/k", "D/convergence"}),
    # Each of the two steps ahead reduces D's gradient, and on the way back its derivative.
    "unrolled": Row(lambda: schedules.unrolled(small_mlp(), steps=2, tx=optax.sgd(0.1)), (8, 8, 3), GAN, {"D": 5}),
    "consensus": Row(
        lambda: schedules.consensus(small_mlp(), _adam(), weight=0.1), (8, 8, 3), ALL | {"all/consensus"}, TWICE
    ),
    "extragradient": Row(lambda: schedules.extragradient(small_mlp(), _adam(), lr=0.01), (8, 8, 3), ALL, TWICE),
    "vae": Row(_vae(free_bits=0.01), (8, 8, 1), VAE | {"VAE/reconstruction", "VAE/elbo"}),
    "vae-conv": Row(_conv_vae, (16, 16, 1), VAE | {"VAE/reconstruction", "VAE/elbo"}),
    "vae-logistic": Row(_vae("logistic"), (8, 8, 1), VAE | {"VAE/reconstruction", "VAE/elbo"}),
    "pixelvae": Row(_pixelvae, (6, 6, 1), VAE | {"VAE/reconstruction", "VAE/elbo"}),
    "iwae": Row(_vae(samples=3), (8, 8, 1), VAE | {"VAE/bound"}),
    "autoregressive": Row(_autoregressive, (8, 8, 1), NLL),
    "row-lstm": Row(_row_lstm, (5, 5, 1), NLL),
    "semi-supervised": Row(
        _semi_supervised,
        (8, 8, 1),
        {f"{p}/{m}" for p in "DGC" for m in ("loss", "grad_norm")}
        | {f"D/{m}" for m in ("supervised", "unsupervised", "accuracy", "accuracy_real", "accuracy_fake")}
        | {"G/matching", "C/supervised", "C/accuracy"},
        classes=4,
        labelled=True,
    ),
}


def batches(row: Row, rounds: int = 1, size: int = 16, seed: int = 0) -> dict[str, np.ndarray]:
    """Leaves [rounds, turns, size, ...], as data delivers them."""
    rng = np.random.default_rng(seed)
    leading = (rounds, turns(row.game()), size)
    names = ("image", "labelled") if row.labelled else ("image",)
    images = {name: rng.integers(0, 256, (*leading, *row.shape), dtype=np.uint8) for name in names}
    return images | ({"label": rng.integers(0, row.classes, leading, dtype=np.int32)} if row.classes else {})
