"""A row of the tests' table: a system at its smallest, by its script and flags."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from jaxgen import run
from jaxgen.data import Source, open_source
from jaxgen.game import Game
from running import TINY, settings_of


class Row(NamedTuple):
    script: str  # experiments/<family>/<this>.py
    flags: str = ""  # that make it small
    metrics: set[str] = frozenset()  # that it reports
    reduced: Mapping[str, int] = MappingProxyType({})  # net -> gradients that cross devices a round, if not one a turn
    still: tuple[str, ...] = ()  # parameters whose gradient is zero: they move by rounding noise, or not at all
    game: Callable[[], Game] | None = None  # of what no script plays
    dataset: str = ""  # by default the small images
    after: str = ""  # flags that make short what a script does after its rounds

    def words(self, images: Path) -> list[object]:
        """The script's command line, but for --out."""
        return ["--dataset", self.dataset or images, *TINY, *self.flags.split(), *self.after.split()]


class Asked(Exception):
    """What a script was about to train."""


def built(row: Row, images: Path, out: Path, *flags: object) -> tuple[Game, Source]:
    """A row's game, as its script makes it, and what it is trained on."""
    if row.game:
        return row.game(), open_source(str(images))
    module, config = settings_of(row.script, *row.words(images), *flags, "--out", out)
    asked = []

    def train(session: run.Session, game: Game, *_: object, **__: object) -> None:
        asked.append((game, session.source))
        raise Asked

    really, run.Session.train = run.Session.train, train
    try:
        with contextlib.suppress(Asked):
            module.main(config)
    finally:
        run.Session.train = really
    return asked[0]
