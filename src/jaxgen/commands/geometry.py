"""`jaxgen interpolate`, `arithmetic`, `traverse` and `map`: the space of a run's latent codes, to be looked at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from tyro.conf import Positional

from jaxgen.cli import at_least
from jaxgen.commands.explicit import source_of
from jaxgen.errors import InputError
from jaxgen.model import classes
from jaxgen.model.trained import Trained, read_checkpoint, variables
from jaxgen.nets import linen
from jaxgen.sampling import geometry
from jaxgen.show import codes, pictures, plots
from jaxgen.store.folder import Folder, write


@dataclass(frozen=True)
class Interpolate:
    """Draw paths between pairs of codes, one a row."""

    # The run's folder.
    run: Positional[Path]
    # How many pairs.
    rows: int = 8
    # Images on a path, both ends included.
    steps: int = 10
    # Great circles, along which a Gaussian prior's codes stay likely, or straight lines.
    path: Literal["sphere", "line"] = "sphere"
    # Of the codes.
    seed: int = 0
    # As with sample; by default RUN/interpolation.png.
    out: Path | None = None
    # A .gif to write too: from each of the codes to the next and back to the first, --steps images each.
    animation: Path | None = None
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        at_least("--rows", self.rows, 1)
        at_least("--steps", self.steps, 2)
        at_least("--seed", self.seed, 0)
        out = pictures.fit(self.out or self.run / "interpolation.png", self.animation)
        trained, sampler = classes.latent(self.run)
        ends = sampler.codes(jax.random.key(self.seed), 2 * self.rows)
        on = {"sphere": geometry.on_sphere, "line": geometry.on_line}[self.path]
        path = geometry.path(on, ends[: self.rows], ends[self.rows :], self.steps)
        pictures.save(_images(trained, path), out, self.steps)
        if self.animation:
            _animate(_images(trained, geometry.loop(ends, self.steps, on))[:, None], self.animation)


@dataclass(frozen=True)
class Arithmetic:
    """Draw a - b + c, each the mean of the codes of examples, and what lies around it (DCGAN's figure 7): a row of
    examples and their mean for each of the three, beside the result in the middle of its neighbours."""

    # The run's folder.
    run: Positional[Path]
    # Examples of a concept: numbers, from 0, of images as jaxgen sample draws them with the same --seed; or, with
    # --classifier, one class.
    a: tuple[int, ...]
    # Examples of what is to be subtracted.
    b: tuple[int, ...]
    # Examples of what a - b is to be added to.
    c: tuple[int, ...]
    # The folder of a run of experiments/classifiers/classifier.py on the same data: examples are the samples that it is surest of.
    classifier: Path | None = None
    # Examples of each class, with --classifier.
    examples: int = 3
    # Samples among which they are looked for, with --classifier.
    pool: int = 2000
    # Neighbours have uniform noise from minus this to this on each number of the code.
    noise: float = 0.25
    # Of the codes, and of the noise.
    seed: int = 0
    # As with sample; by default RUN/arithmetic.png. In an array or a folder, a row's images follow each other.
    out: Path | None = None
    # Of which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        for name, least in (("examples", 1), ("pool", 1), ("seed", 0), ("noise", 0)):
            at_least(f"--{name}", getattr(self, name), least)
        concepts = {name: getattr(self, name) for name in "abc"}
        for name, given in concepts.items():
            if self.classifier and len(given) != 1:
                raise InputError(f"--{name} is one class with --classifier, not {len(given)} numbers")
            if not self.classifier:
                at_least(f"a number in --{name}", min(given, default=-1), 0)
                if len(given) != len(self.a):
                    raise InputError(f"--a has {len(self.a)} examples and --{name} {len(given)}; they must be as many")
        out = pictures.fit(self.out or self.run / "arithmetic.png")
        trained, sampler = classes.latent(self.run, self.checkpoint)
        k_noise = jax.random.fold_in(jax.random.key(self.seed), 1)
        count = self.pool if self.classifier else max(map(max, concepts.values())) + 1
        z = sampler.codes(jax.random.key(self.seed), count)
        if self.classifier:
            seen = classes.probabilities(self.classifier, trained.images(np.asarray(z)))
            for (number,) in concepts.values():
                classes.known(number, seen, self.classifier)
            concepts = {n: tuple(classes.surest(k, seen, self.examples)) for n, (k,) in concepts.items()}
        a, b, c = (z[jnp.asarray(given)] for given in concepts.values())
        rows = [[*examples, jnp.mean(examples, 0)] for examples in (a, b, c)]
        middle = geometry.arithmetic(a, b, c)
        around = geometry.neighbours(k_noise, middle, scale=self.noise)
        square = [*around[:4], middle, *around[4:]]
        sheet = [code for i in range(3) for code in (*rows[i], *square[3 * i : 3 * i + 3])]
        drawn = _images(trained, jnp.stack(sheet))
        if out.suffix == ".png":  # a white column parts the two halves
            drawn = np.insert(drawn, len(a) + 1 + (len(a) + 4) * np.arange(3), 255, axis=0)
        pictures.save(drawn, out, len(drawn) // 3)


@dataclass(frozen=True)
class Traverse:
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
    rows: int = 8
    # Images in a row.
    steps: int = 9
    # How far a code is moved at most, in its own units: from minus this to this, by default 3, or to a class from 0 to
    # this, by default 6.
    reach: float | None = None
    # Samples that directions are learned from.
    pool: int = 2000
    # Of the codes.
    seed: int = 0
    # As with sample; by default RUN/traversal.png.
    out: Path | None = None
    # A .gif to write too: all rows at once, step by step, and back.
    animation: Path | None = None
    # Of which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        for name, least in (("rows", 1), ("steps", 2), ("pool", 2), ("seed", 0)):
            at_least(f"--{name}", getattr(self, name), least)
        to_class = self.along not in ("axes", "principal")
        reach = (6.0 if to_class else 3.0) if self.reach is None else self.reach
        if not (np.isfinite(reach) and reach > 0):
            raise InputError(f"--reach is {reach}; it must be a number above 0")
        if to_class and not self.along.isdecimal():
            raise InputError(f"--along is {self.along}; it must be axes, principal, or the number of a class")
        if to_class and not self.classifier:
            raise InputError(f"--along {self.along} is a class, which --classifier must know")
        out = pictures.fit(self.out or self.run / "traversal.png", self.animation)
        trained, sampler = classes.latent(self.run, self.checkpoint)
        if not to_class and self.rows > sampler.latent:
            raise InputError(f"--rows is {self.rows}, and the codes of {self.run} have {sampler.latent} numbers")
        z = sampler.codes(jax.random.key(self.seed), max(self.rows, self.pool))
        start, way = (z[: self.rows] if to_class else jnp.tile(z[0], (self.rows, 1))), self._way(trained, z)
        amounts = jnp.linspace(0.0 if to_class else -reach, reach, self.steps)
        drawn = _images(trained, geometry.traverse(start, way, amounts))
        pictures.save(drawn, out, self.steps)
        if self.animation:
            frames = drawn.reshape(self.rows, self.steps, *drawn.shape[1:]).swapaxes(0, 1)
            _animate(np.concatenate([frames, frames[-2:0:-1]]), self.animation)

    def _way(self, trained: Trained, z: Array) -> Array:
        """Unit directions [rows, latent]."""
        if self.along == "axes":
            return jnp.eye(self.rows, z.shape[1])
        from jaxgen.sampling import directions  # here: no other command shall wait for scikit-learn

        drawn = np.asarray(z[: self.pool])
        images = trained.images(drawn)
        if self.along == "principal":
            return jnp.asarray(directions.principal(drawn, images, self.rows))
        seen, number = classes.probabilities(self.classifier, images), int(self.along)
        classes.known(number, seen, self.classifier)
        classes.surest(number, seen, 2)
        found = {"boundary": directions.boundary, "difference": directions.difference}[self.direction]
        way = found(drawn, seen.argmax(1) == number)
        return jnp.tile(jnp.asarray(way / np.linalg.norm(way)), (self.rows, 1))


@dataclass(frozen=True)
class Map:
    """Draw the codes that a run's encoder gives to images in a plane, coloured by class where images have one."""

    # The run's folder: a VAE, an autoencoder, or another one with an encoder.
    run: Positional[Path]
    # t-SNE, which keeps neighbours together, or the two principal components.
    method: Literal["tsne", "pca"] = "tsne"
    # How many images, spread evenly over the split.
    images: int = 2000
    # Other images than the run's own, as for --dataset of the experiments.
    dataset: str | None = None
    # Split of the data; by default test, where there is one that the run did not see, else what it was trained on.
    split: str | None = None
    # Of t-SNE.
    seed: int = 0
    # A .png; by default RUN/map.png.
    out: Path | None = None
    # Of which checkpoint: the last one, or the one that --every kept as the best.
    checkpoint: Literal["last", "best"] = "last"
    # Show tracebacks.
    debug: bool = False

    def __call__(self) -> None:
        at_least("--images", self.images, 5)
        at_least("--seed", self.seed, 0)
        out = self.out or self.run / "map.png"
        if out.suffix != ".png":
            raise InputError(f"{out}: a map is written as .png")
        folder = Folder(self.run)
        config = folder.config()
        if (described := (config.get("nets") or {}).get("E")) is None:
            raise InputError(f"{self.run} is a run of {config.get('experiment')}, which has no encoder")
        E, (params, stats) = (
            linen.net(linen.build(described)),
            variables(read_checkpoint(folder, self.checkpoint)[0], "E"),
        )

        @jax.jit
        def encode(images: Array) -> Array:
            found = E.apply(params, stats, images, train=False)[0]
            return found[0] if isinstance(found, tuple) else found  # a Gaussian's mean

        source, _ = source_of(config["settings"], self.dataset, self.split)
        z, labels = codes.some(encode, source, self.images)
        _write(pictures.png(codes.code_map(codes.plane(z, self.method, self.seed), labels)), out)


def _images(trained: Trained, z: Array) -> np.ndarray:
    """Codes [..., latent] -> uint8 images [N, H, W, C]."""
    return trained.images(np.asarray(z).reshape(-1, z.shape[-1]))


def _animate(frames: np.ndarray, out: Path) -> None:
    """uint8 images [frames, N, H, W, C] as a GIF that goes round."""
    sheets = [pictures.grid(images, smallest=256) for images in frames]
    _write(plots.animation(sheets, len(sheets) / 12, colours=128, rest=False), out)


def _write(content: bytes, out: Path) -> None:
    with pictures.writing(out):
        write(out, content)
    print(out)
