"""`jaxgen inpaint` and `jaxgen invert`: image files in, completed ones, or their codes, out."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from tyro.conf import Positional

from jaxgen.data.files import SUFFIXES
from jaxgen.data.images import BROKEN
from jaxgen.errors import InputError
from jaxgen.metrics.images import psnr
from jaxgen.model import completions, inpainting
from jaxgen.model.frozen import Frozen, frozen
from jaxgen.model.inpainting import Search, checked
from jaxgen.show import pictures
from jaxgen.store.environment import environment
from jaxgen.store.folder import write, write_json

COLOURS = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3}  # modes that are kept as they are


@dataclass(frozen=True, kw_only=True)
class Inpaint(Search):
    """Complete images of which a part is missing, by a search for the code whose image fits the rest."""

    # The run's folder: one whose images are made from codes.
    run: Positional[Path]
    # Image files, or folders of them, of the size that the run makes; they come out in their own mode.
    images: Positional[tuple[Path, ...]]
    # What is missing: centre (a square in the middle); top, bottom, left or right (that half is known); random, blobs
    # or strokes with the share that is missing (random:0.8); or an image file of that size, its white pixels known.
    mask: str = "centre"
    # A folder for the completed images, sheet.png, optimisation.gif and losses.json.
    out: Path = Path("inpainted")
    # Shift the colours of what is filled in so that no seam is seen (Poisson blending), or leave them as G drew them.
    blend: Literal["none", "poisson"] = "none"
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        nets, given = _given(self.run, self.checkpoint, self.images, self)
        images = np.stack([colours for _, colours, _ in given])
        known = completions.known(self.mask, nets.size, len(images), self.seed)
        _writable(self.out)
        done = inpainting.completed(nets, images, known, self, inpainting.dispatches(self.steps))
        final = inpainting.blended(done, images, known) if self.blend == "poisson" else done.images
        for (name, _, alpha), image in zip(given, final):
            write(self.out / name, pictures.png(_restored(image, alpha)))
        shown = [done.images, final] if self.blend == "poisson" else [final]
        write(self.out / "sheet.png", pictures.png(inpainting.sheet(images, known, *shown)))
        frames = inpainting.frames(nets, done.found.path, images, known)
        write(self.out / "optimisation.gif", _gif(frames))
        restarts = [
            {name: cost[i * self.restarts : (i + 1) * self.restarts].tolist() for name, cost in done.all.costs.items()}
            for i in range(len(images))
        ]
        records = [
            {"image": name, "missing": float((~known[i]).mean()), **_costs(done, i), "restarts": restarts[i]}
            for i, (name, _, _) in enumerate(given)
        ]
        write_json(self.out / "losses.json", {**_about(self, nets), "mask": self.mask, "images": records})
        print(self.out)


@dataclass(frozen=True, kw_only=True)
class Invert(Search):
    """Find the codes of images: by the run's encoder, by a search, or by a search from where the encoder points."""

    # The run's folder: one whose images are made from codes.
    run: Positional[Path]
    # Image files, or folders of them, of the size that the run makes.
    images: Positional[tuple[Path, ...]]
    # How: the encoder's guess, a search by gradient, or the one and then the other.
    method: Literal["encoder", "search", "both"] = "search"
    # A folder for sheet.png (images, and what G makes of their codes), codes.npz and errors.json.
    out: Path = Path("inverted")
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Weight of D's opinion of the image, which an inversion does not need.
    weight: float = 0.0
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        nets, given = _given(self.run, self.checkpoint, self.images, self)
        if self.method != "search" and nets.E is None:
            raise InputError(f"{self.run} has no encoder: say --method search")
        images = np.stack([colours for _, colours, _ in given])
        _writable(self.out)
        codes, drawn, costs = inverted(nets, images, self.method, self)
        write(self.out / "sheet.png", pictures.png(pictures.grid(np.concatenate([images, drawn]), len(images))))
        buffer = io.BytesIO()
        np.savez_compressed(buffer, codes=codes)
        write(self.out / "codes.npz", buffer.getvalue())
        decibels = psnr(images, drawn)
        errors = [
            {"image": name, "psnr": float(decibels[i]), **{k: float(v[i]) for k, v in costs.items()}}
            for i, (name, _, _) in enumerate(given)
        ]
        about = {**_about(self, nets), "method": self.method}
        write_json(self.out / "errors.json", {**about, "psnr": float(decibels.mean()), "images": errors})
        print(f"PSNR {decibels.mean():.2f} dB (mean of {len(images)})")
        print(self.out)


def inverted(
    nets: Frozen, images: np.ndarray, method: str, search: Search
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Codes [N, latent] of uint8 images [N, H, W, C], what G makes of them, and what the search says they cost."""
    if method == "encoder":
        codes = nets.guess(images)
        return codes, nets.images(codes), {}
    settings = {name: getattr(search, name) for name in Search.__dataclass_fields__}
    settings |= {"weighting": "plain", "start": "encoder" if method == "both" else "prior"}
    everything = np.ones(images.shape[:3], bool)
    done = inpainting.completed(nets, images, everything, Search(**settings))
    return done.found.code, done.drawn, done.found.costs


def _given(
    run: Path, checkpoint: str, paths: Sequence[Path], search: Search
) -> tuple[Frozen, list[tuple[str, np.ndarray, np.ndarray | None]]]:
    """A run's nets, and image files as a name, uint8 colours [H, W, C] and what is transparent [H, W], if anything."""
    nets = frozen(run, checkpoint)
    checked(search, nets, run)
    if not paths:
        raise InputError("no images to work on: name files or folders after the run")
    files = [file for path in paths for file in ([path] if not path.is_dir() else _inside(path))]
    given = [(f"{file.stem}.png", *_read(file, nets)) for file in files]
    names = [name for name, _, _ in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"several images would be written as {twice[0]}: give them different names")
    if taken := {"sheet.png"} & set(names):
        raise InputError(f"an image may not be called {taken.pop()}: another picture has that name")
    return nets, given


def _inside(folder: Path) -> list[Path]:
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
    if not found:
        raise InputError(f"no images in the folder {folder}")
    return found


def _read(file: Path, nets: Frozen) -> tuple[np.ndarray, np.ndarray | None]:
    try:
        with Image.open(file) as image:
            image.load()
    except FileNotFoundError:
        raise InputError(f"there is no file {file}") from None
    except BROKEN as error:
        raise InputError(f"{file} cannot be read as an image ({type(error).__name__}: {error})") from None
    if image.mode not in COLOURS:
        raise InputError(f"{file} has the mode {image.mode}: save it as grey (L) or as RGB, with alpha or without")
    if (wanted := (nets.size, nets.size)) != image.size:
        width, height = image.size
        raise InputError(f"{file} is {width}x{height} pixels, and the run makes images of {wanted[0]}x{wanted[1]}")
    if COLOURS[image.mode] != nets.channels:
        raise InputError(f"{file} has {COLOURS[image.mode]} channels of colour, and the run's images {nets.channels}")
    pixels = np.asarray(image).reshape(nets.size, nets.size, -1)
    return pixels[..., : nets.channels], pixels[..., nets.channels] if pixels.shape[2] > nets.channels else None


def _restored(image: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    """Colours [H, W, C], and what is transparent, in the mode that the file had."""
    pixels = image if alpha is None else np.concatenate([image, alpha[..., None]], -1)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _writable(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file: --out is the name of a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror})") from None


def _costs(done: inpainting.Completed, i: int) -> dict[str, float]:
    return {name: float(cost[i]) for name, cost in done.found.costs.items()}


def _about(command: Inpaint | Invert, nets: Frozen) -> dict[str, object]:
    settings = {name: getattr(command, name) for name in Search.__dataclass_fields__}
    settings["perceptual"] = command.perceptual or nets.perceptual
    return {"run": str(command.run), "round": nets.round, "digest": nets.digest, **settings, **environment()}


def _gif(frames: Sequence[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    last = [frames[-1]] * 8
    frames[0].save(buffer, "GIF", save_all=True, append_images=[*frames[1:], *last], duration=120, loop=0)
    return buffer.getvalue()
