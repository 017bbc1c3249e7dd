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
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "autoencoders"))
import vae_gan
from jaxgen import run
from jaxgen.data import labelled, open_source
from jaxgen.errors import InputError
from jaxgen.model import edits, strokes
from jaxgen.model.frozen import Frozen, frozen
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import Folder, write, write_json


@dataclass(frozen=True)
class Config(vae_gan.Config):
    """The VAE/GAN of experiments/autoencoders/vae_gan.py, and then how its images are edited."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/edit")
    # Rounds until the run is done, those of earlier starts included: it may grow when a run goes on.
    rounds: int = 3000
    # Edit with the generator of this run's folder, on its data, instead of training one.
    run: Path | None = None
    # Split to take images from, such as train[:500] of a folder; by default the test split, else what was trained on.
    photos: str | None = None
    # Images to edit, the first ones.
    count: int = 4
    # An image with transparency, as large as the data's: colour strokes of your own, instead of the scripted edits.
    strokes: Path | None = None
    # An image that is white where the original shall stay, beside --strokes or --sketch.
    kept: Path | None = None
    # An image with transparency whose lines the edges shall follow.
    sketch: Path | None = None
    # Steps of a search for a code.
    steps: int = 200
    # Step size of searches, Adam's.
    lr: float = 0.05
    # Codes of the prior from which an image is searched for, where there is no encoder.
    restarts: int = 4
    # Weight of what stays, beside colour strokes.
    weight_keep: float = 1.0
    # Weight of sketches, beside colour strokes.
    weight_edge: float = 0.2
    # Weight of D's opinion of the image, -log D; 0 asks no D, as iGAN's released interface.
    weight_d: float = 0.0
    # Weight of the squared distance that z goes.
    smoothness: float = 0.01
    # Steps of the brush.
    brush_steps: int = 40
    # Step size of the brush.
    brush_lr: float = 0.5
    # How strongly the brush's changes show on the image: the paper's code has 1.
    brush_gain: float = 4.0
    # Show real images, as they are and edited, in pictures; without, for data that may not be passed on, only G's own.
    originals: bool = True
    # Channels of the largest feature map of every net.
    width: int = 24
    # Length of the code.
    latent: int = 64
    # Step sizes, of the encoder, of the decoder and of D; None is, for the last two, the objective's.
    lr_e: float = 5e-4
    lr_g: float | None = 5e-4
    lr_d: float | None = 3e-4


def checked(config: Config) -> None:
    """Raises InputError for settings that are out of range."""
    vae_gan.checked(config)
    for name in ("count", "steps", "restarts", "brush_steps"):
        if (value := getattr(config, name)) < 1:
            raise InputError(f"--{name.replace('_', '-')} is {value}; it must be at least 1")
    for name in ("smoothness", "weight_keep", "weight_edge", "weight_d", "brush_gain"):
        if not (value := getattr(config, name)) >= 0:
            raise InputError(f"--{name.replace('_', '-')} is {value}; it must not be negative")
    if config.kept and not (config.strokes or config.sketch):
        raise InputError("--kept needs --strokes or --sketch beside it: what is only kept is there already")
    if config.run and Folder(config.out).config_file.exists():
        raise InputError(f"{config.out} is a run of its own: --run needs another --out to write into")


def photos(config: Config, nets: Frozen) -> np.ndarray:
    """The images to edit, uint8 [N, H, W, C]: of the data that was trained on."""
    of = Folder(config.run or config.out).config()["settings"]
    told, where = of["dataset"], {"size": nets.size, "channels": nets.channels}
    data_dir = config.data_dir or (of["data_dir"] and Path(of["data_dir"]))
    if config.photos:
        source = open_source(told, split=config.photos, data_dir=data_dir, **where)
    else:
        test = labelled.held_out(told, split=of["split"], data_dir=data_dir, **where)
        source = test or open_source(told, split=of["split"], data_dir=data_dir, **where)
    return source.read(np.arange(min(config.count, source.length)))["image"]


def edit(config: Config, nets: Frozen, images: np.ndarray) -> None:
    """Make all edits, and write pictures of them and OUT/edits.json."""
    if config.strokes or config.sketch:
        drawings = [strokes.from_files(config.strokes, config.kept, config.sketch, nets.size, nets.channels)]
    else:
        drawings = [strokes.drawn(script, nets.size, nets.channels) for script in strokes.FACES]
    z0 = edits.projected(nets, images, steps=config.steps, lr=config.lr, restarts=config.restarts, seed=config.seed)
    picture, told = edits.igan(
        nets, images, z0, drawings, steps=config.steps, lr=config.lr, keep=config.weight_keep, edge=config.weight_edge,
        smoothness=config.smoothness, weight_d=config.weight_d, originals=config.originals,
    )  # fmt: skip
    write(config.out / "igan.png", pictures.png(picture))
    if nets.E and any(drawing.colour for drawing in drawings):
        picture, more = edits.brushed(
            nets,
            images,
            drawings,
            steps=config.brush_steps,
            lr=config.brush_lr,
            gain=config.brush_gain,
            originals=config.originals,
        )
        write(config.out / "brush.png", pictures.png(picture))
        told += more
    of = Folder(config.run or config.out).config()
    names = ("split", "size", "rounds", "batch", "seed", "width", "latent", "gamma", "lr_e", "lr_g", "lr_d")
    settings = {name: of["settings"][name] for name in names if name in of["settings"]}
    what = {"experiment": of["experiment"], "images": of["data"]["images"], "settings": settings}
    write_json(config.out / "edits.json", {"edits": told, "model": what, "environment": environment()})
    print(json.dumps({"edits": len(told), "moved": float(np.mean([one["moved"] for one in told]))}))


def main(config: Config) -> None:
    """Train a VAE/GAN, or take a run's generator, and edit images by strokes."""
    checked(config)
    if config.run is None:
        with run.Session(config, "edit") as session:
            vae_gan.train(config, session)
            if not session.first_process:
                return
    nets = frozen(config.run or config.out)
    if config.weight_d and nets.D is None:
        raise InputError(f"{config.run} has no discriminator to ask: say --weight-d 0")
    edit(config, nets, photos(config, nets))


if __name__ == "__main__":
    run.start(main, Config)
