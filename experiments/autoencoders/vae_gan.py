"""VAE/GAN (Larsen et al. 2016): a VAE whose images are compared by the features of a GAN's discriminator.

python experiments/autoencoders/vae_gan.py --dataset mnist --out runs/vae-gan

The run's pictures are of decoded draws of the prior. RUN/again.png has rows of images and of their reconstructions,
RUN/codes.png a map of codes, coloured by class. The last line is JSON: the squared error of a reconstruction, of which
the net never hears, and the divergence of codes in nats, on the test split, or, where the data has none, on the images
trained on.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxgen import recipes, run
from jaxgen.data import labelled
from jaxgen.errors import InputError
from jaxgen.game import Net, State
from jaxgen.losses import divergence, reconstruction
from jaxgen.nets import dcgan, net, vae
from jaxgen.recipes.objectives import Adversarial
from jaxgen.sampling import LatentSampler
from jaxgen.show import codes, pictures
from jaxgen.store.folder import write

SHOWN = 16  # images in a row of RUN/again.png


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """Adam with betas 0.5 and 0.999 for all three nets, which are DCGAN's, unless the objective's paper says otherwise
    for D and the decoder."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/vae-gan")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 5000
    # Images in a round's batch, over all devices and processes together.
    batch: int = 64
    # Channels of the largest feature map of every net.
    width: int = 32
    # Length of the code.
    latent: int = 16
    # Weight of the features' distance, beside the adversarial loss, for the decoder.
    gamma: float = 1e-2
    # Step sizes, of the encoder, of the decoder and of D; None is, for the last two, the objective's.
    lr_e: float = 2e-4
    lr_g: float | None = 2e-4
    lr_d: float | None = 2e-4
    # Decay, a round, of the averages of the parameters that images are made and errors measured with.
    ema: float = 0.999


def checked(config: Config) -> None:
    """Raises InputError for settings that are out of range."""
    for name in ("latent", "width"):
        if (value := getattr(config, name)) < 1:
            raise InputError(f"--{name} is {value}; it must be at least 1")
    if config.gamma < 0:
        raise InputError(f"--gamma is {config.gamma}; it must not be negative")


def train(config: Config, session: run.Session) -> tuple[State, Net, Net]:
    """The state at the end, and encoder and decoder."""
    E = vae.ConvEncoder(config.latent, config.width, config.dtype)
    G = dcgan.Generator(session.size, session.channels, config.width, config.dtype)
    D = dcgan.Discriminator(config.width, config.dtype, config.norm, features=True)
    game = recipes.vae_gan(
        net(E), net(G), net(D), config.adversary, latent=config.latent, gamma=config.gamma,
        E_tx=optax.adam(config.lr_e, b1=0.5), **config.steps,
    )  # fmt: skip
    state = session.train(config.played(game), LatentSampler(G, config.latent), nets={"E": E, "D": D})
    return state, net(E), net(G)


def main(config: Config) -> None:
    """Train a VAE/GAN, or go on with one, draw what it makes of images and measure that."""
    checked(config)
    with run.Session(config, "vae_gan") as session:
        state, E, G = train(config, session)
        if not session.first_process:
            return
        params, stats = codes.averaged(state, ("E", "G"))
        where = {"data_dir": config.data_dir, "size": config.size, "channels": config.channels}
        test = labelled.held_out(config.dataset, split=config.split, **where)
        source = test or session.source
        encode = jax.jit(lambda x: E.apply(params["E"], stats["E"], x, train=False)[0])
        decode = jax.jit(lambda z: G.apply(params["G"], stats["G"], z, train=False)[0])
        write(config.out / "codes.png", pictures.png(codes.code_map(*codes.some(lambda x: encode(x)[0], source))))
        first = source.read(np.arange(min(SHOWN, source.length)))["image"]
        again = pictures.to_uint8(decode(encode(jnp.asarray(first, jnp.float32) / 127.5 - 1)[0]))
        write(config.out / "again.png", pictures.png(pictures.grid(np.concatenate([first, again]), len(first))))
        result = {
            "rounds": int(state.round),
            "measured_on": "train" if test is None else "test",
            "images": source.length,
            "error": codes.mean_over(source, lambda x, keys: reconstruction.squared(decode(encode(x)[0]), x)),
            "kl": codes.mean_over(source, lambda x, keys: divergence.to_standard(*encode(x))),
        }
        (config.out / "test.json").write_text(json.dumps(result) + "\n")
        print(json.dumps(result))


if __name__ == "__main__":
    run.start(main, Config)
