"""`jaxgen map`: codes of images, in a plane."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional

from jaxgen.commands.opened import opened
from jaxgen.errors import InputError
from jaxgen.limits import AtLeast, Seed


@dataclass(frozen=True)
class Map:
    """Draw the codes that a run's encoder gives to images in a plane, coloured by class where images have one."""

    # The run's folder: a VAE, an autoencoder, or another one with an encoder.
    run: Positional[Path]
    # t-SNE, which keeps neighbours together, or the two principal components.
    method: Literal["tsne", "pca"] = "tsne"
    # How many images, spread evenly over the split.
    images: Annotated[int, AtLeast(5)] = 2000
    # Other images than the run's own, as for --dataset of the experiments.
    dataset: str | None = None
    # Split of the data; by default test, where there is one that the run did not see, else what it was trained on.
    split: str | None = None
    # Of t-SNE.
    seed: Seed = 0
    # A .png; by default RUN/map.png.
    out: Path | None = None
    # Of which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        out = self.out or self.run / "map.png"
        if out.suffix.lower() != ".png":
            raise InputError(f"{out}: a map is written as .png")
        model = opened(self.run, self.checkpoint)
        from jaxgen.abilities import Encode
        from jaxgen.model import data
        from jaxgen.show import codes, pictures

        encoder = model.ability(Encode)
        source, _ = data.tested_on(model, self.dataset, self.split)
        z, labels = codes.some(encoder.encode, source, self.images)
        plane = codes.plane(z, self.method, self.seed)
        pictures.save_as(out, lambda: codes.code_map(plane, labels))
