"""Image files in, image files out, in the mode that they had where it is one of the run's."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from jaxgen.data.masks import HALF
from jaxgen.data.reading.files import SUFFIXES
from jaxgen.data.reading.images import BROKEN, dimensions, fit_array, load, recognised
from jaxgen.data.reading.names import some
from jaxgen.errors import InputError, note
from jaxgen.show import pictures
from jaxgen.store.folder import write

MOST, SHOWN = 8, 256  # images in a picture of some, and pixels of a side of these

COLOURS = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3}  # modes that are kept as they are


class Given(NamedTuple):
    """An image from a file."""

    name: str  # under which it is written again
    colours: np.ndarray  # uint8 [H, W, C]
    alpha: np.ndarray | None  # what is transparent, uint8 [H, W], if anything is

    @property
    def known(self) -> np.ndarray | None:
        """Which pixels are there, bool [H, W], of an image of which a part is transparent, as if erased; else None."""
        there = None if self.alpha is None else self.alpha >= HALF
        return None if there is None or there.all() or not there.any() else there


def inside(paths: Sequence[Path]) -> list[Path]:
    """Files, and those in folders, in the order of their names.

    Raises:
      InputError: there are none, or none in a folder.
    """
    if not paths:
        raise InputError("no images to work on: name files or folders after the run")
    return [file for path in paths for file in ([path] if not path.is_dir() else _inside(path))]


def named(files: Sequence[Path], suffix: str, taken: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """The names under which what is made of files is written.

    Raises:
      InputError: two would be written as one, or one as something else.
    """
    names = [f"{file.stem}{suffix}" for file in files]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"several images would be written as {twice[0]}: give them different names")
    if found := taken & set(names):
        raise InputError(f"an image may not be called {found.pop()}: another picture has that name")
    return names


def read(paths: Sequence[Path], size: int, channels: int, taken: set[str], fit: bool = False) -> list[Given]:
    """Images of one size, from files and folders, which are to be written as .png and not under names that are taken.

    Args:
      paths: of the files and folders.
      size: of the images.
      channels: of their colours, 1 or 3.
      taken: names of other pictures.
      fit: whether those of other sizes, colours or modes are brought to these, which a line on stderr says.

    Raises:
      InputError: one cannot be read; or, without `fit`, is of another size or has other colours.
    """
    files = inside(paths)
    names, found, others = named(files, ".png", taken), [], []
    for file, name in zip(files, names):
        image = _opened(file)
        if wrong := _unlike(image, size, channels):
            others.append(f"{file} {wrong}")
        if wrong and not fit:
            raise InputError(f"{others[0]}: say --sizes resize, or bring it to {_like(size, channels)}")
        found.append(Given(name, *(_fitted(file, image, size, channels) if wrong else _whole(image, channels))))
    if others:
        which = f"{len(others)} of {len(files)} images" if len(files) > 1 else "the image"
        note(f"{which} brought to {_like(size, channels)}, by centre squares: {some(others, 3)}")
    return found


def colours(given: Sequence[Given]) -> np.ndarray:
    """All images, uint8 [N, H, W, C]."""
    return np.stack([one.colours for one in given])


def restored(image: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    """Colours [H, W, C], and what is transparent, in the mode that the file had."""
    pixels = image if alpha is None else np.concatenate([image, alpha[..., None]], -1)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def beside(pairs: Sequence[tuple[Path, Path]], path: Path, titles: tuple[str, str]) -> None:
    """Write a picture of images and of what was made of them, of the first ones: centre squares, in colours.

    Raises:
      InputError: it cannot be written, or one cannot be shown.
    """
    side = min(SHOWN, max(min(dimensions(made)) for _, made in pairs[:MOST]))
    squares = [load(file, side, 3) for row in zip(*pairs[:MOST]) for file in row]
    with pictures.writing(path):
        write(path, pictures.png(pictures.titled(pictures.grid(np.stack(squares), len(pairs[:MOST])), rows=titles)))


def writable(out: Path, names: Collection[str], given: Sequence[Path] = ()) -> None:
    """Make a folder to write some names into. A line on stderr names other images that are in it already.

    Raises:
      InputError: it cannot be one, or files that were given, or lie in folders that were, would be written over.
    """
    files = {file.resolve() for file in inside(given)} if given else set()
    if over := {(out / name).resolve() for name in names} & files:
        raise InputError(f"{min(over)} would be written over: choose another --out")
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file: --out is the name of a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror})") from None
    before = sorted(path.name for path in out.iterdir() if path.suffix.lower() in SUFFIXES and path.name not in names)
    if before:
        note(f"{out} has other images in it, which stay: {some(before, 3)}")


def _inside(folder: Path) -> list[Path]:
    there = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    found = [path for path in there if path.suffix.lower() in SUFFIXES or recognised(path)]
    if not found:
        raise InputError(f"no images in the folder {folder}")
    return found


def _opened(file: Path) -> Image.Image:
    """An image turned as its camera was."""
    try:
        with Image.open(file) as image:
            image.load()
            return ImageOps.exif_transpose(image)
    except FileNotFoundError:
        raise InputError(f"there is no file {file}") from None
    except BROKEN as error:
        raise InputError(f"{file} cannot be read as an image ({type(error).__name__}: {error})") from None


def _like(size: int, channels: int) -> str:
    return f"{size}x{size} {'grey' if channels == 1 else 'RGB'}"


def _unlike(image: Image.Image, size: int, channels: int) -> str:
    """What keeps an image from being taken as it is; "" where nothing does."""
    if image.size != (size, size):
        return f"is {image.width}x{image.height}"
    return "" if COLOURS.get(image.mode) == channels else f"has the mode {image.mode}"


def _whole(image: Image.Image, channels: int) -> tuple[np.ndarray, np.ndarray | None]:
    pixels = np.asarray(image).reshape(image.height, image.width, -1)
    return pixels[..., :channels], pixels[..., channels] if pixels.shape[2] > channels else None


def _fitted(file: Path, image: Image.Image, size: int, channels: int) -> tuple[np.ndarray, np.ndarray | None]:
    if not image.has_transparency_data:
        return load(file, size, channels), None
    pixels = np.asarray(image.convert("RGBA"))
    return fit_array(pixels[..., :3], size, channels), fit_array(pixels[..., 3:], size, 1)[..., 0]
