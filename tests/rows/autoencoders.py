"""Encoders and decoders, with and without a bound or an adversary."""

from rows.gan import ACCURACY, SCORES
from rows.row import Row

AUTOENCODER = {f"AE/{m}" for m in ("loss", "grad_norm", "reconstruction")}
VAE = {f"VAE/{m}" for m in ("loss", "grad_norm", "kl")}
BOUND = VAE | {"VAE/reconstruction", "VAE/elbo"}

ROWS = {
    "autoencoder": Row("autoencoder", "--width 8 --latent 4 --noise masking", AUTOENCODER),
    "adversarial_autoencoder": Row(
        "adversarial_autoencoder",
        "--width 8 --latent 4",
        AUTOENCODER | {f"{p}/{m}" for p in "DE" for m in ("loss", "grad_norm", "adversarial")} | SCORES | ACCURACY,
        reduced={"E": 2},
    ),
    "vae": Row("vae", "--width 12 --latent 3 --free-bits 0.01", BOUND, after="--is-samples 2"),
    "vae, logistic": Row("vae", "--width 12 --latent 3 --decoder logistic", BOUND, after="--is-samples 2", slow=True),
    "vae, conv": Row("vae", "--nets conv --width 4 --latent 3 --beta 2", BOUND, after="--is-samples 2", slow=True),
    "vae, importance": Row(
        "vae", "--width 12 --latent 3 --importance 3", VAE | {"VAE/bound"}, after="--is-samples 2", slow=True
    ),
    "pixelvae": Row(
        "pixelvae",
        "--width 4 --filters 4 --latent 4 --pixels logistics",
        BOUND,
        after="--is-samples 2 --test-images 8",
    ),
    "vae_gan": Row(
        "vae_gan",
        "--width 4 --latent 4",
        {f"{p}/{m}" for p in "DEG" for m in ("loss", "grad_norm")}
        | {"E/prior", "E/features", "G/features", "G/adversarial", "D/adversarial"}
        | {f"D/{what}_{kind}" for what in ("accuracy", "score") for kind in ("real", "again", "fresh")},
    ),
}
