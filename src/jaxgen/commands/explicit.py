"""`jaxgen likelihood` and `jaxgen complete`: what can be done with a model that has a density."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import flax.errors
import jax
import numpy as np
from tyro.conf import Positional

from jaxgen import sampling
from jaxgen.data import Source, open_source
from jaxgen.errors import InputError
from jaxgen.executors import data_mesh
from jaxgen.losses.decoders import likelihood
from jaxgen.measure import likelihoods
from jaxgen.measure.extract import evenly
from jaxgen.measure.likelihoods import checked
from jaxgen.model import completions
from jaxgen.model.trained import read_checkpoint, subtree, variables
from jaxgen.nets import linen, vae
from jaxgen.pixels import PIXELS, dequantised, floats
from jaxgen.show import pictures
from jaxgen.store.folder import Folder, write, write_json


@dataclass(frozen=True)
class Likelihood:
    """Measure a run's likelihood of images: nats an image and bits per dimension."""

    # The run's folder: an autoregressive model, or a VAE, of which bounds are measured.
    run: Positional[Path]
    # Split of the data; by default test, where there is one that the run did not see, else what it was trained on.
    split: str | None = None
    # Other images than the run's own, as for --dataset of the experiments; they must have the size that it knows.
    dataset: str | None = None
    # How many of them, spread evenly over the split; by default all.
    images: int | None = None
    # Samples for each image of a VAE's importance-weighted bound.
    samples: int = 500
    # Of a VAE's noise.
    seed: int = 0
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Print the record instead of sentences; it goes into RUN/scores in any case.
    json: bool = False
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        for name, least in (("images", 1), ("samples", 1), ("seed", 0)):
            if (value := getattr(self, name)) is not None and value < least:
                raise InputError(f"--{name} is {value}; it must be at least {least}")
        folder = Folder(self.run)
        model, told = of_run(folder, self.checkpoint, self.samples, self.seed)
        source, about = source_of(folder.config()["settings"], self.dataset, self.split)
        count = min(self.images or source.length, source.length)
        try:
            found = likelihoods.measured(model, source, count, data_mesh(jax.local_devices()))
        except flax.errors.FlaxError as error:
            line = str(error).splitlines()[0]
            raise InputError(f"the checkpoint of {self.run} does not fit the nets in its config: {line}") from None
        numbers = [value for value in found.values() if isinstance(value, float)]
        if not np.all(np.isfinite(numbers)):
            raise InputError(f"the likelihood of {source.name} is not a number: {found}")
        record = {"run": str(self.run), **about, "shape": list(source.shape), **found, **told}
        out = folder.scores / f"round-{told['round']:07}-likelihood-{about['split'].replace('/', '_')}.json"
        write_json(out, record)
        for line in [json.dumps(record)] if self.json else likelihoods.lines(record):
            print(line)
        print(out, file=sys.stderr)


@dataclass(frozen=True)
class Complete:
    """Draw the unknown part of images, several times each, with an autoregressive model."""

    # The run's folder.
    run: Positional[Path]
    # What is known: top, bottom, left or right is that half; centre lacks a square in the middle; random, blobs and
    # strokes lack a share of the pixels (random:0.8); or an image file of that size, its white pixels known. Pixels are
    # drawn row by row: of known ones only those above, and to the left, of a drawn one tell it something.
    mask: str = "top"
    # Images, as for --dataset of the experiments; by default those of the run, of its test split where it has one.
    dataset: str | None = None
    # Split of the data.
    split: str | None = None
    # How many images, spread over the split.
    count: int = 10
    # Completions of each.
    samples: int = 6
    # The same seed gives the same completions.
    seed: int = 0
    # A .png for a picture, a row an image: itself, what is known, its completions; an .npz for an array of those,
    # [image, completion, H, W, C]. By default RUN/completions.png.
    out: Path | None = None
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        for name, least in (("count", 1), ("samples", 1), ("seed", 0)):
            if (value := getattr(self, name)) < least:
                raise InputError(f"--{name} is {value}; it must be at least {least}")
        out = self.out or self.run / "completions.png"
        if out.suffix not in (".png", ".npz"):
            raise InputError(f"{out}: completions are written as .png or .npz")
        folder = Folder(self.run)
        sampler = sampling.build(described) if (described := folder.config().get("sampler")) else None
        if not isinstance(sampler, sampling.AncestralSampler):
            coded = isinstance(sampler, sampling.PixelVAESampler)
            why = "whose pixels need a code of the whole image" if coded else "which does not draw pixel by pixel"
            raise InputError(f"{self.run} is a run of {folder.config().get('experiment')}, {why}")
        model, _ = of_run(folder, self.checkpoint)
        known = completions.known(self.mask, sampler.size, self.count, self.seed)
        source, _ = source_of(folder.config()["settings"], self.dataset, self.split)
        batch = checked(source.read(evenly(source.length, self.count)), model, source.name)
        images, known = batch["image"], known[: len(batch["image"])]
        drawn = completions.completed(
            sampler, model.variables[0], images, known, self.samples, self.seed, batch.get("label")
        )
        if out.suffix == ".npz":
            out.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(out, images=drawn)
        else:
            write(out, pictures.png(completions.picture(images, known, drawn)))
        print(out)


def source_of(settings: dict[str, Any], dataset: str | None, split: str | None) -> tuple[Source, dict[str, Any]]:
    """The images of a run with these settings, or others, and what they are called."""
    data_dir = Path(settings["data_dir"]) if settings.get("data_dir") else None
    where: dict[str, Any] = {"data_dir": data_dir, "size": settings["size"], "channels": settings["channels"]}
    name = dataset or settings["dataset"]
    if split is None:
        source, split = likelihoods.test_split(name, "train" if dataset else settings["split"], **where)
    else:
        source = open_source(name, split=split, **where)
    return source, {"dataset": name, "split": split, "of": source.length, "fingerprint": source.fingerprint()}


def of_run(
    folder: Folder, checkpoint: str = "last", samples: int = 500, seed: int = 0
) -> tuple[likelihoods.Model, dict[str, Any]]:
    """The likelihood model in a run's folder, and which parameters it has.

    Raises:
      InputError: it is not a run's folder, has no whole checkpoint, or its model gives no likelihood.
    """
    config = folder.config()
    described, nets = config.get("sampler") or {}, config.get("nets") or {}
    sampler = sampling.build(described) if described else None
    E = linen.build(nets["E"]) if "E" in nets else None
    if isinstance(sampler, sampling.AncestralSampler):
        arrays, record = read_checkpoint(folder, checkpoint)
        P, family = linen.net(sampler.module), PIXELS[sampler.pixels](sampler.channels)
        shape = (sampler.size, sampler.size, sampler.channels)
        model = likelihoods.of_autoregressive(P, family, variables(arrays, sampler.net), shape, sampler.classes)
        main = sampler.net
    elif isinstance(sampler, sampling.PixelVAESampler) and isinstance(E, vae.Encoder | vae.ConvEncoder):
        arrays, record = read_checkpoint(folder, checkpoint)
        model, main = _pixelvae(E, sampler, arrays, samples, seed), "G"
    elif isinstance(E, vae.Encoder | vae.ConvEncoder) and isinstance(
        G := getattr(sampler, "module", None), vae.Decoder | vae.ConvDecoder
    ):
        arrays, record = read_checkpoint(folder, checkpoint)
        model, main = _vae(E, G, arrays, config["settings"].get("deviation"), samples, seed), "G"
    else:
        raise InputError(f"{folder.path} is a run of {config.get('experiment')}, which gives images no likelihood")
    parameters = "averaged" if subtree(arrays, f"ema/{main}/") else "as trained"
    return model, {"round": int(arrays["round"]), "digest": record["digest"], "parameters": parameters}


def _vae(E: Any, G: Any, arrays: Any, deviation: float | None, samples: int, seed: int) -> likelihoods.Model:
    return likelihoods.of_vae(
        linen.net(E),
        linen.net(G.clone(raw=True)),
        likelihood(G.likelihood, deviation),
        _both(arrays),
        (G.size, G.size, G.channels),
        G.likelihood,
        samples,
        dequantised if G.likelihood == "gaussian" else floats,
        seed,
    )


def _pixelvae(E: Any, sampler: sampling.PixelVAESampler, arrays: Any, samples: int, seed: int) -> likelihoods.Model:
    G, unlikely = sampler.module, PIXELS[sampler.pixels](sampler.channels).unlikely
    return likelihoods.of_vae(
        linen.net(E), linen.net(G), unlikely, _both(arrays), (G.size, G.size, sampler.channels), sampler.pixels,
        samples, seed=seed, autoregressive=True,
    )  # fmt: skip


def _both(arrays: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and stats of encoder and decoder."""
    both = {name: variables(arrays, name) for name in ("E", "G")}
    return {name: found[0] for name, found in both.items()}, {name: found[1] for name, found in both.items()}
