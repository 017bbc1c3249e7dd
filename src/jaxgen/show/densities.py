"""Pictures of generators of points, through training and after it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from PIL import Image

from jaxgen.data.points import Mixture
from jaxgen.game import State
from jaxgen.losses import adversarial
from jaxgen.measure.densities import Players
from jaxgen.show import pictures, plots
from jaxgen.store.folder import Folder, write, write_json

Drawing = tuple[Callable[[State], Any], Callable[[Any], Image.Image]]  # what of a state, and its picture
COSTS = ("minimax", "non_saturating", "maximum_likelihood")


def of_points(players: Players, mixture: Mixture, seed: int) -> Drawing:
    """Clouds of points over the data's; on a line, densities and D's opinions."""
    key = jax.random.key(seed)
    if mixture.dim == 2:
        real = mixture.sample(np.random.default_rng(0), (1000,))
        return partial(players.samples, key=key, count=1000), lambda drawn: plots.clouds(drawn, real)
    x = np.linspace(mixture.means.min() - 2, mixture.means.max() + 2, 200)[:, None].astype(np.float32)
    p_data = np.exp(mixture.log_density(x))

    def draw(state: State) -> tuple[Array, Array]:
        return players.samples(state, key, 10_000)[..., 0], players.opinions(state, jnp.asarray(x))

    return draw, lambda drawn: plots.line_densities(x[:, 0], p_data, *drawn)


def of_images(players: Players, seed: int) -> Drawing:
    """100 images of the first seed."""
    draw = partial(players.samples, key=jax.random.key(seed), count=100)
    return draw, lambda drawn: pictures.sheet(drawn[0])


def write_record(path: Path, told: Mapping[str, Any], costs: bool = False) -> None:
    """densities.json with all that is told and where it was played, training.gif of a run's pictures, and of what G
    pays by D's opinion costs.png."""
    folder = Folder(path)
    write_json(path / "densities.json", {**told, "environment": folder.config()["starts"][-1]})
    frames = [Image.open(frame) for frame in sorted(folder.samples.glob("round-*.png"))]
    write(path / "training.gif", plots.animation(frames))
    if costs:
        named = {name: getattr(adversarial, name) for name in COSTS}
        write(path / "costs.png", pictures.png(plots.generator_costs(named)))
