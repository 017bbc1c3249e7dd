"""`jaxgen apply`, also called `translate`, `upscale`, `colourise`, `segment` and `impute`: files in, files out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional

from jaxgen.commands.given import Given
from jaxgen.commands.opened import opened
from jaxgen.errors import InputError
from jaxgen.limits import AtLeast, Seed

if TYPE_CHECKING:
    from jaxgen.data.fields import Field
    from jaxgen.model.files import Work


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
    # Of images of another size than the run was trained on: keep it, resize their centre squares, and say so, or refuse
    # them. By default it is kept where the run takes smaller ones than that, and with --pad.
    sizes: Literal["keep", "resize", "refuse"] | None = None
    # Side in pixels of the tiles, which overlap, that larger images are worked on in; that changes no result.
    tile: Annotated[int, AtLeast(1)] = 256
    # Let images whose sides the run does not take go on as their mirrors, which are cut off of the results.
    pad: bool = False
    # A file for a picture of images and of what was made of them, side by side, of the first ones.
    sheet: Path | None = None
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
        from jaxgen.model import tiles
        from jaxgen.show import files, inputs

        found = work.chosen(model.abilities(Map), self.direction)
        name = work.taken(found)
        free = found.multiple is not None and found.multiple < found.takes[name].shape[0]
        sizes = self.sizes or ("keep" if free or self.pad else "resize")
        if sizes == "keep" and not found.multiple:
            raise InputError("the run takes images of one size alone: say --sizes resize, or refuse")
        given = self.told(found.takes, without=[name])
        works = work.listed(self.inputs)
        reading = work.read(works, found, name, sizes)
        places = self._places(works, reading.fields)
        whole = {"tile": self.tile, "pad": self.pad}
        plans = [tiles.plan(found, sides, **whole, where=one.file) for one, sides in zip(works, reading.sides)
                 if sizes == "keep"]  # fmt: skip
        inputs.writable(self.out, {place.name for made in places for place in made.values()})
        bound = model.bind(found)
        results = (
            work.whole_results(bound, reading, plans, name, given, self.seed)
            if plans
            else work.results(bound, reading, name, given, self.seed)
        )
        for number, kept, made in results:
            for field, array in made.items():
                files.save(*kept.result(array, found.gives[field]), places[number][field])
        if self.sheet:
            pairs = [(one.file, next(iter(place.values()))) for one, place in zip(works, places)]
            inputs.beside(pairs, self.sheet, ("given", "made"))
        print(self.out)

    def _places(self, works: "Sequence[Work]", fields: "Sequence[Mapping[str, Field]]") -> list[dict[str, Path]]:
        """By file and field: where results are written.

        Raises:
          InputError: a file would be written over.
        """
        from jaxgen.show import files

        places = []
        for one, made in zip(works, fields):
            home = {name: self.out if len(made) == 1 else self.out / name for name in made}
            places.append({name: home[name] / one.name.with_name(one.name.name + files.suffix(field))
                           for name, field in made.items()})  # fmt: skip
            if one.file.resolve() in {path.resolve() for path in places[-1].values()}:
                raise InputError(f"{one.file} would be written over: choose another --out")
        return places
