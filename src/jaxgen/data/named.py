"""Data sets by their TensorFlow Datasets name, read without TensorFlow."""

import difflib
import importlib.util
import io
import logging
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

from jaxgen.data.images import fit_array
from jaxgen.data.source import Batch, Source, decoded
from jaxgen.errors import InputError

# TFDS advises to install OpenCV when it first decodes an image; Pillow does well.
logging.getLogger("absl").addFilter(lambda record: not record.getMessage().startswith("OpenCV is not installed"))


def open_named(name: str, split: str, data_dir: Path | None, size: int | None, channels: int | None) -> Source:
    """A TFDS data set; our own (`digits`) are prepared on the spot, others must be prepared, or TensorFlow be installed.

    Raises:
      InputError: unknown name (with the nearest ones), not prepared, unknown split, or nothing that is an image.
    """
    with _quiet():
        import tensorflow_datasets as tfds

        import jaxgen.data.digits  # noqa: F401  (registers our builders)

        builder = _prepared(tfds, _builder(tfds, name, data_dir), name)
        features = builder.info.features
        images = [key for key, f in features.items() if isinstance(f, tfds.features.Image)]
        if not images:
            raise InputError(f"the data set {name} has no images; its features are {', '.join(features)}")
        key = "image" if "image" in images else images[0]
        label = next((k for k, f in features.items() if isinstance(f, tfds.features.ClassLabel)), None)
        height, width, own = features[key].shape
        if size is None and (height is None or height != width):
            raise InputError(f"the images of {name} are not squares of one size: say --size to crop and resize them")
        try:
            records = builder.as_data_source(split=split)
        except Exception as error:
            raise _explained(error, builder, name, split) from None

    def read(indices: np.ndarray) -> Batch:
        found = records.__getitems__(indices.tolist())
        batch = {"image": np.stack([fit_array(record[key], size, channels or own) for record in found])}
        return batch if label is None else batch | {"label": np.array([record[label] for record in found], np.int32)}

    classes = tuple(features[label].names) if label else ()
    return decoded(Source(name, len(records), (size or height, size or width, channels or own), read, classes))


def _builder(tfds, name: str, data_dir: Path | None):
    try:
        return tfds.builder(name, data_dir=data_dir and str(data_dir))
    except (tfds.core.DatasetNotFoundError, ValueError, ImportError) as error:
        if importlib.util.find_spec("tensorflow") is None and "tensorflow" in str(error).lower():
            raise InputError(f"{name} needs TensorFlow to be opened: pip install tensorflow") from None
        known = ["digits", *tfds.list_builders(with_community_datasets=False)]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"the nearest names are {', '.join(near)}" if near else "no name is near"
        raise InputError(
            f"no data set, folder or .npz file is called {name!r}; {hint} (a folder is written with a slash: ./{name})"
        ) from None


def _prepared(tfds, builder, name: str):
    if builder.is_prepared():
        return builder
    ours = type(builder).__module__.startswith("jaxgen.")
    if not ours and importlib.util.find_spec("tensorflow") is None:
        raise InputError(
            f"{name} is not prepared in {builder.data_dir}: set --data-dir to where it is, or prepare it once with "
            f"pip install tensorflow && python -c \"import tensorflow_datasets as t; "
            f"t.builder('{name}', file_format='array_record').download_and_prepare()\""
        )
    root = Path(builder.data_dir).parents[len(Path(builder.info.full_name).parts) - 1]
    builder = tfds.builder(name, data_dir=root, file_format="array_record")
    try:
        builder.download_and_prepare()
    except OSError as error:
        raise InputError(f"{name} cannot be prepared in {builder.data_dir} ({error}): set --data-dir") from None
    return builder


def _explained(error: Exception, builder, name: str, split: str) -> InputError:
    splits = list(builder.info.splits)
    if split.split("[")[0] not in [*splits, "all"] or "[" in split:
        return InputError(f"{name} has no split {split!r}; it has {', '.join(splits)} (and all)")
    reason = str(error).splitlines()[0]
    return InputError(f"{name} in {builder.data_dir} cannot be read at random ({reason})")


@contextmanager
def _quiet():
    """TFDS prints and logs advice and progress that a user of ours cannot act on."""
    loggers = [logging.getLogger(n) for n in ("absl", "tensorflow_datasets")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)
