"""Scripted strokes: edits of faces as data, drawn at any size, and those that a user has drawn into files."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from jaxgen.data import masks
from jaxgen.errors import InputError
from jaxgen.sampling import editing

Line = tuple[tuple[float, float], ...]  # x and y of a line's corners, as shares of the image's side


class Script(NamedTuple):
    """What is asked for, in shares of the image's side."""

    name: str
    colours: tuple[tuple[Line, tuple[int, int, int]], ...] = ()  # lines and their RGB
    sketch: tuple[Line, ...] = ()
    keep: tuple[float, float, float, float] | None = None  # a box: left, top, right, bottom
    width: float = 0.1


class Drawing(NamedTuple):
    """What is asked for of one image: colours and where, what stays, lines and where; float [H, W, ...]."""

    name: str
    colour: editing.Drawn | None
    keep: np.ndarray | None
    sketch: editing.Drawn | None


# For aligned faces. Lines at the top of a face are hair, those in the middle eyes and fringe.
FACES = (
    Script("hair", colours=((((0.25, 0.25), (0.5, 0.1), (0.75, 0.25)), (70, 120, 200)),), keep=(0.3, 0.5, 0.7, 0.9)),
    Script(
        "eyes",
        colours=((((0.27, 0.56), (0.4, 0.56)), (150, 40, 60)), (((0.6, 0.56), (0.73, 0.56)), (150, 40, 60))),
        keep=(0.2, 0.0, 0.8, 0.35),
    ),
    Script("fringe", sketch=(((0.22, 0.5), (0.5, 0.28), (0.78, 0.5)),), width=0.05),
)  # fmt: skip


def drawn(script: Script, size: int, channels: int) -> Drawing:
    """A script at an image's size."""
    canvas = Image.new("RGBA", (size, size))
    for line, rgb in script.colours:
        _line(canvas, line, (*rgb, 255), script.width)
    lines = Image.new("RGBA", (size, size))
    for line in script.sketch:
        _line(lines, line, (0, 0, 0, 255), script.width)
    kept = np.zeros((size, size, 1), np.float32)
    if script.keep:
        left, top, right, bottom = (round(share * size) for share in script.keep)
        kept[top:bottom, left:right] = 1
    return Drawing(
        script.name,
        editing.strokes(np.asarray(canvas), channels) if script.colours else None,
        kept if script.keep else None,
        _on_white(np.asarray(lines), channels) if script.sketch else None,
    )


def from_files(strokes: Path | None, kept: Path | None, sketch: Path | None, size: int, channels: int) -> Drawing:
    """What a user has drawn: colour strokes and sketch lines, opaque in images with transparency, and a picture that is
    white where the original shall stay.

    Raises:
      InputError: a file cannot be read or has another size, or nothing is drawn in it.
    """
    mask = None if kept is None else masks.from_file(str(kept), size)[0].astype(np.float32)[..., None]
    return Drawing(
        "own",
        None if strokes is None else editing.strokes(_read(strokes, "RGBA", size), channels),
        mask,
        None if sketch is None else _on_white(_read(sketch, "RGBA", size), channels),
    )


def asked(drawing: Drawing, image: np.ndarray) -> np.ndarray:
    """A picture of what is asked for of an image, float [H, W, C]: strokes and lines as they are, the image where it
    stays, and grey where all is free."""
    shown = np.zeros_like(image) if drawing.keep is None else drawing.keep * image
    for layer in (drawing.colour, drawing.sketch):
        if layer is not None:
            shown = np.where(layer[1] > 0, layer[0], shown)
    return shown


def _line(canvas: Image.Image, line: Line, rgba: tuple[int, ...], width: float) -> None:
    size = canvas.width
    corners = [(x * size, y * size) for x, y in line]
    ImageDraw.Draw(canvas).line(corners, rgba, max(1, round(width * size)), joint="curve")


def _on_white(picture: np.ndarray, channels: int) -> editing.Drawn:
    """Lines before a white background, of half its contrast: drawn black would be stronger edges than images have."""
    lines, mask = editing.strokes(picture, channels)
    return 0.5 * (mask * lines + (1 - mask)), mask


def _read(path: Path, mode: str, size: int) -> np.ndarray:
    try:
        with Image.open(path) as opened:
            found = np.asarray(opened.convert(mode))
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except (OSError, ValueError):
        raise InputError(f"{path} cannot be read as an image") from None
    if found.shape[:2] != (size, size):
        raise InputError(f"{path} is {found.shape[1]}x{found.shape[0]} pixels, and the images are {size}x{size}")
    return found
