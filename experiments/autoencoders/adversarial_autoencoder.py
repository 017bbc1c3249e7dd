"""Adversarial autoencoders (Makhzani et al. 2015): codes that a discriminator makes those of a prior.

python experiments/autoencoders/adversarial_autoencoder.py --dataset mnist --latent 2 --out runs/aae-plane
python experiments/autoencoders/adversarial_autoencoder.py --dataset mnist --latent 2 --prior swiss_roll --out runs/aae-roll
python experiments/autoencoders/adversarial_autoencoder.py --dataset mnist --latent 8 --out runs/aae

The last line is JSON: the squared error of an image's reconstruction on the test split, or, where the data has none, on
the images trained on. RUN/codes.png is a map of their codes, coloured by class, and RUN/latent.png the manifold of a
normal prior of length 2.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import jax
import optax
from tyro.conf import Suppress

from jaxgen import recipes, run
from jaxgen.data import labelled
from jaxgen.errors import InputError
from jaxgen.losses import reconstruction
from jaxgen.nets import mlp, net, vae
from jaxgen.recipes.objectives import Adversarial
from jaxgen.sampling import LatentSampler
from jaxgen.sampling.latent import FLAT, PRIORS
from jaxgen.show import codes, pictures
from jaxgen.store.folder import write


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds, unless the objective's paper has
    another optimiser for the regularisation phase."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/adversarial-autoencoder")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 10_000
    # Images in a round's batch, over all devices and processes together.
    batch: int = 128
    # Units of the two hidden layers of every net.
    width: int = 500
    # Length of the code.
    latent: int = 8
    # What codes shall be drawn from; the last two lie in a plane.
    prior: Literal["normal", "uniform", "petals", "swiss_roll"] = "normal"
    # Adam's first step size in the reconstruction phase.
    lr: float = 1e-3
    # First step sizes in the regularisation phase, D's and then the encoder's; None is the objective's.
    lr_d: float | None = 2e-4
    lr_e: float | None = 2e-4
    # Of the encoder, which plays G's part: --lr-e.
    lr_g: Suppress[float | None] = None
    # Rounds until the step sizes are zero; by default never: they stay.
    decay: int | None = None
    # Decay, a round, of the averages of the parameters that images are made and errors measured with.
    ema: float = 0.999


def checked(config: Config) -> None:
    """Raises InputError for settings that do not go together."""
    for name in ("latent", "width"):
        if (value := getattr(config, name)) < 1:
            raise InputError(f"--{name} is {value}; it must be at least 1")
    if config.prior in FLAT and config.latent != 2:
        raise InputError(f"--prior {config.prior} lies in a plane: --latent must be 2, not {config.latent}")


def main(config: Config) -> None:
    """Train an adversarial autoencoder, or go on with one, draw its codes and measure its reconstructions."""
    checked(config)
    with run.Session(config, "adversarial_autoencoder") as session:
        widths = (config.width, config.width)
        E = mlp.Encoder(config.latent, widths, config.dtype)
        G = vae.Decoder(session.size, session.channels, widths, dtype=config.dtype)
        D = mlp.Discriminator(widths, config.dtype, "spectral" if config.norm == "spectral" else "none")
        lr = optax.cosine_decay_schedule(config.lr, config.decay) if config.decay else config.lr
        steps = replace(config, lr_g=config.lr_e).steps
        game = recipes.adversarial_autoencoder(
            net(E), net(G), net(D), config.adversary, latent=config.latent, prior=PRIORS[config.prior],
            tx=optax.adam(lr), E_tx=steps.pop("G_tx"), **steps,
        )  # fmt: skip
        sampler = LatentSampler(G, config.latent, config.prior)
        state = session.train(config.played(game, "E"), sampler, nets={"E": E})
        if not session.first_process:
            return
        params, stats = codes.averaged(state, ("E", "G"))
        where = {"data_dir": config.data_dir, "size": config.size, "channels": config.channels}
        test = labelled.held_out(config.dataset, split=config.split, **where)
        source = test or session.source
        encode = jax.jit(lambda x: net(E).apply(params["E"], stats["E"], x, train=False)[0])
        decode = jax.jit(lambda z: net(G).apply(params["G"], stats["G"], z, train=False)[0])
        write(config.out / "codes.png", pictures.png(codes.code_map(*codes.some(encode, source))))
        if config.latent == 2 and config.prior == "normal":
            write(config.out / "latent.png", pictures.png(pictures.grid(*codes.manifold(decode))))
        result = {
            "rounds": int(state.round),
            "measured_on": "train" if test is None else "test",
            "images": source.length,
            "error": codes.mean_over(source, lambda x, keys: reconstruction.squared(decode(encode(x)), x)),
        }
        (config.out / "test.json").write_text(json.dumps(result) + "\n")
        print(json.dumps(result))


if __name__ == "__main__":
    run.start(main, Config)
