"""What a run draws and measures of itself every --sample-every rounds, and what it finds in its numbers."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from PIL import Image

from jaxgen import diagnostics
from jaxgen.abilities import Drawing
from jaxgen.data import Source, open_source
from jaxgen.data.source import shared
from jaxgen.diagnostics import Finding
from jaxgen.errors import Halt, InputError
from jaxgen.game import Game, Net, State
from jaxgen.model.applied import learned
from jaxgen.run.settings import Settings
from jaxgen.show import pictures
from jaxgen.store.digest import on_host
from jaxgen.store.folder import Folder, write

Picture = Callable[[Any], Image.Image]  # of arrays on the host
Measure = Callable[[State], Mapping[str, float]]
CODES = 64  # images in the grids through training
TOLD = 8  # sentences, or what else they are drawn by, in these grids: a column each
NOTHING: Mapping[str, Any] = {}
SAMPLES = 256  # images behind a number: enough that twins show where G makes fewer than about 10,000 images


KINDS = ("equilibrium", "collapse", "failure")


class Found(Halt):
    """A run found in its numbers what it was told to stop on, and has saved."""

    def __init__(self, finding: Finding, round: int):
        super().__init__(f"stopped by --stop-on at round {round}: {told(finding)}")
        self.finding, self.round = finding, round


def told(finding: Finding) -> str:
    return f"{finding.kind} since round {finding.began}: {finding.saw}; what usually helps: {finding.helps}"


def sampled(
    sampler: Drawing, seed: int, count: int = CODES, given: Mapping[str, Any] = NOTHING
) -> Callable[[State], jax.Array]:
    """Images of the same codes, by what is given beside chance and by the averaged parameters where there are any."""
    z = sampler.codes(jax.random.key(seed), count, **given)
    return lambda state: sampler.draw(*learned(state, sampler), z)


def conditions(sampler: Drawing, source: Source, seed: int, count: int) -> dict[str, np.ndarray]:
    """What images are drawn by where that is more than classes: of `count` examples of the data."""
    if not sampler.conditions.needed:
        return {}
    chosen = source.read(np.random.default_rng(seed).integers(0, source.length, count))
    return {name: chosen[name] for name in sampler.conditions.fields}


def drawing(
    draw: Callable[..., Any] | None, picture: Picture, folder: Folder, writes: bool, given: Sequence[Any] = ()
) -> Callable[[State], None]:
    """A function that writes the picture of what a state, and what is given beside it, draws."""
    if draw is None:
        return lambda state: None
    drawn = jax.jit(draw)

    def write_picture(state: State) -> None:
        values = jax.tree.map(on_host, drawn(state, *given))
        if writes:
            write(folder.samples / f"round-{int(state.round):07}.png", pictures.png(picture(values)))

    return write_picture


def some_images(source: Source, seed: int) -> np.ndarray:
    """The images, uint8 [N, H, W, C], that samples are compared with: the same ones throughout a run."""
    count = min(SAMPLES, source.length)
    chosen = np.sort(np.random.default_rng(seed).choice(source.length, count, replace=False))
    images = source.read(chosen)["image"]
    return images if images.dtype == np.uint8 else pictures.to_uint8(images)


def measuring(settings: Settings, source: Source, game: Game, sampler: Drawing | None, critic: Net | None) -> Measure:
    """All the numbers that can be had of a game with such a sampler and such a D.

    Raises:
      InputError: --held-out is given and there is no D, or no such split.
    """
    measures: list[Measure] = []
    if sampler and sampler.quick and "image" in source.fields:  # others, such as chains, take too long for so many
        real = some_images(source, settings.seed)
        if np.any(real != real[0]):
            given = conditions(sampler, source, settings.seed, len(real))
            measures.append(of_samples(sampler, real, settings.seed, given))
    if settings.held_out is not None:
        if critic is None:
            raise InputError("--held-out is for experiments that have a D to hold it against; this one has none")
        held_out = some_images(_held_out(settings, source), settings.seed)
        measures.append(of_critic(critic, game, some_images(source, settings.seed), held_out))
    return lambda state: {name: value for measure in measures for name, value in measure(state).items()}


def _held_out(s: Settings, source: Source) -> Source:
    assert s.held_out is not None
    found = open_source(s.dataset, split=s.held_out, **s.where)
    if seen := shared(source, found):
        which = f"{seen:,} of its {found.length:,} images are in --split {s.split}"
        raise InputError(f"--held-out {s.held_out} is what the run trains on: {which}")
    if found.shape != source.shape:
        raise InputError(f"--held-out {s.held_out} has images {found.shape}, not {source.shape}: say --size")
    return found


def of_samples(sampler: Drawing, real: np.ndarray, seed: int, given: Mapping[str, Any] = NOTHING) -> Measure:
    """`samples/...`: what images of the sampler are beside as many real ones."""
    draw = jax.jit(sampled(sampler, seed, len(real), given))

    def measure(state: State) -> dict[str, float]:
        images = on_host(draw(state))
        if not np.all(np.isfinite(images)):
            return {}
        fake = pictures.to_uint8(images)
        return {
            "samples/diversity": diagnostics.diversity(fake, real),
            "samples/twins": diagnostics.twins(fake, real),
            "samples/nearest": diagnostics.nearest(fake, real),
        }

    return measure


def of_critic(critic: Net, game: Game, seen: np.ndarray, held_out: np.ndarray, name: str = "D") -> Measure:
    """`samples/gap`: D's mean score of images that it trains on minus that of held-out ones: how far it overfits."""

    @jax.jit
    def gap(state: State) -> jax.Array:
        def mean(images: np.ndarray) -> jax.Array:
            keys = jax.random.split(jax.random.key(0), len(images))
            x = game.prepare({"image": jnp.asarray(images)}, keys)["image"]
            return jnp.mean(critic.apply(state.params[name], state.stats[name], x, train=False)[0])

        return mean(seen) - mean(held_out)

    return lambda state: {"samples/gap": float(on_host(gap(state)))}


class Watch:
    """Finds out, tells the news on stderr once, and says when to stop.

    Args:
      stop_on: "none", or the kind of finding that a run shall stop on, or "any" of the bad ones.
      lines: what the run wrote before: what is found in them is not news.
      speaks: whether this process has the lines, and prints; the others do as it does.
    """

    def __init__(self, stop_on: str, lines: Sequence[Mapping[str, Any]], speaks: bool):
        self._stop_on, self._speaks = {"collapse", "failure"} if stop_on == "any" else {stop_on}, speaks
        self._known = {(f.kind, f.began) for f in diagnostics.find(lines)}

    def look(self, lines: Sequence[Mapping[str, Any]]) -> Finding | None:
        """What to stop on. All processes call it in the same rounds and get one answer."""
        stop: Finding | None = None
        for finding in diagnostics.find(lines) if self._speaks else []:
            if (finding.kind, finding.began) not in self._known:
                self._known.add((finding.kind, finding.began))
                print(f"{chr(10) if sys.stderr.isatty() else ''}{told(finding)}", file=sys.stderr, flush=True)
                if finding.kind in self._stop_on and stop is None:
                    stop = finding
        return self._agreed(stop)

    def _agreed(self, stop: Finding | None) -> Finding | None:
        if jax.process_count() == 1:
            return stop
        mine = (KINDS.index(stop.kind), stop.began) if stop else (-1, 0)
        kind, began = multihost_utils.broadcast_one_to_all(np.array(mine, np.int32))
        return stop or (
            Finding(KINDS[kind], int(began), "as the first process tells", "see there") if kind >= 0 else None
        )
