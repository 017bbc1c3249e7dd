"""What an experiment's `build` gives: a game, what the trained run can do, and what is drawn and measured of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
from PIL import Image

from jaxgen.abilities import Ability
from jaxgen.data import Source, open_source
from jaxgen.data.derived import labelled
from jaxgen.game import ByNet, Game, Net, State
from jaxgen.model.applied import Applied
from jaxgen.model.bound import Bound
from jaxgen.run.log import read_metrics
from jaxgen.show import pictures
from jaxgen.store.folder import Folder


@dataclass(frozen=True)
class Ended:
    """A run that has had its rounds, on the host: what `System.finish` goes by."""

    config: Any  # the experiment's settings
    folder: Path
    source: Source
    state: State
    params: Mapping[str, Any]  # by net: the averages where there are any
    stats: Mapping[str, Any]

    @cached_property
    def test(self) -> Source | None:
        """The split "test" of what --dataset names, where there is one that was not trained on; opened when asked."""
        of = self.config
        return labelled.held_out(of.dataset, split=of.split, trained=self.source, **of.where)

    def net(self, name: str, net: Net) -> Applied:
        """A net with what it learned."""
        return Applied(net, *jax.device_put((self.params[name], self.stats[name])))

    def bound[A: Ability](self, ability: A) -> Bound[A]:
        """An ability with what its nets learned."""
        return Bound(ability, *ability.variables(self.params, self.stats), "averaged", self.folder)

    @property
    def measured(self) -> Source:
        """What figures are of: the test split, else what was trained on."""
        return self.test or self.source

    @property
    def about(self) -> dict[str, Any]:
        """What figures are of, for their record."""
        split = self.config.split if self.test is None else "test"
        return {"rounds": int(self.state.round), "measured_on": split, "images": self.measured.length}

    def on(self, split: str | None) -> tuple[Source, dict[str, Any]]:
        """A split that figures shall be of, by default `measured`, and what they are of, for their record."""
        if split is None:
            return self.measured, self.about
        source = open_source(self.config.dataset, split=split, **self.config.where)
        return source, {"rounds": int(self.state.round), "measured_on": split, "images": source.length}

    @property
    def seconds(self) -> float:
        """That all rounds took, those of earlier starts included."""
        return read_metrics(Folder(self.folder).metrics)[-1]["seconds"]


class System(NamedTuple):
    """A system, made without data and without files, so that tests and benchmarks can make it too."""

    game: Game
    abilities: Sequence[Ability] = ()  # in config.json, for commands to ask for
    begins: Sequence[str] = ()  # --begin-nets where that is not said; () is all that both runs have
    # A run's first state, with the nets that it begins with, and its data -> stats, by net, of all of the data: they
    # take the place of those of the nets' first weights.
    know: Callable[[State, Source], ByNet] | None = None
    critic: Net | None = None  # the game's net D, by which --held-out measures how far it overfits
    # For pictures: of a state, and, where `shown` is not 0, of a batch of so many of the data's first examples. By
    # default 64 images of the first ability that draws.
    draw: Callable[..., Any] | None = None
    shown: int = 0
    picture: Callable[[Any], Image.Image] = pictures.sheet  # of what was drawn
    # Nets that nobody trains here, which --begin-with must bring: with what they are called there.
    needs: Mapping[str, str] = MappingProxyType({})
    finish: Callable[[Ended], Mapping[str, Any]] | None = None  # pictures into the folder; figures for test.json
