"""What an experiment's `build` gives: a game, what the trained run can do, and what is drawn and measured of it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jaxgen.abilities import Ability
from PIL import Image

from jaxgen.data import Source
from jaxgen.game import Game, Net, State
from jaxgen.show import pictures


class Ended(NamedTuple):
    """A run that has had its rounds, on the host: what `System.finish` goes by."""

    config: Any  # the experiment's settings
    folder: Path
    source: Source
    state: State
    params: Mapping[str, Any]  # by net: the averages where there are any
    stats: Mapping[str, Any]
    test: Source | None  # the split "test", where there is one that was not trained on

    @property
    def measured(self) -> Source:
        """What figures are of: the test split, else what was trained on."""
        return self.test or self.source

    @property
    def about(self) -> dict[str, Any]:
        """What figures are of, for their record."""
        split = "train" if self.test is None else "test"
        return {"rounds": int(self.state.round), "measured_on": split, "images": self.measured.length}


class System(NamedTuple):
    """A system, made without data and without files, so that tests and benchmarks can make it too."""

    game: Game
    abilities: Sequence[Ability] = ()  # in config.json, for commands to ask for
    critic: Net | None = None  # the game's net D, by which --held-out measures how far it overfits
    draw: Callable[[State], Any] | None = None  # for pictures; by default 64 images of the first ability that draws
    picture: Callable[[Any], Image.Image] = pictures.sheet  # of what was drawn
    finish: Callable[[Ended], Mapping[str, Any]] | None = None  # pictures into the folder; figures for test.json
