"""Images that a model has completed."""

from pathlib import Path

from jaxgen.abilities import DrawByPixels
from jaxgen.data import Source, masks
from jaxgen.measure.extract import evenly
from jaxgen.model import completions
from jaxgen.model.bound import Bound
from jaxgen.show import pictures
from jaxgen.store.folder import write

COMPLETED = 10  # images whose lower halves are drawn anew
SAMPLES = 6  # of each


def write_halves(folder: Path, draw: Bound[DrawByPixels], source: Source, seed: int) -> None:
    """completions.png: images spread over a source, beside their upper halves, and lower halves that were drawn."""
    some = source.read(evenly(source.length, COMPLETED))
    known, label = masks.half("top", draw.ability.size), some["label"] if draw.ability.classes else None
    drawn = completions.completed(draw, some["image"], known, SAMPLES, seed, label)
    write(folder / "completions.png", pictures.png(completions.picture(some["image"], known, drawn)))
