"""GANs on data whose density is known, many seeds at once, with what can be measured there: modes, good samples, JSD.

python experiments/gan/densities.py --data ring --seeds 10 --out runs/ring
python experiments/gan/densities.py --data grid --objective non_saturating --unroll 5 --out runs/unrolled
python experiments/gan/densities.py --data stacked-mnist --classifier runs/classifier --seeds 1 --width 64 --latent 100

The last line of what it prints is JSON.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from jaxgen import recipes, run
from jaxgen.data import Fields
from jaxgen.limits import AtLeast
from jaxgen.measure.toys import Toy
from jaxgen.pixels import floats
from jaxgen.recipes.objectives import Adversarial, Name
from jaxgen.seeds import many
from jaxgen.show import densities as show


@dataclass(frozen=True)
class Config(Toy, Adversarial, run.Settings):
    """Three hidden layers of 128 in G and in D; DCGAN's nets for Stacked MNIST."""

    ALONE = "--rounds 800 --decay 800"

    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/densities")
    # Rounds until the run is done, those of earlier starts included.
    rounds: Annotated[int, AtLeast(1)] = 10000
    # Points in a round's batch, for each of the seeds.
    batch: Annotated[int, AtLeast(1)] = 256
    # Rounds between checkpoints.
    save_every: Annotated[int, AtLeast(1)] = 5000
    # Rounds between pictures of the samples.
    sample_every: Annotated[int, AtLeast(1)] = 1000
    # Rounds between lines in metrics.jsonl, TensorBoard and the progress line.
    log_every: Annotated[int, AtLeast(1)] = 500
    # What D and G minimise; penalties, D's steps a round and optimisers are its paper's.
    objective: Name = "r3gan"
    # Step size for G; none is the objective's.
    lr_g: Annotated[float | None, AtLeast(0)] = 2e-3
    # Step size for D; none is the objective's.
    lr_d: Annotated[float | None, AtLeast(0)] = 2e-3
    # Rounds in which step sizes fall to zero, by a cosine; 0 leaves them as they are.
    decay: Annotated[int | None, AtLeast(0)] = 10000


source = Config.data


def build(config: Config, fields: Fields) -> run.System:
    """Train generators of points whose density is known, measure and draw them, and print the figures as JSON."""
    players, mixture = config.players(config.norm, config.dtype), config.mixture
    prepare = (lambda batch, keys: {"image": batch["image"] / mixture.scale}) if mixture else floats
    game = config.played(
        recipes.gan(players.G, players.D, config.adversary, latent=config.latent, prepare=prepare, **config.steps)
    )

    def finish(ended: run.Ended) -> dict[str, Any]:
        told = {name: getattr(config, name) for name in ("objective", "unroll", "rounds", "seeds")}
        told |= {"data": config.dataset, "seconds": ended.seconds}
        told |= config.figures(players, ended.state, ended.source, config.seed)
        show.write_record(ended.folder, told, costs=mixture is not None)
        return told

    draw, picture = show.of_points(players, mixture, config.seed) if mixture else show.of_images(players, config.seed)
    return run.System(many(game, config.seeds) if config.seeds > 1 else game, draw=draw, picture=picture, finish=finish)


if __name__ == "__main__":
    run.start(build, Config, source=source)
