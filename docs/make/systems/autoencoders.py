"""docs/systems/autoencoders.md: encoders and decoders, with and without a bound or an adversary."""

from collections.abc import Mapping
from typing import Any

from measured.likelihoods import words_of
from measured.pretraining import pretraining
from system import Line, System, described, family
from tables import load

AUTOENCODER = System(
    "Autoencoder, dense or convolutional, denoising or not",
    "experiments/autoencoders/autoencoder.py",
    r"\lVert G(E(\tilde x)) - x \rVert^2,\quad \tilde x = x \text{ or a corrupted } x",
    "Vincent et al. 2008, or with a Bernoulli cost.",
    unseen="No run of it alone is kept here; what its encoder is good for is measured below.",
)
VAE = System(
    "Variational autoencoder",
    "experiments/autoencoders/vae.py",
    r"-\log p(x) \le \mathbb{E}_{q(z \mid x)}[-\log p(x \mid z)] + \mathrm{KL}(q(z \mid x) \,\|\, N(0, I))",
    "Kingma & Welling 2014. Bernoulli, Gaussian and discretised-logistic decoders, a weight beta of the divergence, "
    "free bits, and the importance-weighted bound of Burda et al. 2016.",
    ("vae-binarized-mnist",),
    words_of,
    "86.76 nats by a VAE and 84.78 by IWAE with 50 samples (Burda et al. 2016), 89.78 by pythae's VAE, on MNIST; the "
    "former's is binarised anew.",
)
PIXELVAE = System(
    "PixelVAE",
    "experiments/autoencoders/pixelvae.py",
    r"-\log p(x) \le -\mathbb{E}_{q(z \mid x)} \textstyle\sum_i \log p(x_i \mid x_{<i}, z)"
    r" + \mathrm{KL}(q(z \mid x) \,\|\, N(0, I))",
    "Gulrajani et al. 2016: the decoder is a small PixelCNN that is given the code.",
    ("pixelvae-binarized-mnist",),
    words_of,
)


def _adversarial(found: Mapping[str, Any]) -> str:
    return (
        f"The squared error of a reconstruction, summed over an image's numbers in [-1, 1]: {found['error']:.1f} on "
        f"{found['images']:,} {found['measured_on']} images."
    )


def _vae_gan(found: Mapping[str, Any]) -> str:
    return f"{_adversarial(found)} The divergence of a code: {found['kl']:.1f} nats."


ADVERSARIAL = System(
    "Adversarial autoencoder",
    "experiments/autoencoders/adversarial_autoencoder.py",
    r"""E, G:\ \lVert G(E(x)) - x \rVert^2
D:\ \mathrm{softplus}(-D(z)) + \mathrm{softplus}(D(E(x))),\quad z \sim \text{prior}
E:\ \mathrm{softplus}(-D(E(x)))""",
    "Makhzani et al. 2015: a discriminator on codes makes the encoder's codes those of a prior.",
    ("aae-mnist",),
    _adversarial,
)
VAE_GAN = System(
    "VAE/GAN",
    "experiments/autoencoders/vae_gan.py",
    r"""L = \tfrac12 \lVert D_l(G(z)) - D_l(x) \rVert^2,\quad z \sim q(z \mid x)
E:\ \mathrm{KL}(q(z \mid x) \,\|\, N(0, I)) + L,\quad G:\ \gamma L + L_\mathrm{GAN}"""
    r",\quad D:\ \text{the GAN's, of reconstructions and of draws}",
    "Larsen et al. 2016: images are compared by the features of a GAN's discriminator.",
    ("vae-gan-mnist",),
    _vae_gan,
)


def page() -> str:
    return family(
        "Autoencoders",
        "An encoder, a decoder, and what is asked of the codes between them. Likelihoods and bounds stand beside those "
        "of autoregressive models on the page of [pixels](systems/pixels.md).",
        *[described(one) for one in (AUTOENCODER, VAE, PIXELVAE, ADVERSARIAL, VAE_GAN)],
        pretraining(),
    )


def line() -> Line:
    found = load("vae-binarized-mnist/test.json")
    return Line(
        "autoencoders, denoising ones, VAE and IWAE, PixelVAE, adversarial autoencoder, VAE/GAN",
        VAE.script,
        f"binarised MNIST in at most {found['nll']:.2f} nats (VAE)",
    )
