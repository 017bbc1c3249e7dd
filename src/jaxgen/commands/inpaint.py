"""`jaxgen inpaint` and `jaxgen invert`: image files in, completed ones, or their codes, out."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tyro.conf import Positional

from jaxgen.errors import InputError, note
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
    # Image files, or folders of them.
    images: Positional[tuple[Path, ...]]
    # What is missing: centre (a square in the middle); top, bottom, left or right (that half is known); random, blobs
    # or strokes with the share that is missing (random:0.8); or an image file, its white or its opaque pixels known. By
    # default what is transparent in an image, or of one that is whole, the centre.
    mask: str | None = None
    # Of images of another size, or of other colours, than the run makes: resize their centre squares, and say so, or
    # refuse them. Others come out in their own mode.
    sizes: Literal["resize", "refuse"] = "resize"
    # A folder for the completed images, sheet.png, optimisation.gif and losses.json.
    out: Path = Path("inpainted")
    # Shift the colours of what is filled in so that no seam is seen (Poisson blending), or leave them as G drew them.
    blend: Literal["none", "poisson"] = "none"
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        nets, given = _given(self)
        import numpy as np

        from jaxgen.model import completions, inpainting
        from jaxgen.show import inputs, pictures, plots
        from jaxgen.store.folder import write, write_json

        images = inputs.colours(given)
        holes = [one.known for one in given]
        known = completions.of_images(self.mask, holes, nets.size, self.seed, self.sizes == "resize")
        inputs.writable(self.out, {"sheet.png", "optimisation.gif", *(one.name for one in given)}, self.images)
        done = inpainting.completed(nets, images, known, self, inpainting.dispatches(self.steps))
        final = inpainting.blended(done, images, known) if self.blend == "poisson" else done.images
        for one, image in zip(given, final):
            filled = one.alpha is not None and one.known is not None and self.mask is None
            alpha = np.full_like(one.alpha, 255) if filled else one.alpha
            write(self.out / one.name, pictures.png(inputs.restored(image, alpha)))
        shown = {"drawn": done.images, "blended": final} if self.blend == "poisson" else {"completed": final}
        write(self.out / "sheet.png", pictures.png(inpainting.sheet(images, known, **shown)))
        write(self.out / "optimisation.gif", plots.slides(inpainting.frames(nets, done.found.path, images, known)))
        records = inpainting.records(done, [one.name for one in given], known, self.restarts)
        write_json(
            self.out / "losses.json", {**_about(self, nets), "mask": self.mask or "by default", "images": records}
        )
        print(self.out)


@dataclass(frozen=True, kw_only=True)
class Invert(Search):
    """Find the codes of images: by the run's encoder, by a search, or by a search from where the encoder points."""

    # The run's folder: one whose images are made from codes.
    run: Positional[Path]
    # Image files, or folders of them.
    images: Positional[tuple[Path, ...]]
    # Of images of another size, or of other colours, than the run makes: resize their centre squares, and say so, or
    # refuse them.
    sizes: Literal["resize", "refuse"] = "resize"
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
        nets, given = _given(self)
        if self.method != "search" and nets.E is None:
            raise InputError(f"{self.run} has no encoder: say --method search")
        import numpy as np

        from jaxgen.data.reading.names import some
        from jaxgen.metrics.images import mean_psnr, psnr
        from jaxgen.model import inpainting
        from jaxgen.show import inputs, pictures
        from jaxgen.store.folder import write, write_json

        images = inputs.colours(given)
        if erased := [one.name for one in given if one.known is not None]:
            note(f"what is transparent is searched for as it is coloured, in {some(erased)}: inpaint leaves it open")
        inputs.writable(self.out, {"sheet.png"}, self.images)
        codes, drawn, costs = inpainting.inverted(nets, images, self.method, self)
        sheet = pictures.grid(np.stack([images, drawn], 1).reshape(-1, *images.shape[1:]), 2, smallest=256)
        write(self.out / "sheet.png", pictures.png(pictures.titled(sheet, ["image", "of its code"])))
        write(self.out / "codes.npz", pictures.npz(codes=codes))
        decibels = psnr(images, drawn)
        mean = mean_psnr(decibels)
        ratios = [float(one) if np.isfinite(one) else None for one in decibels]  # of an identical image there is none
        errors = [
            {"image": one.name, "psnr": ratios[i], **{k: float(v[i]) for k, v in costs.items()}}
            for i, one in enumerate(given)
        ]
        about = {**_about(self, nets), "method": self.method}
        about |= {"psnr": mean.mean if np.isfinite(mean.mean) else None, "identical": mean.identical, "images": errors}
        write_json(self.out / "errors.json", about)
        same = f", {mean.identical} identical ones left out" if mean.identical else ""
        print(f"PSNR {mean.mean:.2f} dB (mean of {len(images)}{same})")
        print(self.out)


def _given(command: Inpaint | Invert) -> tuple["Frozen", list["Given"]]:
    """The nets of a command's run, and its images."""
    Folder(command.run).config()  # before what takes long is imported
    from jaxgen.model.frozen import frozen
    from jaxgen.model.inpainting import checked
    from jaxgen.show import inputs

    nets = frozen(command.run, command.checkpoint)
    checked(command, nets, command.run)
    fit = command.sizes == "resize"
    return nets, inputs.read(command.images, nets.size, nets.channels, {"sheet.png"}, fit)


def _about(command: Inpaint | Invert, nets: "Frozen") -> dict[str, Any]:
    from jaxgen.store.environment import environment

    settings = {name: getattr(command, name) for name in Search.__dataclass_fields__}
    settings["perceptual"] = command.perceptual or nets.perceptual
    return {"run": str(command.run), "round": nets.round, "digest": nets.digest, **settings, **environment()}
