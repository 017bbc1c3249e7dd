"""Images completed by a search for the latent code that fits what is known of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import optax
from PIL import Image

from jaxgen import limits, recipes
from jaxgen.errors import InputError
from jaxgen.losses import contextual
from jaxgen.model.completions import GREY
from jaxgen.model.frozen import PERCEPTUAL, Frozen
from jaxgen.model.search import Found, cheapest, divided, repeated, searched, starts
from jaxgen.sampling.descent import OPTIMISERS, within
from jaxgen.sampling.poisson import poisson
from jaxgen.searches import Search
from jaxgen.show import pictures

FRAMES = 20  # of the animation, at most


LR = {"adam": 0.1, "lbfgs": 1.0, "langevin": 1e-4, "hmc": 3e-3}


def checked(search: Search, nets: Frozen, run: object) -> None:
    """Raises InputError for settings that are out of their limits or that the run has no net for."""
    limits.within(search)
    if search.weight and nets.D is None:
        raise InputError(f"{run} has no discriminator to ask: say --weight 0")
    if search.start == "encoder" and nets.E is None:
        raise InputError(f"{run} has no encoder: say --start prior")


class Completed(NamedTuple):
    images: np.ndarray  # uint8 [N, H, W, C]: known pixels bit for bit, the others G's
    drawn: np.ndarray  # uint8 [N, H, W, C]: all of G's image
    found: Found  # of each image's best restart
    all: Found  # of every restart, [N * restarts]


def completed(nets: Frozen, images: np.ndarray, known: np.ndarray, search: Search, dispatches: int = 1) -> Completed:
    """Search for codes by what is known of images, and fill in what is missing.

    Args:
      nets: G, and what the search asks for.
      images: uint8 [N, H, W, C]; missing pixels do not matter.
      known: bool [N, H, W].
      search: how.
      dispatches: into how many calls of the compiled search the steps are divided, as `run.search.searched`.
    """
    seen = known[..., None].astype(np.float32)
    weight = np.asarray(contextual.importance(jnp.asarray(seen))) if search.weighting == "importance" else seen
    batch = {"image": images * known[..., None].astype(np.uint8), "weight": weight}
    batch = repeated(batch, search.restarts)
    batch["z"] = starts(nets.sampler, search.seed, len(images), search.restarts)
    if search.start == "encoder":
        mean = (images * known[..., None]).sum((1, 2)) / known.sum((1, 2))[:, None]
        filled = np.where(known[..., None], images, np.round(mean)[:, None, None]).astype(np.uint8)
        batch["z"][:: search.restarts] = nets.guess(filled)
    tx = OPTIMISERS[search.optimiser](search.lr or LR[search.optimiser], search.steps, search.temperature)
    if clip := search.clip or (1.0 if nets.sampler.prior == "uniform" else None):
        tx = optax.chain(tx, within(clip))
    game = recipes.inpainting(
        nets.G, nets.nets, D=nets.D, tx=tx, weight=search.weight, prior=search.prior,
        perceptual=PERCEPTUAL[search.perceptual or nets.perceptual],
    )  # fmt: skip
    every = searched(game, batch, steps=search.steps, seed=search.seed, dispatches=dispatches)
    best = cheapest(every, search.restarts)
    drawn = nets.images(best.code)
    return Completed(np.where(known[..., None], images, drawn), drawn, best, every)


def inverted(
    nets: Frozen, images: np.ndarray, method: str, search: Search
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Codes [N, latent] of uint8 images [N, H, W, C], what G makes of them, and what the search says they cost.

    Args:
      nets: G, and what the search asks for.
      images: what codes are wanted of.
      method: "encoder", "search", or "both": a search from where the encoder points.
      search: how.
    """
    if method == "encoder":
        codes = nets.guess(images)
        return codes, nets.images(codes), {}
    settings = {name: getattr(search, name) for name in Search.__dataclass_fields__}
    settings |= {"weighting": "plain", "start": "encoder" if method == "both" else "prior"}
    done = completed(nets, images, np.ones(images.shape[:3], bool), Search(**settings))
    return done.found.code, done.drawn, done.found.costs


def records(done: Completed, names: Sequence[str], known: np.ndarray, restarts: int) -> list[dict[str, Any]]:
    """What the search of each image, by name, came to, and each of its restarts."""
    found = []
    for i, name in enumerate(names):
        own = slice(i * restarts, (i + 1) * restarts)
        costs = {name: float(cost[i]) for name, cost in done.found.costs.items()}
        every = {name: cost[own].tolist() for name, cost in done.all.costs.items()}
        found.append({"image": name, "missing": float((~known[i]).mean()), **costs, "restarts": every})
    return found


def dispatches(steps: int) -> int:
    """Into how many equal parts to divide steps so that there are about `FRAMES` places to show."""
    return divided(steps, FRAMES)


def blended(done: Completed, images: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The completions with their gradients kept and their colours shifted to meet the known pixels, which stay."""
    parts = [poisson(image, drawn, mask) for image, drawn, mask in zip(images, done.drawn, known)]
    blend = np.clip(np.round(np.stack(parts)), 0, 255).astype(np.uint8)
    return np.where(known[..., None], images, blend)


def sheet(images: np.ndarray, known: np.ndarray, **completions: np.ndarray) -> Image.Image:
    """A row for each image: itself, what was known of it, its completions by the titles that stand over them."""
    covered = np.where(known[..., None], images, np.uint8(GREY))
    rows = np.stack([images, covered, *completions.values()], 1)
    picture = pictures.grid(rows.reshape(-1, *images.shape[1:]), rows.shape[1])
    return pictures.titled(picture, ["image", "known", *completions])


def frames(nets: Frozen, path: np.ndarray, images: np.ndarray, known: np.ndarray) -> list[Image.Image]:
    """The completions along a search's path [places, N, latent], a picture for each place."""
    places = [np.where(known[..., None], images, nets.images(codes)) for codes in path]
    return [pictures.grid(place) for place in places]
