"""A row of the tests' table: a system at its smallest, by its script and flags."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from jaxgen import run
from jaxgen.data import Source, open_source
from jaxgen.game import Game
from places import DIGITS
from running import TINY, module, settings_of


class Row(NamedTuple):
    script: str  # experiments/<family>/<this>.py
    flags: str = ""  # that make it small
    metrics: set[str] = frozenset()  # that it reports
    reduced: Mapping[str, int] = MappingProxyType({})  # net -> gradients that cross devices a round, if not one a turn
    frozen: tuple[str, ...] = ()  # nets that no player owns
    still: tuple[str, ...] = ()  # parameters whose gradient is zero, which noise alone moves, and stats of them
    begins: bool = False  # its script begins with another run's nets: it is played as a game alone
    game: Callable[[], Game] | None = None  # of what no script plays
    dataset: str = str(DIGITS)
    after: str = ""  # flags that make short what a script does after its rounds
    plays: str = ""  # another row, whose game this is: it has a script's tests, and no game's
    slow: bool = False  # its parts are in other rows too: `make test-all` plays it

    @property
    def words(self) -> list[str]:
        """The script's command line, but for --out."""
        return ["--dataset", self.dataset, *TINY, *self.flags.split(), *self.after.split()]

    def built(self, *flags: str) -> tuple[Game, Source]:
        """Its game, as its script builds it, and what it is trained on."""
        if self.game:
            return self.game(), open_source(self.dataset)
        config = settings_of(self.script, *self.words, *flags)
        source = (getattr(module(self.script), "source", None) or run.opened)(config)
        return module(self.script).build(config, source.fields).game, source
