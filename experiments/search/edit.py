"""Editing on a generator's manifold: iGAN (Zhu et al. 2016) and the Neural Photo Editor (Brock et al. 2017), scripted.

python experiments/search/edit.py --dataset ./faces --size 32 --out runs/edit
python experiments/search/edit.py --run runs/vae-gan --out runs/edit

Trains a VAE/GAN, or takes the generator of a run, and asks for strokes on a few images. OUT/igan.png and OUT/brush.png
have a row for each edit: the image, what was asked (grey where all is free, the generator's image where that stays),
the path from the generator's own image to the edited one, and the edit carried over to the real image. OUT/edits.json
says how far each was from what was asked before and after, in mean squares, and how far z went. A generator without an
encoder is edited by iGAN alone, from codes that are searched for.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from jaxgen import run
from jaxgen.data import Fields
from jaxgen.errors import InputError
from jaxgen.limits import AtLeast
from jaxgen.model.edits import Edits
from jaxgen.show.edited import write_edits
from jaxgen.store.folder import Folder

vae_gan = run.rows.experiment("autoencoders/vae_gan", Path(__file__).parents[1])


@dataclass(frozen=True)
class Config(Edits, vae_gan.Config):  # type: ignore[name-defined]
    """The VAE/GAN of experiments/autoencoders/vae_gan.py, and then how its images are edited."""

    ALONE = "--rounds 500"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/edit")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: Annotated[int, AtLeast(1)] = 3000
    # Edit with the generator of this run's folder, on its data, instead of training one.
    run: Path | None = None
    # Channels of the largest feature map of every net.
    width: Annotated[int, AtLeast(1)] = 24
    # Length of the code.
    latent: Annotated[int, AtLeast(1)] = 64
    # Adam's step sizes, of the encoder, of the decoder and of D.
    lr_e: Annotated[float, AtLeast(0)] = 5e-4
    lr_g: Annotated[float | None, AtLeast(0)] = 5e-4
    lr_d: Annotated[float | None, AtLeast(0)] = 3e-4


def instead(config: Config) -> bool:
    """Edit with the generator of another run, where one is named."""
    if config.kept and not (config.strokes or config.sketch):
        raise InputError("--kept needs --strokes or --sketch beside it: what is only kept is there already")
    if config.run is None:
        return False
    if Folder(config.out).config_file.exists():
        raise InputError(f"{config.out} is a run of its own: --run needs another --out to write into")
    print(json.dumps(write_edits(config.run, config.out, config, config.seed, config.data_dir)))
    return True


def build(config: Config, fields: Fields) -> run.System:
    """Train a VAE/GAN, or take a run's generator, and edit images by strokes."""
    system = vae_gan.build(config, fields)
    return system._replace(
        finish=lambda ended: write_edits(ended.folder, ended.folder, config, config.seed, config.data_dir)
    )


if __name__ == "__main__":
    run.start(build, Config, instead=instead)
