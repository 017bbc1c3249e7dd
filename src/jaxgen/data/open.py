"""From what a user writes after --dataset to a source."""

import re
from pathlib import Path

from jaxgen.data.arrays import open_npz, resized
from jaxgen.data.binarised import open_binarised, packed
from jaxgen.data.folder import open_folder
from jaxgen.data.part import part, sliced
from jaxgen.data.source import Source
from jaxgen.errors import InputError

CONFIGURED = re.compile(r"\w+/[\w.+-]+(:[\d.*]+)?")  # a TFDS name with its configuration, perhaps a version


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
      dataset: a path to an .npz file; a path to a folder of images (with a slash in it: ./faces); or a TFDS name,
        which may have a configuration after a slash (emnist/letters) where there is no folder of that path.
      split: of a TFDS data set: "train", "test", "train[:1000]", "all"; of a file of packed bits: "train", "valid" or
        "test" (`jaxgen.data.binarised`). Folders and other files have slices, "train[500:]" (`jaxgen.data.part`).
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
    try:
        path = Path(dataset).expanduser()
    except RuntimeError:
        raise InputError(f"{dataset} begins with the home of a user that does not exist") from None
    file = path.suffix.lower() == ".npz"
    if file and not path.is_file():
        raise InputError(f"there is no file {path}")
    folder = "/" in dataset or dataset.startswith((".", "~"))
    if folder and not file and not path.is_dir():
        if path.exists():
            raise InputError(f"{path} is neither a folder of images nor an .npz file")
        if not CONFIGURED.fullmatch(dataset):
            raise InputError(f"there is no folder {path}")
        folder = False
    if file and packed(path):
        return resized(open_binarised(path, split), size, channels)
    if file or folder:
        if split != "train" and not sliced(split):
            raise InputError(
                f"{path} has no split {split!r}, only slices of its images, such as train[:500] and train[500:]"
            )
        source = (open_npz if file else open_folder)(path, size, channels)
        return source if split == "train" else part(source, split)
    from jaxgen.data.named import open_named  # imports TFDS, which takes a moment

    return open_named(dataset, split, data_dir, size, channels)
