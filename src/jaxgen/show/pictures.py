"""Images as files."""

import contextlib
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from jaxgen.errors import InputError
from jaxgen.store.folder import write


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


def shown(images: np.ndarray) -> np.ndarray:
    """Images [N, H, W, C] of any number of channels as grey ones or colours: the first one or three of them."""
    return images if images.shape[-1] in (1, 3) else images[..., : 3 if images.shape[-1] > 3 else 1]


def sheet(images: np.ndarray) -> Image.Image:
    """Images [N, H, W, C] in [-1, 1] as a square grid."""
    return grid(to_uint8(images))


def of_columns(columns: int | None) -> Callable[[np.ndarray], Image.Image]:
    """`sheet` with so many columns."""
    return lambda images: grid(to_uint8(images), columns)


def rows(images: np.ndarray, count: int = 3) -> Image.Image:
    """Images [count * N, H, W, C] in [-1, 1] as so many rows."""
    return grid(to_uint8(images), len(images) // count)


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def fit(out: Path, animation: Path | None = None) -> Path:
    """The name of a file or folder that `save` can write, before anything is drawn for it.

    Raises:
      InputError: no images are written under such a name, or no animation under that of one.
    """
    if out.suffix not in (".png", ".npz", ""):
        raise InputError(f"{out}: images are written as .png, .npz or to a folder, not as {out.suffix}")
    if animation is not None and animation.suffix != ".gif":
        raise InputError(f"{animation}: an animation is written as .gif")
    return out


def save_as(out: Path, picture: Callable[[], Image.Image], **arrays: np.ndarray) -> None:
    """Write a picture as .png, or what it shows as arrays in an .npz, and say where.

    Raises:
      InputError: the file cannot be written.
    """
    with writing(out):
        write(out, npz(**arrays) if out.suffix == ".npz" else png(picture()))
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
        if out.suffix == ".png":
            write(out, png(grid(images, columns)))
        elif out.suffix == ".npz":
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
