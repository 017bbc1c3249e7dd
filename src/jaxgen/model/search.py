"""Searches for latent codes (`recipes.search`), compiled, split over devices and watched."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P

from jaxgen import parallel
from jaxgen.abilities import Draw
from jaxgen.executors import data_mesh, search_parallel, state_sharding
from jaxgen.game import Game, init
from jaxgen.store.progress import Progress

TOLD = 20  # times that a long search says how far it is, at most


class Found(NamedTuple):
    """What a search found for each of N examples."""

    code: np.ndarray  # [N, latent], the best that was seen
    costs: dict[str, np.ndarray]  # of that code, [N] each: "loss", and every term of it, unweighted
    path: np.ndarray  # [dispatches + 1, N, latent]: the best by then, from the start on


def searched(
    game: Game,
    batch: dict[str, np.ndarray],
    *,
    steps: int,
    seed: int = 0,
    dispatches: int = 1,
    chunk: int = 256,
    speaks: bool = True,
) -> Found:
    """Search for the codes of all examples of a batch.

    Args:
      game: of `recipes.search`.
      batch: leaves [N, ...]: "z", where to start, and what the game asks for.
      steps: of each search; a multiple of `dispatches`.
      seed: of chains' noise.
      dispatches: as many as there shall be places of the path. All steps are done by calls of one compiled program,
        this many, or a multiple of it, so that more can be told.
      chunk: examples that are searched for together: what bounds the memory.
      speaks: whether long searches tell on stderr how far they are.
    """
    assert steps % dispatches == 0, f"{steps} steps are not {dispatches} times as many as a dispatch does"
    turns = divided(steps // dispatches, max(1, TOLD // dispatches))  # calls between places of the path
    mesh = data_mesh(jax.local_devices())
    count, each = len(batch["z"]), mesh.devices.size
    size = min(-(-count // each) * each, -(-chunk // each) * each)
    rows = np.arange(-(-count // size) * size).reshape(-1, size)
    split = NamedSharding(mesh, P(parallel.AXIS))
    run, parts = search_parallel(game, mesh, rounds=steps // dispatches // turns), []
    progress = Progress(len(rows) * steps, "steps of the search done") if speaks else lambda done: None
    for number, row in enumerate(rows):
        part = {name: jax.device_put(array[np.minimum(row, count - 1)], split) for name, array in batch.items()}
        state = init(game, jax.random.fold_in(jax.random.key(seed), number), part)
        # Copied, because its buffers are donated: an optimiser's state, and z, may share theirs with each other's.
        state = jax.device_put(jax.tree.map(jnp.copy, state), state_sharding(game, mesh, state))
        path = [np.asarray(part["z"])]
        for dispatch in range(dispatches):
            for turn in range(turns):
                state, _ = run(state, part)
                jax.block_until_ready(state.stats["z"]["best"])
                progress(number * steps + (dispatch * turns + turn + 1) * steps // (dispatches * turns))
            path.append(np.asarray(state.stats["z"]["best"]))
        costs = {name: np.asarray(value) for name, value in state.stats["z"].items() if name != "best"}
        parts.append(Found(path[-1], costs, np.stack(path)))
    return Found(
        np.concatenate([part.code for part in parts])[:count],
        {name: np.concatenate([part.costs[name] for part in parts])[:count] for name in parts[0].costs},
        np.concatenate([part.path for part in parts], 1)[:, :count],
    )


def divided(steps: int, most: int) -> int:
    """Into how many equal parts steps are divided, `most` of them or somewhat fewer."""
    return next(n for n in range(min(most, steps), 0, -1) if steps % n == 0)


def starts(sampler: Draw, seed: int, images: int, restarts: int) -> np.ndarray:
    """Codes [images * restarts, latent] of the prior, an image's after each other: an image's first r starts do not
    depend on how many restarts or images there are."""

    def one(image: jax.Array) -> jax.Array:
        return sampler.codes(jax.random.fold_in(jax.random.key(seed), image), restarts)

    return np.array(jax.vmap(one)(jnp.arange(images))).reshape(images * restarts, -1)


def repeated(batch: dict[str, np.ndarray], restarts: int) -> dict[str, np.ndarray]:
    """A batch with every example `restarts` times, after each other."""
    return {name: np.repeat(array, restarts, 0) for name, array in batch.items()}


def cheapest(found: Found, restarts: int) -> Found:
    """Of every image's restarts the one with the least loss."""
    losses = found.costs["loss"].reshape(-1, restarts)
    losses = np.where(np.isfinite(losses), losses, np.inf)
    best = np.arange(len(losses)) * restarts + losses.argmin(1)
    return Found(found.code[best], {name: cost[best] for name, cost in found.costs.items()}, found.path[:, best])
