"""pix2pix (Isola et al. 2017): one image drawn from another by a GAN that sees the pair, and by the L1 distance.

python experiments/translation/pix2pix.py --dataset pairs:facades --size 64 --direction b-to-a --out runs/facades
jaxgen translate runs/facades plans/ --out drawn/

Pairs: see docs/data.md; images alone are drawn from label maps or edges. Pictures have rows: given, drawn, true.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import jax

from jaxgen import recipes, run
from jaxgen.abilities import Map
from jaxgen.data import Fields, Source, coloured, edges
from jaxgen.game import State
from jaxgen.limits import AtLeast, Below, Was
from jaxgen.model.applied import of_state
from jaxgen.nets import chosen, net, unet
from jaxgen.pixels import floats
from jaxgen.recipes.objectives import Adversarial
from jaxgen.show import pictures


@dataclass(frozen=True)
class Config(chosen.Patches, Adversarial, run.Settings):
    """The paper's: Adam 2e-4 with beta1 0.5, weights from N(0, 0.02), and no average of G's parameters."""

    DIGITS, ALONE = 16, "--width 16 --field 16 --batch 16 --rounds 600"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/pix2pix")
    # Images in a round's batch; the paper has 1 to 10.
    batch: Annotated[int, AtLeast(1)] = 4
    # Which image of a pair is drawn from the other.
    direction: Literal["a-to-b", "b-to-a"] = "a-to-b"
    # Weight of the L1 distance; 0 leaves the GAN alone.
    l1: Annotated[float, AtLeast(0)] = 100.0
    # Weight of G's adversarial term; 0 leaves the L1 distance alone.
    adversarial: Annotated[float, AtLeast(0), Was(1.0)] = 1.0
    # What images with label maps are drawn from; others are drawn from their edges.
    given: Annotated[Literal["maps", "edges"], Was("edges")] = "maps"
    # Decay, a round, of the average of G's parameters that images are drawn with; 0 is no average.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.0


def source(config: Config) -> Source:
    """Pairs that --dataset names, or that are made of it."""
    opened = run.opened(config)
    return edges.beside(coloured.beside(opened) if config.given == "maps" else opened)


def build(config: Config, fields: Fields) -> run.System:
    """Train a pix2pix, or go on with one, and write its report."""
    source, target = config.direction.split("-to-")
    seen, drawn = fields.images(source, target)
    depth = unet.stages(seen.size)  # says which sizes there are
    G = unet.Generator(drawn.channels, config.width, config.dtype, depth)
    D = config.critic(seen.size, config.norm, config.dtype)

    def prepare(batch: Any, keys: jax.Array) -> dict[str, jax.Array]:
        return floats({"a": batch[source], "b": batch[target]}, keys)

    how = {"l1": config.l1, "adversarial": config.adversarial, "prepare": prepare, **config.steps}
    game = recipes.pix2pix(net(G), net(D), config.adversary, **how)

    def draw(state: State, batch: Any) -> list[jax.Array]:
        keys = jax.random.split(jax.random.key(config.seed), len(batch["a"]))
        pair = prepare(batch, keys)
        return [pair["a"], of_state(state, "G", net(G))(pair["a"], keys), pair["b"]]

    able = Map(G, takes={source: seen}, gives={target: drawn}, noise=True, multiple=2**depth)
    game, rows = config.played(game) if config.adversarial else game, pictures.of_rows("given", "drawn", "true")
    return run.System(game, [able], draw=draw, shown=8, picture=rows)


if __name__ == "__main__":
    run.start(build, Config, source=source)
