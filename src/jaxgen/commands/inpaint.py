"""`jaxgen inpaint` and `jaxgen invert`: image files in, completed ones, or their codes, out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tyro.conf import Positional

from jaxgen.errors import InputError
from jaxgen.limits import AtLeast
from jaxgen.searches import Search
from jaxgen.store.folder import Folder

if TYPE_CHECKING:
    from jaxgen.model.frozen import Frozen
    from jaxgen.show.inputs import Given


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
        from jaxgen.model import completions, inpainting
        from jaxgen.show import inputs, pictures, plots
        from jaxgen.store.folder import write, write_json

        images = inputs.colours(given)
        known = completions.known(self.mask, nets.size, len(images), self.seed)
        inputs.writable(self.out)
        done = inpainting.completed(nets, images, known, self, inpainting.dispatches(self.steps))
        final = inpainting.blended(done, images, known) if self.blend == "poisson" else done.images
        for one, image in zip(given, final):
            write(self.out / one.name, pictures.png(inputs.restored(image, one.alpha)))
        shown = [done.images, final] if self.blend == "poisson" else [final]
        write(self.out / "sheet.png", pictures.png(inpainting.sheet(images, known, *shown)))
        write(self.out / "optimisation.gif", plots.slides(inpainting.frames(nets, done.found.path, images, known)))
        records = inpainting.records(done, [one.name for one in given], known, self.restarts)
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
    weight: Annotated[float, AtLeast(0)] = 0.0
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        nets, given = _given(self.run, self.checkpoint, self.images, self)
        if self.method != "search" and nets.E is None:
            raise InputError(f"{self.run} has no encoder: say --method search")
        import numpy as np

        from jaxgen.metrics.images import mean_psnr, psnr
        from jaxgen.model import inpainting
        from jaxgen.show import inputs, pictures
        from jaxgen.store.folder import write, write_json

        images = inputs.colours(given)
        inputs.writable(self.out)
        codes, drawn, costs = inpainting.inverted(nets, images, self.method, self)
        write(self.out / "sheet.png", pictures.png(pictures.grid(np.concatenate([images, drawn]), len(images))))
        write(self.out / "codes.npz", pictures.npz(codes=codes))
        decibels = psnr(images, drawn)
        mean = mean_psnr(decibels)
        errors = [
            {"image": one.name, "psnr": float(decibels[i]), **{k: float(v[i]) for k, v in costs.items()}}
            for i, one in enumerate(given)
        ]
        about = {**_about(self, nets), "method": self.method}
        about |= {"psnr": mean.mean, "identical": mean.identical, "images": errors}
        write_json(self.out / "errors.json", about)
        same = f", {mean.identical} identical ones left out" if mean.identical else ""
        print(f"PSNR {mean.mean:.2f} dB (mean of {len(images)}{same})")
        print(self.out)


def _given(run: Path, checkpoint: str, paths: Sequence[Path], search: Search) -> tuple["Frozen", list["Given"]]:
    """A run's nets, and image inputs."""
    Folder(run).config()  # before what takes long is imported
    from jaxgen.model.frozen import frozen
    from jaxgen.model.inpainting import checked
    from jaxgen.show import inputs

    nets = frozen(run, checkpoint)
    checked(search, nets, run)
    return nets, inputs.read(paths, nets.size, nets.channels, taken={"sheet.png"})


def _about(command: Inpaint | Invert, nets: "Frozen") -> dict[str, Any]:
    from jaxgen.store.environment import environment

    settings = {name: getattr(command, name) for name in Search.__dataclass_fields__}
    settings["perceptual"] = command.perceptual or nets.perceptual
    return {"run": str(command.run), "round": nets.round, "digest": nets.digest, **settings, **environment()}
