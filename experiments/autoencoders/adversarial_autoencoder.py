"""Adversarial autoencoders (Makhzani et al. 2015): codes that a discriminator makes those of a prior. The last line is
JSON: the squared error of reconstructions of the test split, else of what was trained on. RUN/codes.png maps codes by
class; RUN/latent.png is a normal prior's of length 2.

python experiments/autoencoders/adversarial_autoencoder.py --dataset mnist --latent 2 --prior swiss_roll
python experiments/autoencoders/adversarial_autoencoder.py --dataset mnist --latent 8 --out runs/aae
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import optax

from jaxgen import recipes, run
from jaxgen.abilities import Draw, Encode
from jaxgen.data import Fields
from jaxgen.errors import InputError
from jaxgen.latents import FLAT, PRIORS
from jaxgen.limits import AtLeast, Below
from jaxgen.measure import means
from jaxgen.nets import mlp, net, vae
from jaxgen.recipes import objectives
from jaxgen.show import codes


@dataclass(frozen=True)
class Config(objectives.Adversarial, run.Settings):
    """Adam, its steps growing smaller along a cosine over the first --decay rounds."""

    ALONE = "--width 200 --rounds 1500 --decay 1500"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/adversarial-autoencoder")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 10_000
    # Images in a round's batch, over all devices and processes together.
    batch: Annotated[int, AtLeast(1)] = 128
    # Units of the two hidden layers of every net.
    width: Annotated[int, AtLeast(1)] = 500
    # Length of the code.
    latent: Annotated[int, AtLeast(1)] = 8
    # What codes shall be drawn from; the last two lie in a plane.
    prior: Literal["normal", "uniform", "petals", "swiss_roll"] = "normal"
    # Adam's first step size in the reconstruction phase.
    lr: Annotated[float, AtLeast(0)] = 1e-3
    # Adam's first step sizes in the regularisation phase, D's and then the encoder's.
    lr_d: Annotated[float | None, AtLeast(0)] = 2e-4
    lr_e: Annotated[float, AtLeast(0)] = 2e-4
    # Rounds until the step sizes are zero; by default never: they stay.
    decay: Annotated[int | None, AtLeast(1)] = None
    # Decay, a round, of the averages of the parameters that images are made and errors measured with.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.999


def build(config: Config, fields: Fields) -> run.System:
    """Train an adversarial autoencoder, or go on with one, draw its codes and measure its reconstructions."""
    if config.prior in FLAT and config.latent != 2:
        raise InputError(f"--prior {config.prior} lies in a plane: --latent must be 2, not {config.latent}")
    E = mlp.Encoder(config.latent, widths := (config.width, config.width), config.dtype)
    G = vae.Decoder(fields.image.size, fields.image.channels, widths, dtype=config.dtype)
    D = mlp.Discriminator(widths, config.dtype, "spectral" if config.norm == "spectral" else "none")
    steps = replace(config, **{"lr_g": config.lr_g or config.lr_e}).steps  # type: ignore[arg-type] # E plays G's part
    game = recipes.adversarial_autoencoder(
        net(E), net(G), net(D), config.adversary, latent=config.latent, prior=PRIORS[config.prior],
        tx=optax.adam(config.falling(config.lr)), E_tx=steps.pop("G_tx"), **steps,
    )  # fmt: skip

    def finish(ended: run.Ended) -> dict[str, Any]:
        encode, decode, source = ended.net("E", net(E)), ended.net("G", net(G)), ended.measured
        codes.write_map(ended.folder, encode, source)
        if config.latent == 2 and config.prior == "normal":
            codes.write_manifold(ended.folder, decode)
        return {**ended.about, "error": means.error(source, encode, decode)}

    return run.System(config.played(game, "E"), [Draw(G, config.latent, config.prior), Encode(E)], finish=finish)


if __name__ == "__main__":
    run.start(build, Config)
