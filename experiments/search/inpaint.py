"""Semantic inpainting (Yeh et al. 2016/2017): train a DCGAN, or take a run, and complete images that it never saw.

python experiments/search/inpaint.py --dataset mnist --rounds 5000 --out runs/inpaint
python experiments/search/inpaint.py --dataset ./faces --split 'train[500:]' --test 'train[:500]' --size 64 \\
    --objective r3gan --penalty 0.5 --width 32 --rounds 4500 --decay 4500 --weight 2 --out runs/faces
python experiments/search/inpaint.py --run runs/faces --dataset ./faces --test 'train[:500]' --out runs/faces-inpainted

OUT/inpainting has, for every mask, a picture (image, known part, completion, nearest training image), and in
inpainting.json L1, PSNR, SSIM and, where its weights are installed, LPIPS, beside completions that need no GAN. The
last line is its JSON.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from jaxgen import recipes, run
from jaxgen.abilities import Draw, Judge
from jaxgen.data import Fields
from jaxgen.limits import AtLeast, Seed
from jaxgen.measure.inpainting_figures import Compared
from jaxgen.nets import dcgan, net
from jaxgen.recipes import objectives
from jaxgen.show.inpainted import write_completions


@dataclass(frozen=True)
class Config(Compared, objectives.Adversarial, run.Settings):
    """A DCGAN's settings, and those of the search for codes."""

    DIGITS = 16
    ALONE = "--width 32 --rounds 600"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/inpaint")
    # Of parameters, data, codes to start from, chains' noise and random masks.
    seed: Seed = 0
    # A finished run to complete images with, instead of training one.
    run: Path | None = None
    # Length of z.
    latent: Annotated[int, AtLeast(1)] = 100
    # Channels of the largest hidden feature map of G and D; each smaller map has twice as many.
    width: Annotated[int, AtLeast(1)] = 64


def complete(config: Config, path: Path) -> dict[str, float]:
    """Complete images with a run."""
    out = config.out / "inpainting"
    return write_completions(path, out, config, config.dataset, config.split, config.data_dir)


def instead(config: Config) -> bool:
    """Complete images with another run, where one is named."""
    if config.run is not None:
        print(json.dumps(complete(config, config.run)))
    return config.run is not None


def build(config: Config, fields: Fields) -> run.System:
    """Train a DCGAN, or take a run, and complete images."""
    G = dcgan.Generator(fields.image.size, fields.image.channels, config.width, config.dtype)
    D = dcgan.Discriminator(config.width, config.dtype, config.norm)
    adversary, steps = config.adversary, objectives.steps(config)
    game = config.played(recipes.gan(net(G), net(D), adversary, latent=config.latent, **steps))
    abilities = [Draw(G, config.latent), Judge(D, zero=adversary.zero)]
    return run.System(game, abilities, critic=net(D), finish=lambda ended: complete(config, ended.folder))


if __name__ == "__main__":
    run.start(build, Config, instead=instead)
