"""A run from its first round to its report, through whatever stops it on the way."""

import contextlib
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import jax
import numpy as np
from flax import linen as nn

from jaxgen.abilities import Drawing, codec
from jaxgen.data import Source, Stream, open_source
from jaxgen.errors import InputError, NotFinite
from jaxgen.executors import batch_sharding, data_parallel, state_sharding
from jaxgen.game import Game, Net, State, init, turns
from jaxgen.model import older
from jaxgen.run import compiled, processes, watch
from jaxgen.run.best import Best
from jaxgen.run.log import Log
from jaxgen.run.report import write_report
from jaxgen.run.settings import Settings, as_json, check, differences
from jaxgen.run.signals import Stopped, StopSignals
from jaxgen.show import pictures
from jaxgen.store.checkpoint import Checkpoints, barrier
from jaxgen.store.environment import environment
from jaxgen.store.folder import FORMAT, Folder, cache_folder, write_json


class Session:
    """What an experiment needs around its game: devices, data and a folder of its own.

        with Session(settings, "dcgan") as session:
            size, channels = session.size, session.channels
            session.train(game, sampler)

    Args:
      settings: the experiment's.
      experiment: its name; a folder is gone on with by the same experiment only.
      source: data of the experiment's own, which need not be images; by default what `settings` names.

    Raises:
      InputError: on entering, for whatever is wrong with the settings, the devices, the folder or the data.
    """

    def __init__(self, settings: Settings, experiment: str, source: Source | None = None):
        self.settings, self.experiment, self._given = settings, experiment, source
        self.folder = Folder(settings.out)
        self._held = contextlib.ExitStack()  # what is given back on leaving

    def __enter__(self) -> "Session":
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
            self._compare("settings", as_json(settings))
            self._open_data()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _read_config(self) -> None:
        self._old = self.folder.config() if self.folder.config_file.exists() else None

    def _compare(self, what: str, new: Any) -> None:
        """Refuse to go on with a run that is not this one."""
        if self._old is None:
            return
        old = self._old.get(what)
        if self._old.get("experiment") != self.experiment:
            found = self._old.get("experiment")
            raise InputError(f"{self.folder.path} is a run of the experiment {found}, not of {self.experiment}")
        if what == "settings" and (changed := differences(old or {}, self.settings)):
            raise InputError(
                f"{self.folder.path} was begun with other settings ({'; '.join(changed)}): choose another --out"
            )
        if what == "data" and old != new:
            raise InputError(f"the data of {self.folder.path} has changed since it was begun: choose another --out")

    def _open_data(self) -> None:
        s = self.settings
        source = self._given or self._open_images()
        self.source = source
        self.stream = Stream(source, batch=s.batch, seed=s.seed, part=jax.process_index(), parts=jax.process_count())
        self._data = {"name": s.dataset, "split": s.split, "images": source.length, "fingerprint": source.fingerprint()}
        self._compare("data", self._data)

    def _open_images(self) -> Source:
        s = self.settings
        with _first_process_first():  # which prepares a TFDS set while the others wait
            source = open_source(s.dataset, split=s.split, data_dir=s.data_dir, size=s.size, channels=s.channels)
        height, width, self.channels = source.shape
        if height != width:
            raise InputError(
                f"the images of {s.dataset} are {height}x{width}: say --size to crop and resize them to squares"
            )
        self.size = height
        return source

    def train(
        self,
        game: Game,
        sampler: Drawing | None,
        picture: watch.Picture = pictures.sheet,
        draw: Callable[[State], Any] | None = None,
        nets: Mapping[str, nn.Module] = MappingProxyType({}),
        critic: Net | None = None,
    ) -> State:
        """Play the game until it has had `settings.rounds` rounds, from the last checkpoint if there is one.

        Args:
          game: the game; its batches are {"image": uint8 [B, H, W, C]} and, where the data has classes, "label".
          sampler: draws the grids, with the averaged parameters if the game keeps an average of them; None draws none.
          picture: what is drawn -> the picture of it: by default a grid of images in [-1, 1].
          draw: a state -> what is drawn, on the devices; by default 64 images of the sampler.
          nets: the game's nets, by name, that the config shall describe so that others can use them when trained.
          critic: the game's net D, by which --held-out measures how far it overfits.

        Returns:
          The state after the last round.

        Raises:
          Stopped: by a signal, after saving.
          Found: what --stop-on names, after saving.
          NotFinite: a loss or a gradient is not; the checkpoints are from before.
          InputError: the run is of another game, or further than `rounds` already.
          OSError: something could not be written; the checkpoints are whole.
        """
        checkpoints = Checkpoints(self.folder.checkpoints, self.settings.keep)
        try:
            state = self._begin(game, checkpoints)
            first = int(state.round)
            if first > self.settings.rounds:
                raise InputError(
                    f"{self.folder.path} is at round {first} already; --rounds {self.settings.rounds} is less"
                )
            measure = watch.measuring(self.settings, self.source, game, None if draw else sampler, critic)
            scored = self.settings.every > 0
            best = Best(self.settings, sampler, self.source, self.mesh, self.folder, first) if scored else None
            self._write_config(sampler, nets, first)
            if self.settings.compilation_cache:
                self._held.enter_context(compiled.kept(cache_folder() / "compiled"))
            if first == self.settings.rounds:
                print(f"{self.folder.path} is at round {first} already; more --rounds would go on", file=sys.stderr)
            else:
                drawn = draw or (watch.sampled(sampler, self.settings.seed) if sampler else None)
                draws = watch.drawing(drawn, picture, self.folder, self.first_process)
                state = self._play(game, draws, measure, state, checkpoints, best)
        except (NotFinite, OSError) as error:
            kept = checkpoints.rounds()
            error.add_note(f"the last good checkpoint is of round {kept[-1]}" if kept else "there is no checkpoint yet")
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

    def _begin(self, game: Game, checkpoints: Checkpoints) -> State:
        example = self.stream.whole(0)
        start = partial(init, game, jax.random.key(self.settings.seed))
        like = jax.eval_shape(start, example)
        where = state_sharding(game, self.mesh, like)
        found = checkpoints.load(
            jax.tree.map(lambda x, s: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=s), like, where)
        )
        if found is None:
            return jax.jit(start, out_shardings=where)(example)
        state, position = found
        if position != self._position(game, int(state.round)):
            raise InputError(f"the checkpoint of {self.folder.path} stands elsewhere in the data ({position})")
        return state

    def _position(self, game: Game, round: int) -> dict[str, Any]:
        """Where the data stands after a round: with the seed, this is the whole of the data's state."""
        return {"batches": round * turns(game), "batch": self.settings.batch, **self._data}

    def _play(
        self,
        game: Game,
        draw: Callable[[State], None],
        measure: watch.Measure,
        state: State,
        checkpoints: Checkpoints,
        best: Best | None,
    ) -> State:
        s, first, at_once = self.settings, int(state.round), self.settings.rounds_per_dispatch
        step = data_parallel(game, self.mesh, executor=s.executor)
        blocks = self._blocks(turns(game), first, at_once)
        log = Log(
            self.folder, list(game.players), first=first, rounds=s.rounds, batch=s.batch, speaks=self.first_process
        )
        watcher = watch.Watch(s.stop_on, log.lines, self.first_process)
        in_flight: deque[Any] = deque()  # so that the host runs at most two dispatches ahead
        if first == 0:
            draw(state)
        with contextlib.closing(log), StopSignals() as signals:
            block = next(blocks)
            for done in range(first + at_once, s.rounds + 1, at_once):
                compiling = done == first + at_once
                with log.paused() if compiling else contextlib.nullcontext():
                    state, metrics = step(state, block)
                    if compiling:
                        jax.block_until_ready(metrics)
                log.add(metrics, timed=not compiling)
                in_flight.append(metrics)
                block = log.next(blocks, busy=in_flight[-1])  # while the devices compute
                if len(in_flight) > 2:
                    jax.block_until_ready(in_flight.popleft())
                last = done == s.rounds
                scoring = bool(best) and done % s.every == 0
                logging = last or scoring or done % s.log_every == 0
                sampling = last or done % s.sample_every == 0
                asked = signals.asked() if logging or jax.process_count() == 1 else 0
                saving = last or asked or done % s.save_every == 0
                if done % s.sample_every == 0:  # not where a run happens to stop: going on must give the same lines
                    with log.paused():
                        log.note(measure(state))
                if best and scoring:
                    with log.paused():
                        log.note(best.score(state))
                if logging or saving:
                    log.flush()  # before saving: a state that is not finite must never be saved
                found = watcher.look(log.lines) if logging else None
                with log.paused():
                    if best and scoring:
                        best.keep(state, self._position(game, done), log.lines)
                    if saving or found:
                        checkpoints.save(state, self._position(game, done))
                    if sampling or found:
                        draw(state)
                if asked:
                    raise Stopped(asked, done)
                if found and not last:
                    raise watch.Found(found, done)
        return state

    def _blocks(self, per_round: int, first: int, at_once: int) -> Iterator[Any]:
        """Blocks of data on the devices, leaves [rounds, turns, B, ...]."""
        sharding = batch_sharding(self.mesh)

        def place(array: np.ndarray) -> jax.Array:
            array = array.reshape(at_once, per_round, *array.shape[1:])
            shape = (at_once, per_round, self.settings.batch, *array.shape[3:])
            return jax.make_array_from_process_local_data(sharding, array, shape)

        for block in self.stream.blocks(at_once * per_round, first * per_round):
            yield jax.tree.map(place, block)

    def _write_config(self, sampler: Drawing | None, nets: Mapping[str, nn.Module], first: int) -> None:
        if not self.first_process:
            return
        starts = (self._old or {}).get("starts", [])
        told = {
            "settings": as_json(self.settings),
            "nets": {name: codec.describe_net(module) for name, module in nets.items()},
            "sampler": sampler and older.sampler(codec.describe(sampler)),  # until experiments name their abilities
        }
        config = {
            "format": FORMAT,
            "experiment": self.experiment,
            "settings": as_json(self.settings),
            "data": self._data,
            "abilities": older.abilities(told),
            "starts": [*starts, {"round": first, **environment()}],
        }
        write_json(self.folder.config_file, config)


@contextlib.contextmanager
def _first_process_first() -> Iterator[None]:
    if jax.process_index() != 0:
        barrier("first process")
    yield
    if jax.process_index() == 0:
        barrier("first process")
