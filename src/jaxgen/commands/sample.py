"""`jaxgen sample`: new images from a run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional

from jaxgen.commands.given import Given
from jaxgen.commands.opened import opened
from jaxgen.limits import AtLeast, Seed


@dataclass(frozen=True)
class Sample(Given):
    """Draw new images from a run."""

    # The run's folder.
    run: Positional[Path]
    # How many; by default 64, or 8 of each of several classes or sentences.
    count: Annotated[int | None, AtLeast(1)] = None
    # Of the codes: the same seed gives the same images.
    seed: Seed = 0
    # A .png for one picture of all, an .npz for an array, else a folder of one .png each; by default RUN/sample.png.
    out: Path | None = None
    # Of which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        from jaxgen.show import pictures

        out = pictures.fit(self.out or self.run / "sample.png")
        model = opened(self.run, self.checkpoint)
        import jax

        from jaxgen.abilities import Drawing

        draw = model.ability(Drawing)
        fields = draw.ability.conditions.fields
        given, turns = self.told(fields), self.turns(fields)
        count = self.count or (64 if turns == 1 else 8 * turns)
        pictures.alone(out, count)
        images = draw.images(draw.ability.codes(jax.random.key(self.seed), count, **given))
        if turns == 1 or count % turns:
            pictures.save(images, out)
        else:  # image n is of the class n modulo their count
            rows = images.reshape(-1, turns, *images.shape[1:]).swapaxes(0, 1)
            pictures.save(rows.reshape(images.shape), out, count // turns)
