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
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxgen import recipes, run
from jaxgen.data import labelled, masks, open_source
from jaxgen.errors import InputError
from jaxgen.measure.extract import evenly
from jaxgen.measure.inpainting_figures import autoregressive, baselines, figures
from jaxgen.model import inpainting
from jaxgen.model.frozen import frozen
from jaxgen.nets import dcgan, net
from jaxgen.recipes.objectives import Adversarial
from jaxgen.sampling import LatentSampler
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

SHOWN = 10  # rows of a picture


@dataclass(frozen=True)
class Config(inpainting.Search, Adversarial, run.Settings):
    """A DCGAN's settings, and those of the search for codes."""

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/inpaint")
    # Of parameters, data, codes to start from, chains' noise and random masks.
    seed: int = 0
    # A finished run to complete images with, instead of training one.
    run: Path | None = None
    # A finished run of an autoregressive model of the same images: its completions stand beside the others.
    autoregressive: Path | None = None
    # Length of z.
    latent: int = 100
    # Channels of the largest hidden feature map of G and D; each smaller map has twice as many.
    width: int = 64
    # Split of the images to complete; by default test, where there is one, else the images trained on.
    test: str | None = None
    # How many of them, spread evenly over the split.
    count: int = 200
    # Masks, as for jaxgen inpaint, with commas.
    masks: str = "centre,top,random:0.25,random:0.8"


def main(config: Config) -> None:
    """Train a DCGAN, or take a run, and complete images."""
    if config.count < 1:
        raise InputError(f"--count is {config.count}; it must be at least 1")
    if config.run is None:
        with run.Session(config, "inpaint") as session:
            G = dcgan.Generator(session.size, session.channels, config.width, config.dtype)
            D = dcgan.Discriminator(config.width, config.dtype, config.norm)
            game = recipes.gan(net(G), net(D), config.adversary, latent=config.latent, **config.steps)
            session.train(config.played(game), LatentSampler(G, config.latent), nets={"D": D}, critic=net(D))
            if not session.first_process:
                return
    complete(config)


def complete(config: Config) -> None:
    """All masks, one after the other."""
    nets = frozen(config.run or config.out)
    inpainting.checked(config, nets, config.run or config.out)
    where = {"data_dir": config.data_dir, "size": nets.size, "channels": nets.channels}
    train = open_source(config.dataset, split=config.split, **where)
    held_out = labelled.held_out(config.dataset, split=config.split, **where) if config.test is None else None
    source = held_out or (open_source(config.dataset, split=config.test, **where) if config.test else train)
    images = source.read(evenly(source.length, config.count))["image"]
    named = [(told, masks.named(told, nets.size, len(images), config.seed)) for told in config.masks.split(",")]
    beside = baselines(train)
    if pixels := config.autoregressive:
        beside["autoregressive"] = autoregressive(pixels, images, config.dataset, config.seed)
    record: dict = {"run": str(config.run or config.out), "round": nets.round, "digest": nets.digest}
    record |= {"images": len(images), "seen_in_training": source is train, "rows": [], **environment()}
    folder = config.out / "inpainting"
    for told, known in named:
        began = time.perf_counter()
        done = inpainting.completed(nets, images, known, config)
        seconds = time.perf_counter() - began
        others = {name: other(images, known) for name, other in beside.items()}
        loss = done.found.costs["loss"]
        cost = {"mean": float(loss.mean()), "deviation": float(loss.std())}
        rows = {"model": {**figures(images, known, done.drawn), "loss": cost}}
        rows |= {name: figures(images, known, drawn) for name, drawn in others.items()}
        about = {"mask": told, "seconds": seconds, "images_per_second": len(images) / seconds}
        record["rows"] += [{**about, "by": name, **found} for name, found in rows.items()]
        first = slice(SHOWN)
        near = np.where(known[..., None], images, others["nearest training image"])
        sheet = inpainting.sheet(images[first], known[first], done.images[first], near[first])
        write(folder / f"{told.replace(':', '-')}.png", pictures.png(sheet))
    record["search"] = {name: getattr(config, name) for name in inpainting.Search.__dataclass_fields__}
    write_json(folder / "inpainting.json", record)
    print(json.dumps({row["mask"] + ", " + row["by"]: round(row["psnr"]["mean"], 2) for row in record["rows"]}))


if __name__ == "__main__":
    run.start(main, Config)
