"""A class for every pixel, and an adversary that sees whether a label map looks like one: Luc et al. 2016.

python experiments/translation/segment.py --dataset masks:streets --size 64 --void 11 --out runs/streets
jaxgen segment runs/streets photos/ --out maps/

The last line is JSON: mean IoU and boundary F. Pictures have rows: images, drawn classes, true ones; 0 is black.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from jaxgen import recipes, run
from jaxgen.abilities import Map
from jaxgen.data import Fields, Source, tints
from jaxgen.game import State
from jaxgen.limits import AtLeast
from jaxgen.measure.segmented import segmented
from jaxgen.model.applied import of_state
from jaxgen.nets import net, patch, segmenter
from jaxgen.pixels import as_floats
from jaxgen.recipes.objectives import Adversarial
from jaxgen.show import maps


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """Adam; D's step size is the objective's."""

    DIGITS, ALONE = 16, "--width 8 --field 16 --ema 0.98 --rounds 300"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/segment")
    # Step size for the segmenter.
    lr_g: Annotated[float | None, AtLeast(0)] = 1e-3
    # Weight of the adversarial term beside the cross-entropy; 0 leaves that alone, without D.
    adversarial: Annotated[float, AtLeast(0)] = 0.1
    # The class that stands for pixels without one, by name or number: they are left out of everything.
    void: str | None = None
    # What D sees: the image beside the label map, or in its place a product for each class, as if cut out by it.
    encoding: Literal["beside", "product"] = "beside"
    # Channels of the largest hidden feature map of the segmenter and of D.
    width: Annotated[int, AtLeast(1)] = 32
    # Side in pixels of what a score of D's sees.
    field: Literal[16, 34, 70] = 34
    # Split that is measured at the end: by default test, where there is one. It may be a slice: train[:64].
    tested: str | None = None


def source(config: Config) -> Source:
    """What --dataset names; grey images with classes as masks of what is bright."""
    return tints.masked(run.opened(config))


def build(config: Config, fields: Fields) -> run.System:
    """Train a segmenter, alone or with an adversary, or go on with one, and measure it."""
    image, mask = fields.image, fields.of("mask", "mask")
    void = None if config.void is None else mask.number(config.void, "void")
    S = segmenter.Segmenter(mask.count, config.width, dtype=config.dtype)
    D = patch.Discriminator(config.width, config.dtype, config.norm, config.field)
    how = {"weight": config.adversarial, "void": void, "encoding": config.encoding}
    game = recipes.segmentation(net(S), net(D), config.adversary, **how, **config.steps)

    def draw(state: State, batch: Any) -> tuple[Any, ...]:
        seen = as_floats(batch["image"])
        return seen, np.argmax(of_state(state, "S", net(S))(seen), -1), batch["mask"]

    def finish(ended: run.Ended) -> dict[str, Any]:
        (source, about), segment = ended.on(config.tested), ended.net("S", net(S))
        return about | segmented(tints.masked(source), lambda x: np.argmax(segment(x), -1), void)

    game = config.played(game, "S") if config.adversarial else game
    able = [Map(S, net="S", takes={"image": image}, gives={"mask": mask})]
    return run.System(game, able, draw=draw, shown=8, picture=maps.beside(void), finish=finish)


if __name__ == "__main__":
    run.start(build, Config, source=source)
