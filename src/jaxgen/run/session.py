"""A run from its first round to its report, through whatever stops it on the way."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import numpy as np

from jaxgen.abilities import Drawing, codec
from jaxgen.data import Fields, Source, Stream, describe, open_source
from jaxgen.data.derived import labelled
from jaxgen.data.open import placed
from jaxgen.errors import InputError, NotFinite
from jaxgen.executors import batch_sharding, data_parallel, state_sharding
from jaxgen.game import State, init, turns
from jaxgen.run import compiled, processes, same, watch
from jaxgen.run.begin import begun_with, knowing
from jaxgen.run.best import Best
from jaxgen.run.log import Log
from jaxgen.run.play import Beside, play
from jaxgen.run.report import write_report
from jaxgen.run.settings import Settings, as_json, check, differences
from jaxgen.run.system import Ended, System
from jaxgen.store.checkpoint import Checkpoints, barrier
from jaxgen.store.environment import environment
from jaxgen.store.folder import FORMAT, Folder, cache_folder, write_json


class Session[S: Settings]:
    """What an experiment needs around its game: devices, data and a folder of its own.

        with Session(settings, "dcgan") as session:
            session.train(build(settings, session.fields))

    Args:
      settings: the experiment's.
      experiment: its name; a folder is gone on with by the same experiment only.
      source: settings -> data of the experiment's own; by default what `settings` names.

    Raises:
      InputError: on entering, for whatever is wrong with the settings, the devices, the folder or the data.
    """

    def __init__(self, settings: S, experiment: str, source: Callable[[S], Source] | None = None):
        self.settings, self.experiment, self._open = settings, experiment, source or opened
        self.folder = Folder(settings.out)
        self._began_with: dict[str, Any] | None = None
        self._held = contextlib.ExitStack()  # what is given back on leaving

    def __enter__(self) -> "Session[S]":
        settings = self.settings
        check(settings)
        processes.join(settings)
        self.mesh = processes.mesh(settings)
        self.first_process = jax.process_index() == 0
        self._read_config()
        if self.first_process:
            self._held.enter_context(self.folder.claim())
        try:
            barrier("claimed")
            self._read_config()  # again: the one before is for not touching what is not a run's, this one is ours alone
            self._compare_settings()
            self._open_data()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @property
    def fields(self) -> Fields:
        """Of the data."""
        return self.source.fields

    @property
    def _instead(self) -> str:
        """What to do where a run cannot be gone on with."""
        return f"choose another --out, and --begin-with {self.folder.path} to begin with its nets"

    def _read_config(self) -> None:
        self._old = self.folder.config() if self.folder.config_file.exists() else None

    def _compare_settings(self) -> None:
        """Refuse to go on with a run that is not this one."""
        if self._old is None:
            return
        found, path = self._old.get("experiment"), self.folder.path
        if found != self.experiment:
            raise InputError(f"{path} is a run of the experiment {found}, not of {self.experiment}")
        if changed := differences(self._old.get("settings") or {}, self.settings):
            raise InputError(f"{path} was begun with other settings ({'; '.join(changed)}): {self._instead}")

    def _open_data(self) -> None:
        s, begun = self.settings, (self._old or {}).get("data") or {}
        with _first_process_first():  # which prepares a TFDS set, and reads a large one, while the others wait
            self.source = self._open(s)
            try:
                self._data = same.described(self.source, s.dataset, s.split, begun)
            except same.Changed as error:
                raise InputError(f"{self.folder.path} {error}: {self._instead}") from None
        self.stream = Stream(
            self.source, batch=s.batch, seed=s.seed, part=jax.process_index(), parts=jax.process_count()
        )
        if self.first_process:
            print(f"{describe(self.source)}; on {processes.told(self.mesh)}", file=sys.stderr)

    def train(self, system: System) -> State:
        """Play a system's game until it has had `settings.rounds` rounds, from the last checkpoint if there is one.

        Returns:
          The state after the last round.

        Raises:
          Stopped: by a signal, after saving.
          Found: what --stop-on names, after saving.
          NotFinite: a loss or a gradient is not; the checkpoints are from before.
          InputError: the run is of another game, or further than `rounds` already, or has no whole checkpoint.
          OSError, MemoryError, RuntimeError: something could not be read or written, or a device failed; checkpoints
            are whole.
        """
        s, checkpoints = self.settings, Checkpoints(self.folder.checkpoints, self.settings.keep)
        begun = False
        try:
            state = self._begin(system, checkpoints)
            begun, first = True, int(state.round)
            if first > s.rounds:
                raise InputError(f"{self.folder.path} is at round {first} already; --rounds {s.rounds} is less")
            self._config = self._described(system, first)
            beside = self._beside(system, checkpoints, first)
            self._write_config()
            if s.compilation_cache:
                self._held.enter_context(compiled.kept(cache_folder() / "compiled"))
            if first == s.rounds:
                print(f"{self.folder.path} is at round {first} already; more --rounds would go on", file=sys.stderr)
            else:
                state = self._play(system, state, beside)
        except (NotFinite, OSError, MemoryError, RuntimeError, KeyboardInterrupt) as error:
            if begun:  # what could not be read is no good checkpoint
                _noted(error, checkpoints)
            raise
        except watch.Found:
            if self.first_process:
                write_report(self.folder)
            raise
        finally:
            checkpoints.close()
        if self.first_process:
            write_report(self.folder)
            print(f"{self.folder.path} is done; look at {self.folder.report}", file=sys.stderr)
        return state

    def ended(self, system: System, state: State) -> Ended:
        """What `System.finish` goes by; on the first process alone."""
        nets = set(state.params)
        params, stats = jax.device_get(({net: state.ema.get(net, state.params[net]) for net in nets}, state.stats))
        return Ended(self.settings, self.folder.path, self.source, state, params, stats)

    def _begin(self, system: System, checkpoints: Checkpoints) -> State:
        example = self.stream.whole(0)
        start = partial(init, system.game, jax.random.key(self.settings.seed))
        like = jax.eval_shape(start, example)
        lying = state_sharding(system.game, self.mesh, like)
        found = checkpoints.load(
            jax.tree.map(lambda x, s: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=s), like, lying)
        )
        self._saved = found is not None
        if found is None:
            self._may_begin()
            if system.needs and not self.settings.begin_with:
                lacking = " and ".join(system.needs)
                raise InputError(f"the nets {lacking} are those of a run that trained them: say --begin-with RUN")
            state = jax.jit(start, out_shardings=lying)(example)
            if self.settings.begin_with:
                told = [codec.describe(ability) for ability in system.abilities]
                begin_with, nets = self.settings.begin_with, self.settings.begin_nets or system.begins
                state, self._began_with = begun_with(state, begin_with, nets, system.needs, told)
            return knowing(state, system.know(state, self.source)) if system.know else state
        state, position = found
        if position != self._position(system, int(state.round)):
            raise InputError(f"the checkpoint of {self.folder.path} stands elsewhere in the data ({position})")
        return state

    def _may_begin(self) -> None:
        """
        Raises:
          InputError: the run had a checkpoint once, and has none now: beginning anew would end what is left of it.
        """
        if self._old is None:
            return
        path, aside = self.folder.path, self.folder.path / "damaged"
        if self._old.get("saved", True):
            where = f"; {aside} has what was damaged" if aside.is_dir() else ""
            raise InputError(
                f"{path} is a run without a whole checkpoint{where}: put one back into {self.folder.checkpoints}, or "
                "choose another --out to begin anew"
            )
        if self.first_process:
            print(f"{path} was stopped before its first checkpoint and begins anew", file=sys.stderr)

    def _save(self, system: System, checkpoints: Checkpoints, state: State) -> None:
        checkpoints.save(state, self._position(system, int(state.round)))
        if not self._saved:
            self._saved = True
            self._write_config()

    def _position(self, system: System, round: int) -> dict[str, Any]:
        """Where the data stands after a round: with the seed, this is the whole of the data's state."""
        return {"batches": round * turns(system.game), "batch": self.settings.batch, **same.stands(self._data)}

    def _beside(self, system: System, checkpoints: Checkpoints, first: int) -> Beside:
        s, drawing = self.settings, next((a for a in system.abilities if isinstance(a, Drawing)), None)
        drawn = system.draw or (self._sampled(drawing) if drawing else None)
        given = [self.source.read(np.arange(min(system.shown, self.source.length)))] if system.shown else []
        measured = None if system.draw else drawing
        return Beside(
            draw=watch.drawing(drawn, system.picture, self.folder, self.first_process, given),
            measure=watch.measuring(s, self.source, system.game, measured, system.critic),
            best=Best(s, drawing, self.source, self.mesh, self.folder, first) if s.every else None,
            save=partial(self._save, system, checkpoints),
            position=partial(self._position, system),
        )

    def _sampled(self, drawing: Drawing) -> Callable[[State], jax.Array]:
        given = watch.conditions(drawing, self.source, self.settings.seed, watch.TOLD)
        return watch.sampled(drawing, self.settings.seed, given=given)

    def _play(self, system: System, state: State, beside: Beside) -> State:
        s, game, first = self.settings, system.game, int(state.round)
        log = Log(
            self.folder, list(game.players), first=first, rounds=s.rounds, batch=s.batch, speaks=self.first_process
        )
        step = data_parallel(game, self.mesh, executor=s.executor)
        return play(step, state, self._blocks(turns(game), first), s, log, beside)

    def _blocks(self, per_round: int, first: int) -> Iterator[Any]:
        """Blocks of data on the devices, leaves [rounds, turns, B, ...]."""
        sharding, at_once = batch_sharding(self.mesh), self.settings.rounds_per_dispatch

        def place(array: np.ndarray) -> jax.Array:
            array = array.reshape(at_once, per_round, *array.shape[1:])
            shape = (at_once, per_round, self.settings.batch, *array.shape[3:])
            return jax.make_array_from_process_local_data(sharding, array, shape)

        for block in self.stream.blocks(at_once * per_round, first * per_round):
            yield jax.tree.map(place, block)

    def _described(self, system: System, first: int) -> dict[str, Any]:
        """The run's config, from this start on."""
        old, settings = self._old or {}, as_json(self.settings)
        with contextlib.suppress(InputError):  # of an experiment's own data
            settings["dataset"] = placed(self.settings.dataset)
        return {
            "format": FORMAT,
            "experiment": self.experiment,
            "settings": settings,
            "data": self._data,
            "abilities": [codec.describe(ability) for ability in system.abilities],
            "begun_with": self._began_with or old.get("begun_with"),
            "starts": [*old.get("starts", []), {"round": first, **environment()}],
        }

    def _write_config(self) -> None:
        if self.first_process:
            write_json(self.folder.config_file, self._config | {"saved": self._saved})


def opened(settings: Settings) -> Source:
    """The data that settings name, as a run in their folder began with it."""
    folder = Folder(settings.out)
    begun = folder.config().get("data") if folder.config_file.is_file() else None
    how = {**settings.where, "flip": settings.flip, "as_before": same.older(begun or {})}
    source = open_source(settings.dataset, split=settings.split, **how)
    return labelled.uneven(source, settings.cut, settings.balance, settings.seed)


def _noted(error: BaseException, checkpoints: Checkpoints) -> None:
    """Add to an error what is left of the run."""
    with contextlib.suppress(OSError):
        kept = checkpoints.rounds()
        error.add_note(f"the last good checkpoint is of round {kept[-1]}" if kept else "there is no checkpoint yet")


@contextlib.contextmanager
def _first_process_first() -> Iterator[None]:
    if jax.process_index() != 0:
        barrier("first process")
    yield
    if jax.process_index() == 0:
        barrier("first process")
