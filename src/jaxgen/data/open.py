"""From what a user writes after --dataset to a source."""

from pathlib import Path

from jaxgen.data.arrays import open_npz
from jaxgen.data.folder import open_folder
from jaxgen.data.source import Source
from jaxgen.errors import InputError


def open_source(
    dataset: str,
    *,
    split: str = "train",
    data_dir: Path | None = None,
    size: int | None = None,
    channels: int | None = None,
) -> Source:
    """A data set by what it is called.

    Args:
      dataset: a path to an .npz file; a path to a folder of images (anything with a slash in it); or a TFDS name.
      split: of a TFDS data set: "train", "test", "train[:1000]", "all".
      data_dir: where TFDS keeps prepared sets; None is its own default (TFDS_DATA_DIR, or ~/tensorflow_datasets).
      size: side in pixels: images are cropped to their centre square and resized with antialiasing.
      channels: 1 or 3; None keeps the data set's own (3 for a folder).

    Raises:
      InputError: the data set does not exist or cannot be used, in one line.
    """
    if size is not None and size < 1:
        raise InputError(f"images cannot be resized to {size} pixels")
    if channels not in (None, 1, 3):
        raise InputError(f"images have 1 or 3 channels, not {channels}")
    path = Path(dataset).expanduser()
    if path.suffix == ".npz":
        if not path.is_file():
            raise InputError(f"there is no file {path}")
        return open_npz(path, size, channels)
    if "/" in dataset or path.is_absolute():
        if not path.exists():
            raise InputError(f"there is no folder {path}")
        if not path.is_dir():
            raise InputError(f"{path} is neither a folder of images nor an .npz file")
        return open_folder(path, size, channels)
    from jaxgen.data.named import open_named  # imports TFDS, which takes a moment

    return open_named(dataset, split, data_dir, size, channels)
