"""GANs on data whose density is known, many seeds at once, with what can be measured there: modes, good samples, JSD.

python experiments/gan/densities.py --data ring --seeds 10 --out runs/ring
python experiments/gan/densities.py --data grid --objective non_saturating --unroll 5 --out runs/unrolled
python experiments/gan/densities.py --data stacked-mnist --classifier runs/classifier --seeds 1 --width 64 --latent 100

The last line of what it prints is JSON.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import tyro
from PIL import Image

from jaxgen import latents, recipes, run
from jaxgen.data import open_source
from jaxgen.data.points import MIXTURES, Mixture, points
from jaxgen.data.stacked import stacked
from jaxgen.errors import InputError
from jaxgen.game import Game, Net, State
from jaxgen.losses import adversarial
from jaxgen.metrics import mixture as figures
from jaxgen.metrics import modes
from jaxgen.nets import dcgan, mlp, net
from jaxgen.pixels import floats
from jaxgen.recipes.objectives import Adversarial, Name
from jaxgen.run.log import read_metrics
from jaxgen.sampling.classical import BASELINES
from jaxgen.seeds import many
from jaxgen.show import pictures, plots
from jaxgen.store.folder import write, write_json

STACKED = "stacked-mnist"


@dataclass(frozen=True)
class Config(Adversarial, run.Settings):
    """Three hidden layers of 128 in G and in D; DCGAN's nets for Stacked MNIST."""

    # What to learn: 8 Gaussians on a ring, 25 on a grid, a spiral, 3 Gaussians on a line, or 1,000 triples of digits.
    dataset: Annotated[
        Literal["ring", "grid", "swissroll", "mixture1d", "stacked-mnist"], tyro.conf.arg(aliases=["--data"])
    ] = "ring"
    # The run's folder. Started again with the same one, a run goes on from its last checkpoint.
    out: Path = Path("runs/densities")
    # Rounds until the run is done, those of earlier starts included.
    rounds: int = 10000
    # Points in a round's batch, for each of the seeds.
    batch: int = 256
    # Rounds between checkpoints.
    save_every: int = 5000
    # Rounds between pictures of the samples.
    sample_every: int = 1000
    # Rounds between lines in metrics.jsonl, TensorBoard and the progress line.
    log_every: int = 500
    # Independent games (nets, noise and data), played at once.
    seeds: int = 10
    # What D and G minimise; penalties, D's steps a round and optimisers are its paper's.
    objective: Name = "r3gan"
    # Step size for G; none is the objective's.
    lr_g: float | None = 2e-3
    # Step size for D; none is the objective's.
    lr_d: float | None = 2e-3
    # Rounds in which step sizes fall to zero, by a cosine; 0 leaves them as they are.
    decay: int = 10000
    # Length of z.
    latent: int = 2
    # Units in each hidden layer; channels of the largest map for Stacked MNIST.
    width: int = 128
    # Hidden layers of G and of D, but for Stacked MNIST.
    layers: int = 3
    # Folder of a run of experiments/classifiers/classifier.py on MNIST: says which modes of Stacked MNIST are seen.
    classifier: Path | None = None


def make_game(config: Config, G: Net, D: Net, prepare: Callable) -> Game:
    """The game of all seeds."""
    game = recipes.gan(G, D, config.adversary, latent=config.latent, prepare=prepare, **config.steps)
    game = config.played(game)
    return many(game, config.seeds) if config.seeds > 1 else game


def scale(config: Config) -> float:
    """What data are divided by for the nets."""
    return 1.0 if config.dataset == STACKED else MIXTURES[config.dataset]().scale


def sampled(config: Config, G: Net, count: int, key: jax.Array, state: State) -> jax.Array:
    """Samples [seeds, count, ...] of every seed's averaged generator."""

    def one(params: Any, stats: Any, seed: jax.Array) -> jax.Array:
        z = latents.normal(jax.random.split(jax.random.fold_in(key, seed), count), config.latent)
        return G.apply(params, stats, z, train=False)[0] * scale(config)

    params = state.ema.get("G", state.params["G"])
    if config.seeds == 1:
        return one(params, state.stats["G"], jnp.zeros((), jnp.int32))[None]
    return jax.vmap(one)(params, state.stats["G"], jnp.arange(config.seeds))


def critics(config: Config, D: Net, x: jax.Array, state: State) -> jax.Array:
    """Every seed's D as a probability, at points [M, d]: [seeds, M]."""

    def one(params: Any, stats: Any) -> jax.Array:
        return jax.nn.sigmoid(D.apply(params, stats, x, train=False)[0])

    if config.seeds == 1:
        return one(state.params["D"], state.stats["D"])[None]
    return jax.vmap(one)(state.params["D"], state.stats["D"])


def watch(config: Config, mixture: Mixture, G: Net, D: Net) -> tuple[Callable, Callable]:
    """What to draw of a state during training, and how its picture is made."""
    key = jax.random.key(config.seed)
    if mixture.dim == 2:
        real = mixture.sample(np.random.default_rng(0), (1000,))
        return partial(sampled, config, G, 1000, key), lambda drawn: plots.clouds(drawn, real)
    x = np.linspace(mixture.means.min() - 2, mixture.means.max() + 2, 200)[:, None].astype(np.float32)
    p_data = np.exp(mixture.log_density(x))

    def draw(state: State) -> tuple[jax.Array, jax.Array]:
        return sampled(config, G, 10_000, key, state)[..., 0], critics(config, D, jnp.asarray(x / scale(config)), state)

    return draw, lambda drawn: plots.line_densities(x[:, 0], p_data, *drawn)


def measure(mixture: Mixture, samples: np.ndarray) -> dict[str, Any]:
    """One generator's figures from its samples [N, d]: the first 2,500 for modes and good ones, all for the JSD."""
    edges = figures.grid_edges(mixture.means, mixture.std, 1024 if mixture.dim == 1 else 128)
    cells = figures.mixture_cells(mixture.means, mixture.std, edges)
    found = figures.fit(samples[:2500], mixture.means, mixture.std)
    uncounted = {} if mixture.modes else {"modes": None, "kl": None}
    return {**found._asdict(), **uncounted, "jsd": figures.jensen_shannon(cells, figures.sample_cells(samples, edges))}


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean, spread and values of every figure over seeds; None for what the data does not have."""

    def spread(values: list[Any]) -> dict[str, Any] | None:
        known = {"mean": float(np.mean(values)), "std": float(np.std(values))} if None not in values else None
        return known and {**known, "values": values}

    return {name: spread([row[name] for row in rows]) for name in rows[0]}


def finish(session: run.Session, rows: list[dict], more: dict[str, Any]) -> None:
    """Write what was measured and drawn into the run's folder, and print the figures in one line."""
    config, folder = session.settings, session.folder
    told = {
        "data": config.dataset,
        "objective": config.objective,
        "unroll": config.unroll,
        "rounds": config.rounds,
        "seeds": config.seeds,
        "seconds": read_metrics(folder.metrics)[-1]["seconds"],
        **summary(rows),
        **more,
    }
    write_json(folder.path / "densities.json", {**told, "environment": folder.config()["starts"][-1]})
    frames = [Image.open(path) for path in sorted(folder.samples.glob("round-*.png"))]
    write(folder.path / "training.gif", plots.animation(frames))
    print(json.dumps(told))


def points_run(config: Config) -> None:
    mixture = MIXTURES[config.dataset]()
    source = points(mixture, sets=config.seeds if config.seeds > 1 else None, seed=config.seed)
    with run.Session(config, "densities", source) as session:
        norm = "spectral" if config.norm == "spectral" else "none"
        G = net(mlp.Points(mixture.dim, (config.width,) * config.layers, config.dtype))
        D = net(mlp.Discriminator((config.width,) * config.layers, config.dtype, norm))
        draw, picture = watch(config, mixture, G, D)
        game = make_game(config, G, D, lambda batch, keys: {"image": batch["image"] / scale(config)})
        state = session.train(game, None, picture, draw)
        drawn = np.asarray(jax.jit(partial(sampled, config, G, 100_000, jax.random.key(config.seed + 1)))(state))
        real = source.read(np.arange(5000))["image"].reshape(5000, -1, mixture.dim)[:, 0]
        old = {n: measure(mixture, fit(real, len(mixture.means), 100_000, 0)) for n, fit in BASELINES.items()}
        costs = {name: getattr(adversarial, name) for name in ("minimax", "non_saturating", "maximum_likelihood")}
        write(session.folder.path / "costs.png", pictures.png(plots.generator_costs(costs)))
        finish(session, [measure(mixture, x) for x in drawn], {"baselines": old})


def digits_run(config: Config) -> None:
    if config.classifier is None:
        raise InputError(
            "--data stacked-mnist needs --classifier, the folder of a run of experiments/classifiers/classifier.py"
        )
    logits = jax.jit(run.classifier(config.classifier))
    digits = open_source("mnist", split=config.split, data_dir=config.data_dir)
    source = stacked(digits, sets=config.seeds if config.seeds > 1 else None, seed=config.seed)
    with run.Session(config, "densities", source) as session:
        G = net(dcgan.Generator(28, 3, config.width, config.dtype))
        D = net(dcgan.Discriminator(config.width, config.dtype, config.norm))
        key = jax.random.key(config.seed)
        draw = partial(sampled, config, G, 100, key)
        game = make_game(config, G, D, floats)
        state = session.train(game, None, lambda drawn: pictures.sheet(drawn[0]), draw)
        more = jax.jit(lambda key, state: sampled(config, G, 1000, key, state))
        seen = []  # 26,000 of each seed, as in the literature
        for chunk in range(26):
            images = more(jax.random.fold_in(key, chunk + 1), state)
            seen.append([modes.stacked(logits, x) for x in images])
        classes = [jnp.concatenate(of_seed) for of_seed in zip(*seen)]
        finish(
            session,
            [{"modes": int(modes.covered(c, 1000)), "kl": float(modes.kl_to_uniform(c, 1000))} for c in classes],
            {},
        )


def main(config: Config) -> None:
    """Train generators of points whose density is known, measure and draw them, and print the figures as JSON."""
    if config.seeds < 1:
        raise InputError(f"--seeds is {config.seeds}; it must be at least 1")
    (digits_run if config.dataset == STACKED else points_run)(config)


if __name__ == "__main__":
    run.start(main, Config)
