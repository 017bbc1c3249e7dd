"""`jaxgen apply`, also called `translate`, `upscale`, `colourise`, `segment` and `impute`: files in, files out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from jaxgen.commands.given import Given
from jaxgen.commands.opened import opened
from jaxgen.errors import InputError
from jaxgen.limits import Seed


@dataclass(frozen=True)
class Apply(Given):
    """Apply a run to files: what it makes of images, in files of the same names."""

    # The run's folder: one that makes something of images.
    run: Positional[Path]
    # Files, or folders of them.
    inputs: Positional[tuple[Path, ...]]
    # A folder for the results: files of the same names, .png where that can hold them, else .tif.
    out: Path = Path("applied")
    # Which way, of a run that has several: a2b, or b2a.
    direction: str | None = None
    # Of images of another size than the run takes: resize their centre squares, and say so, or refuse them.
    sizes: Literal["resize", "refuse"] = "resize"
    # Of noise, for a run that has some: the same seed gives the same results.
    seed: Seed = 0
    # Which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        model = opened(self.run, self.checkpoint)
        from jaxgen.abilities import Map
        from jaxgen.model import files as work
        from jaxgen.show import files, inputs

        found = work.chosen(model.abilities(Map), self.direction)
        name = work.taken(found)
        given = self.told(found.takes, without=[name])
        works = work.listed(self.inputs)
        load = work.read(works, found.takes[name], self.sizes == "resize")
        suffixes = {made: files.suffix(field) for made, field in found.gives.items()}
        few = len(found.gives) == 1
        places = [
            {made: (self.out if few else self.out / made) / one.name.with_name(one.name.name + suffix)
             for made, suffix in suffixes.items()} for one in works
        ]  # fmt: skip
        for one, place in zip(works, places):
            if one.file.resolve() in {path.resolve() for path in place.values()}:
                raise InputError(f"{one.file} would be written over: choose another --out")
        inputs.writable(self.out, {place.name for made in places for place in made.values()})
        for number, made in work.results(model.bind(found), len(works), load, name, given, self.seed):
            for field, array in made.items():
                files.save(array, found.gives[field], places[number][field])
        print(self.out)
