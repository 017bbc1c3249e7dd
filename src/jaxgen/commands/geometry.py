"""`jaxgen interpolate`, `arithmetic` and `traverse`: the space of a run's latent codes, to be looked at."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from tyro.conf import Positional

from jaxgen.commands.given import Given
from jaxgen.commands.opened import opened
from jaxgen.errors import InputError
from jaxgen.limits import Above, AtLeast, Seed

if TYPE_CHECKING:
    from jaxgen.model.space import Space


@dataclass(frozen=True)
class Interpolate(Given):
    """Draw paths between pairs of codes, one a row; or with the code fixed, between what images are drawn by."""

    # The run's folder.
    run: Positional[Path]
    # What changes along a row: the code; or what is told, from the first class, sentence or box that is given to the
    # last, the code staying as it is.
    between: Literal["codes", "told"] = "codes"
    # How many rows.
    rows: Annotated[int, AtLeast(1)] = 8
    # Images on a path, both ends included.
    steps: Annotated[int, AtLeast(2)] = 10
    # Great circles, along which a Gaussian prior's codes stay likely, or straight lines.
    path: Literal["sphere", "line"] = "sphere"
    # Of the codes.
    seed: Seed = 0
    # As with sample; by default RUN/interpolation.png.
    out: Path | None = None
    # A .gif to write too: from each of the codes to the next and back to the first, --steps images each.
    animation: Path | None = None
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        from jaxgen.show import pictures

        out = pictures.fit(self.out or self.run / "interpolation.png", self.animation)
        pictures.alone(out, self.rows * self.steps)
        space = _space(self, "last")
        from jaxgen.sampling import geometry
        from jaxgen.show import plots

        if self.between == "told":
            drawn = space.between(space.codes(self.seed, self.rows), self.steps)
            pictures.save(drawn, out, self.steps)
            if self.animation:
                plots.save_animation(pictures.there_and_back(drawn, self.steps), self.animation)
            return
        ends = space.codes(self.seed, 2 * self.rows)
        on = {"sphere": geometry.on_sphere, "line": geometry.on_line}[self.path]
        path = geometry.path(on, ends[: self.rows], ends[self.rows :], self.steps)
        pictures.save(space.images(path), out, self.steps)
        if self.animation:
            plots.save_animation(space.images(geometry.loop(ends, self.steps, on))[:, None], self.animation)


@dataclass(frozen=True)
class Arithmetic(Given):
    """Draw a - b + c, each the mean of the codes of examples, and what lies around it (DCGAN's figure 7): a row of
    examples and their mean for each of the three, beside the result in the middle of its neighbours."""

    # The run's folder.
    run: Positional[Path]
    # Examples of a concept: numbers, from 0, of images as jaxgen sample draws them with the same --seed; or, with
    # --classifier, one class.
    a: Annotated[tuple[int, ...], AtLeast(0)]
    # Examples of what is to be subtracted.
    b: Annotated[tuple[int, ...], AtLeast(0)]
    # Examples of what a - b is to be added to.
    c: Annotated[tuple[int, ...], AtLeast(0)]
    # The folder of a run of experiments/classifiers/classifier.py on the same data: examples are the samples that it
    # is surest of.
    classifier: Path | None = None
    # Examples of each class, with --classifier.
    examples: Annotated[int, AtLeast(1)] = 3
    # Samples among which they are looked for, with --classifier.
    pool: Annotated[int, AtLeast(1)] = 2000
    # Neighbours have uniform noise from minus this to this on each number of the code.
    noise: Annotated[float, AtLeast(0)] = 0.25
    # Of the codes, and of the noise.
    seed: Seed = 0
    # As with sample; by default RUN/arithmetic.png. In an array or a folder, a row's images follow each other.
    out: Path | None = None
    # Of which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        concepts = {name: getattr(self, name) for name in "abc"}
        for name, given in concepts.items():
            if self.classifier and len(given) != 1:
                raise InputError(f"--{name} is one class with --classifier, not {len(given)} numbers")
            if not given:
                raise InputError(f"--{name} names no image: say one number or more")
            if not self.classifier and len(given) != len(self.a):
                raise InputError(f"--a has {len(self.a)} examples and --{name} {len(given)}; they must be as many")
        from jaxgen.show import pictures

        out = pictures.fit(self.out or self.run / "arithmetic.png")
        pictures.alone(out, 3 * ((self.examples if self.classifier else len(self.a)) + 4))
        space = _space(self, self.checkpoint)
        import jax
        import jax.numpy as jnp
        import numpy as np

        from jaxgen.sampling import geometry

        count = self.pool if self.classifier else max(map(max, concepts.values())) + 1
        z = space.codes(self.seed, count)
        chosen = [np.asarray(numbers) for numbers in concepts.values()]
        if self.classifier:
            chosen = space.of_class(self.classifier, z, [int(number) for (number,) in chosen], self.examples)
        a, b, c = (z[jnp.asarray(numbers)] for numbers in chosen)
        rows = [[*examples, jnp.mean(examples, 0)] for examples in (a, b, c)]
        middle = geometry.arithmetic(a, b, c)
        around = geometry.neighbours(jax.random.fold_in(jax.random.key(self.seed), 1), middle, scale=self.noise)
        square = [*around[:4], middle, *around[4:]]
        sheet = [code for i in range(3) for code in (*rows[i], *square[3 * i : 3 * i + 3])]
        drawn = space.images(jnp.stack(sheet))
        if pictures.kind(out) == ".png":  # a white column parts the two halves
            drawn = np.insert(drawn, len(a) + 1 + (len(a) + 4) * np.arange(3), 255, axis=0)
        pictures.save(drawn, out, len(drawn) // 3)


@dataclass(frozen=True)
class Traverse(Given):
    """Draw codes that are moved step by step along directions: a row a direction, or a row a code."""

    # The run's folder.
    run: Positional[Path]
    # Which way: "axes", a row for each number of the first code; "principal", a row for each of the directions along
    # which images change most (GANSpace); or, with --classifier, the number of a class, a row for each of the codes.
    along: str = "axes"
    # The folder of a run of experiments/classifiers/classifier.py on the same data.
    classifier: Path | None = None
    # How the direction to a class is found: the normal of the boundary that a logistic regression draws between its
    # codes and the others (InterFaceGAN), or the difference of the two means.
    direction: Literal["boundary", "difference"] = "boundary"
    # How many rows.
    rows: Annotated[int, AtLeast(1)] = 8
    # Images in a row.
    steps: Annotated[int, AtLeast(2)] = 9
    # How far a code is moved at most, in its own units: from minus this to this, by default 3, or to a class from 0 to
    # this, by default 6.
    reach: Annotated[float | None, Above(0)] = None
    # Samples that directions are learned from.
    pool: Annotated[int, AtLeast(2)] = 2000
    # Of the codes.
    seed: Seed = 0
    # As with sample; by default RUN/traversal.png.
    out: Path | None = None
    # A .gif to write too: all rows at once, step by step, and back.
    animation: Path | None = None
    # Of which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        to_class = self.along not in ("axes", "principal")
        reach = (6.0 if to_class else 3.0) if self.reach is None else self.reach
        if to_class and not self.along.isdecimal():
            raise InputError(f"--along is {self.along}; it must be axes, principal, or the number of a class")
        if to_class and not self.classifier:
            raise InputError(f"--along {self.along} is a class, which --classifier must know")
        from jaxgen.show import pictures

        out = pictures.fit(self.out or self.run / "traversal.png", self.animation)
        pictures.alone(out, self.rows * self.steps)
        space = _space(self, self.checkpoint)
        import jax.numpy as jnp

        from jaxgen.sampling import geometry
        from jaxgen.show import plots

        z = space.codes(self.seed, max(self.rows, self.pool))
        start, way = (z[: self.rows] if to_class else jnp.tile(z[0], (self.rows, 1))), self._way(space, z)
        amounts = jnp.linspace(0.0 if to_class else -reach, reach, self.steps)
        drawn = space.images(geometry.traverse(start, way, amounts))
        pictures.save(drawn, out, self.steps)
        if self.animation:
            plots.save_animation(pictures.there_and_back(drawn, self.steps), self.animation)

    def _way(self, space: "Space", z: Any) -> Any:
        """Unit directions [rows, latent]."""
        pool = z[: self.pool]
        if self.along == "axes":
            return space.axes(self.rows, z[0])
        if self.along == "principal":
            return space.principal(self.rows, pool)
        found = space.to_class(self.classifier or Path(), pool, int(self.along), self.direction)
        return found[None].repeat(self.rows, 0)


def _space(command: Interpolate | Arithmetic | Traverse, checkpoint: str) -> "Space":
    model = opened(command.run, checkpoint)
    from jaxgen.abilities import Draw
    from jaxgen.model.space import Space

    draws = model.ability(Draw)
    return Space(draws, command.told(draws.ability.takes))
