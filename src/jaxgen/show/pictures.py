"""Images as files."""

import contextlib
import io
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from jaxgen.data.reading.files import SUFFIXES
from jaxgen.data.reading.names import some
from jaxgen.errors import InputError
from jaxgen.store.folder import write

# What a user may take for a kind of file that images, or several of them, are written as.
OTHERS = SUFFIXES | set(
    ".jfif .avif .npy .pdf .svg .eps .mp4 .avi .mov .webm .zip .tar .gz .h5 .json .csv .txt".split()
)


def to_uint8(images: np.ndarray) -> np.ndarray:
    """[-1, 1] -> 0 to 255, rounded and clipped."""
    return np.clip(np.round((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)


def grid(images: np.ndarray, columns: int | None = None, *, smallest: int = 512) -> Image.Image:
    """uint8 images [N, H, W, C] as one picture, row by row, a pixel of white between them.

    Small images are enlarged by a whole factor to about `smallest` pixels in all, so that a person can see them.
    """
    images = shown(images)
    n, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, channels), 255, np.uint8)
    for i, image in enumerate(images):
        y, x = i // columns * (height + 1), i % columns * (width + 1)
        sheet[y : y + height, x : x + width] = image
    picture = Image.fromarray(sheet[..., 0] if channels == 1 else sheet)
    factor = max(1, smallest // picture.width)
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def titled(picture: Image.Image, columns: Sequence[str] = (), *, rows: Sequence[str] = ()) -> Image.Image:
    """A `grid` with a title over each of its columns, or one left of each of its rows, in Pillow's own font."""
    width, height = picture.size
    size, font = 14, ImageFont.load_default(14)
    while size > 7 and any(font.getlength(title) > width / len(columns) - 2 for title in columns):
        size, font = size - 1, ImageFont.load_default(size - 1)
    top = 20 if columns else 0
    left = 8 + math.ceil(max((font.getlength(title) for title in rows), default=-8))
    sheet = Image.new(picture.mode, (left + width, top + height), "white")
    sheet.paste(picture, (left, top))
    draw = ImageDraw.Draw(sheet)
    for i, title in enumerate(columns):
        draw.text((left + (i + 0.5) * width / len(columns), top / 2), title, "black", font, anchor="mm")
    for i, title in enumerate(rows):
        draw.text((4, top + (i + 0.5) * height / len(rows)), title, "black", font, anchor="lm")
    return sheet


def shown(images: np.ndarray) -> np.ndarray:
    """Images [N, H, W, C] of any number of channels as grey ones or colours: the first one or three of them."""
    return images if images.shape[-1] in (1, 3) else images[..., : 3 if images.shape[-1] > 3 else 1]


def sheet(images: np.ndarray) -> Image.Image:
    """Images [N, H, W, C] in [-1, 1] as a square grid."""
    return grid(to_uint8(images))


def of_columns(columns: int | None) -> Callable[[np.ndarray], Image.Image]:
    """`sheet` with so many columns."""
    return lambda images: grid(to_uint8(images), columns)


def by_class(names: Sequence[str]) -> Callable[[np.ndarray], Image.Image]:
    """Images [N, H, W, C] in [-1, 1], of which the n-th is of the class n modulo their count, as a row a class with its
    name at the left; those of a last round of classes that is not whole are left out."""

    def picture(images: np.ndarray) -> Image.Image:
        each = len(images) // len(names)
        if not each:
            return sheet(images)
        rows = images[: each * len(names)].reshape(each, len(names), *images.shape[1:]).swapaxes(0, 1)
        return of_rows(*names)(rows.reshape(-1, *images.shape[1:]))

    return picture


def of_rows(*titles: str) -> Callable[[np.ndarray | Sequence[np.ndarray]], Image.Image]:
    """Images [rows * N, H, W, C] in [-1, 1] as a row for each title, with it at its left; or a list of arrays
    [N, H, W, any], one for each row, of which grey ones become as colourful as the others."""

    def picture(images: np.ndarray | Sequence[np.ndarray]) -> Image.Image:
        whole = images if isinstance(images, np.ndarray) else alike(images)
        return titled(grid(to_uint8(whole), len(whole) // len(titles)), rows=titles)

    return picture


def alike(images: Sequence[np.ndarray]) -> np.ndarray:
    """Images of several numbers of channels, [N, H, W, any] each, one after the other: all grey, or all colours."""
    few = [shown(each) for each in images]
    channels = max(each.shape[-1] for each in few)
    return np.concatenate([np.broadcast_to(each, (*each.shape[:-1], channels)) for each in few])


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def kind(out: Path) -> str:
    """What an output is by its name: ".png", ".npz", or "" for a folder, in whose name may be dots: out.v1.

    Raises:
      InputError: it has the name of another kind of file.
    """
    suffix = out.suffix.lower()
    if suffix in (".png", ".npz") and not out.is_dir():
        return suffix
    if suffix in OTHERS and not out.is_dir():
        raise InputError(f"{out}: images are written as .png, .npz or to a folder, not as {suffix}")
    return ""


def fit(out: Path, animation: Path | None = None) -> Path:
    """The name of a file or folder that `save` can write, before anything is drawn for it.

    Raises:
      InputError: no images are written under such a name, or no animation under that of one.
    """
    kind(out)
    if animation is not None and animation.suffix.lower() != ".gif":
        raise InputError(f"{animation}: an animation is written as .gif")
    return out


def alone(out: Path, count: int) -> None:
    """Raises InputError for a folder with other files in it than the `count` images that `save` writes over."""
    if kind(out) or not out.is_dir():
        return
    ours = {f"{i:06}.png" for i in range(count)}
    if others := sorted(path.name for path in out.iterdir() if path.name not in ours and path.name[0] != "."):
        raise InputError(f"{out} has other files in it ({some(others, 3)}): choose another --out, or empty it")


def save_as(out: Path, picture: Callable[[], Image.Image], **arrays: np.ndarray) -> None:
    """Write a picture as .png, or what it shows as arrays in an .npz, and say where.

    Raises:
      InputError: the file cannot be written.
    """
    with writing(out):
        write(out, npz(**arrays) if out.suffix.lower() == ".npz" else png(picture()))
    print(out)


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def save(images: np.ndarray, out: Path, columns: int | None = None) -> None:
    """Write uint8 images [N, H, W, C] in the form that the name asks for, and say where.

    Raises:
      InputError: the file cannot be written.
    """
    with writing(out):
        if kind(out) == ".png":
            write(out, png(grid(images, columns)))
        elif kind(out) == ".npz":
            write(out, npz(images=images))
        else:
            for i, image in enumerate(images):
                picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
                write(out / f"{i:06}.png", png(picture))
    print(out)


def there_and_back(images: np.ndarray, steps: int) -> np.ndarray:
    """Images in rows of `steps`, [R steps, H, W, C] -> the frames of an animation of all rows at once, step by step and
    back, [2 steps - 2, R, H, W, C]."""
    frames = images.reshape(-1, steps, *images.shape[1:]).swapaxes(0, 1)
    return np.concatenate([frames, frames[-2:0:-1]])


@contextlib.contextmanager
def writing(out: Path) -> Iterator[None]:
    """Raises InputError for a place that a user cannot write to."""
    try:
        yield
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise InputError(f"{out} cannot be written ({error.strerror})") from None
