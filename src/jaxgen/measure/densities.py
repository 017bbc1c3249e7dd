"""Generators of points, of many seeds at once: their samples, and what can be measured where densities are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxgen import latents
from jaxgen.data import Source
from jaxgen.data.points import Mixture
from jaxgen.game import Net, State
from jaxgen.metrics import mixture as figures
from jaxgen.metrics import modes
from jaxgen.model.applied import Applied, of_state
from jaxgen.sampling.classical import BASELINES
from jaxgen.seeds import each

SAMPLES = 100_000  # behind a divergence
STACKED = 1000, 26  # images of Stacked MNIST at once, and how often: 26,000 as in the literature


@dataclass(frozen=True)
class Players:
    """G and D of as many games as there are seeds."""

    G: Net
    D: Net
    latent: int
    seeds: int
    scale: float = 1.0  # what points are divided by for the nets

    def samples(self, state: State, key: Array, count: int) -> Array:
        """Of every seed's averaged generator, [seeds, count, ...]."""

        def one(G: Applied, seed: Array) -> Array:
            z = latents.normal(jax.random.split(jax.random.fold_in(key, seed), count), self.latent)
            return G(z) * self.scale

        return each(self.seeds, one, of_state(state, "G", self.G))

    def opinions(self, state: State, x: Array) -> Array:
        """Of every seed's D as a probability, at points [M, d]: [seeds, M]."""
        D = Applied(self.D, state.params["D"], state.stats["D"])
        return each(self.seeds, lambda D, seed: jax.nn.sigmoid(D(x / self.scale)), D)


def of_points(players: Players, state: State, mixture: Mixture, source: Source, seed: int) -> dict[str, Any]:
    """Figures of all seeds, and of the estimates that came before GANs."""
    drawn = jax.jit(players.samples, static_argnums=2)(state, jax.random.key(seed), SAMPLES)
    real = source.read(np.arange(5000))["image"].reshape(5000, -1, mixture.dim)[:, 0]
    old = {name: of(mixture, fit(real, len(mixture.means), SAMPLES, 0)) for name, fit in BASELINES.items()}
    return {**summary([of(mixture, x) for x in np.asarray(drawn)]), "baselines": old}


def of_digits(players: Players, state: State, logits: Any, seed: int) -> dict[str, Any]:
    """Modes of Stacked MNIST that every seed covers, by a classifier of digits: images -> logits."""
    at_once, times = STACKED
    draw, key = jax.jit(players.samples, static_argnums=2), jax.random.key(seed)
    drawn = (draw(state, jax.random.fold_in(key, i + 1), at_once) for i in range(times))
    seen = [[modes.stacked(logits, x) for x in images] for images in drawn]
    classes = [jnp.concatenate(of_seed) for of_seed in zip(*seen)]
    kl = modes.kl_to_uniform
    return summary([{"modes": int(modes.covered(c, 1000)), "kl": float(kl(c, 1000))} for c in classes])


def of(mixture: Mixture, samples: np.ndarray) -> dict[str, Any]:
    """One generator's figures from its samples [N, d]: the first 2,500 for modes and good ones, all for the JSD."""
    edges = figures.grid_edges(mixture.means, mixture.std, 1024 if mixture.dim == 1 else 128)
    cells = figures.mixture_cells(mixture.means, mixture.std, edges)
    found = figures.fit(samples[:2500], mixture.means, mixture.std)
    uncounted = {} if mixture.modes else {"modes": None, "kl": None}
    return {**found._asdict(), **uncounted, "jsd": figures.jensen_shannon(cells, figures.sample_cells(samples, edges))}


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean, spread and values of every figure over seeds; None for what the data does not have."""

    def spread(values: list[Any]) -> dict[str, Any] | None:
        known = {"mean": float(np.mean(values)), "std": float(np.std(values))} if None not in values else None
        return known and {**known, "values": values}

    return {name: spread([row[name] for row in rows]) for name in rows[0]}
