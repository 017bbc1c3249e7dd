"""CycleGAN (Zhu et al. 2017): two sets of images that nobody paired, each drawn from the other, and back again.

python experiments/translation/cyclegan.py --dataset unpaired:seasons --size 64 --out runs/seasons
jaxgen translate runs/seasons photos/ --direction a2b --out winter/

Two folders: see docs/data.md; pairs lose each other, and images alone meet the edges of others.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from jaxgen import recipes, run
from jaxgen.abilities import Map
from jaxgen.data import Fields, Source, apart, coloured, edges
from jaxgen.errors import InputError
from jaxgen.game import State
from jaxgen.limits import AtLeast, Below
from jaxgen.model.applied import of_state
from jaxgen.nets import chosen, net
from jaxgen.pixels import as_floats
from jaxgen.recipes.objectives import Adversarial, Name, halved
from jaxgen.show import pictures


@dataclass(frozen=True)
class Config(chosen.Cycled, Adversarial, run.Settings):
    """The paper's: Adam 2e-4 with beta1 0.5, its steps falling to zero along a line in the second half of --rounds."""

    DIGITS, ALONE = 16, "--width 8 --blocks 2 --field 16 --batch 8 --rounds 300 --lr-g 1e-3"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/cyclegan")
    # Images of each of the two sets in a round's batch.
    batch: Annotated[int, AtLeast(1)] = 1
    # What D and G minimise; D's penalties, steps a round and optimisers are its paper's.
    objective: Name = "lsgan"
    # Rounds in which step sizes fall to zero; by default the second half of --rounds, along a line.
    decay: Annotated[int | None, AtLeast(0)] = None
    # Weight of G's adversarial terms: 2 is the paper's for least squares, which have a half in them here; 0 is without.
    adversarial: Annotated[float, AtLeast(0)] = 2.0
    # Weight of the L1 distance of a to what comes back of it through b; 0 is without.
    forward: Annotated[float, AtLeast(0)] = 10.0
    # Weight of the L1 distance of b to what comes back of it through a; 0 is without.
    backward: Annotated[float, AtLeast(0)] = 10.0
    # Weight of the L1 distance of an image to what is drawn of it as if it were of the other set; 0 is without.
    identity: Annotated[float, AtLeast(0)] = 5.0
    # Fakes that are kept to be shown to each D again; 0 shows it those of now alone.
    pool: Annotated[int, AtLeast(0)] = 50
    # Decay, a round, of the averages of G's parameters that images are drawn with; 0 is no average.
    ema: Annotated[float, AtLeast(0), Below(1)] = 0.0


def source(config: Config) -> Source:
    """The two sets that --dataset names, or that are made of it."""
    return apart.apart(edges.beside(coloured.beside(run.opened(config))))


def build(config: Config, fields: Fields) -> run.System:
    """Train a CycleGAN, or go on with one, and write its report."""
    a, b = fields.images("a", "b")
    if config.identity and a.channels != b.channels:
        raise InputError(f"--identity compares a of {a.channels} channels with b of {b.channels}: say --identity 0")
    G, F = config.translators(a.channels, b.channels, config.dtype)
    D = net(config.critic(a.size, "instance" if config.norm == "batch" else config.norm, config.dtype))
    terms = {name: getattr(config, name) for name in ("adversarial", "forward", "backward", "identity", "pool")}
    game = recipes.cyclegan(net(G), net(F), D, D, config.adversary, **terms, **halved(config, config.rounds).steps)

    def draw(state: State, batch: Any) -> list[Any]:
        g, f = of_state(state, "G", net(G)), of_state(state, "F", net(F))
        a, b = as_floats(batch["a"]), as_floats(batch["b"])
        return [a, g(a), f(g(a)), b, f(b), g(f(b))]

    rows = pictures.of_rows("a", "to b", "and back", "b", "to a", "and back")
    able = [Map(G, takes={"a": a}, gives={"b": b}), Map(F, "F", takes={"b": b}, gives={"a": a})]
    return run.System(config.played(game), able, draw=draw, shown=8, picture=rows)


if __name__ == "__main__":
    run.start(build, Config, source=source)
