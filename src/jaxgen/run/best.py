"""Scores of a run while it trains, and the checkpoint with the best of them."""

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import jax
from jax.sharding import Mesh

from jaxgen.abilities import Drawing
from jaxgen.data import Source
from jaxgen.errors import InputError
from jaxgen.game import State
from jaxgen.measure.drawn import generated
from jaxgen.measure.evaluate import evaluate, network, of_source
from jaxgen.metrics import scores
from jaxgen.metrics.protocol import PRESETS
from jaxgen.model.applied import learned
from jaxgen.run.settings import Settings
from jaxgen.run.watch import conditions
from jaxgen.store.checkpoint import Checkpoints, barrier
from jaxgen.store.folder import Folder


class Best:
    """What --every asks for.

    Args:
      settings: the run's.
      sampler: how its images are made.
      source: its data.
      mesh: its devices.
      folder: its folder.
      first: the round that it starts or goes on from: a best checkpoint of a later one, which is to come again, goes.

    Raises:
      InputError: the experiment draws no images, or the network is not to be had.
    """

    def __init__(
        self, settings: Settings, sampler: Drawing | None, source: Source, mesh: Mesh, folder: Folder, first: int
    ):
        if sampler is None:
            raise InputError("--every is for experiments that draw images; this one draws none")
        self._sampler, self._mesh = sampler, mesh
        self._metrics = scores.chosen(settings.every_metrics)
        self._protocol = PRESETS[settings.every_protocol]
        self._through = network(settings.every_network, settings.every_classifier, self._protocol.resize, self._metrics)
        told = {"name": settings.dataset, "split": settings.split, "size": settings.size}
        self._real = of_source(source, self._protocol.real, self._protocol.seed, told, keep=True)
        self._given = conditions(sampler, source, self._protocol.seed, self._protocol.generated)
        self._folder = folder.best
        for round in self._rounds():
            if round > first and jax.process_index() == 0:
                shutil.rmtree(folder.best / str(round))
        barrier("best")

    def score(self, state: State) -> dict[str, float]:
        """The scores of a state, by the names of their curves: "scores/FID"."""
        variables = learned(state, self._sampler)
        told = {"round": int(state.round)}
        fake = generated(self._sampler, variables, self._protocol, self._mesh, told, self._given)
        found = evaluate(fake, self._real, self._metrics, self._protocol, self._through, self._mesh)
        self._name = f"scores/{found.scores[0].name}"
        return {f"scores/{score.name}": score.value for score in found.scores}

    def keep(self, state: State, position: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> bool:
        """Save the state if the first score of the last line is better than all before it; whether it was."""
        higher = next(iter(self._metrics.values())).higher
        told = [line[self._name] for line in lines if self._name in line]
        better = all(told[-1] > before if higher else told[-1] < before for before in told[:-1])
        if better and int(state.round) not in self._rounds():
            with contextlib.closing(Checkpoints(self._folder, keep=1)) as checkpoints:
                checkpoints.save(state, position)
        return better

    def _rounds(self) -> list[int]:
        return Checkpoints(self._folder, keep=0).rounds()
