"""Data sets by their TensorFlow Datasets name, read without TensorFlow."""

import difflib
import importlib.util
import io
import logging
import re
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxgen.data.part import NoSplit
from jaxgen.data.reading.images import fit_array
from jaxgen.data.source import Batch, Source, decoded, fits, images_and
from jaxgen.errors import InputError

# TFDS advises to install OpenCV when it first decodes an image; Pillow does well.
logging.getLogger("absl").addFilter(lambda record: not record.getMessage().startswith("OpenCV is not installed"))


class Unknown(InputError):
    """There is no data set of that name."""


def open_named(name: str, split: str, data_dir: Path | None, size: int | None, channels: int | None) -> Source:
    """A TFDS data set: our own (`digits`) are prepared on the spot, others must be already, or TensorFlow be installed.

    Raises:
      NoSplit: there is no such split.
      Unknown: there is no such data set; the line names the nearest ones.
      InputError: it is not prepared, or has nothing that is an image.
    """
    with _quiet():
        import tensorflow_datasets as tfds

        import jaxgen.data.digits  # noqa: F401  (registers our builders)

        builder = _prepared(tfds, _builder(tfds, name, data_dir), name)
        features = builder.info.features
        if channels not in (None, 1, 3):
            raise InputError(f"images have 1 or 3 channels, not {channels}")
        images = [key for key, f in features.items() if isinstance(f, tfds.features.Image)]
        if not images:
            raise InputError(f"the data set {name} has no images; its features are {', '.join(features)}")
        key = "image" if "image" in images else images[0]
        labels = [k for k, f in features.items() if isinstance(f, tfds.features.ClassLabel)]
        label = "label" if "label" in labels else next(iter(labels), None)
        height, width, depth = features[key].shape
        own = 1 if depth == 1 else 3
        if features[key].np_dtype != np.uint8:
            raise InputError(f"the images of {name} are {np.dtype(features[key].np_dtype)}, not uint8")
        if size is None and (height is None or height != width):
            raise InputError(f"the images of {name} are not squares of one size: say --size to crop and resize them")
        try:
            records = builder.as_data_source(split=split)
        except Exception as error:
            raise _explained(error, builder, name, split) from None

    def read(indices: np.ndarray) -> Batch:
        try:
            found = records.__getitems__(indices.tolist())
        except RuntimeError as error:
            raise InputError(f"{name} in {builder.data_dir} is damaged ({_one_line(error)})") from None
        batch = {"image": np.stack([fit_array(record[key], size, channels or own) for record in found])}
        return batch if label is None else batch | {"label": np.array([record[label] for record in found], np.int32)}

    classes = tuple(features[label].names) if label else ()
    fields = images_and((size or height, size or width, channels or own), classes)
    source = Source(name, len(records), fields, read, origin=builder.info.full_name, places=_places(builder, split))
    if fits(source):
        return decoded(source)
    return replace(source, files=tuple(Path(part.filename) for part in builder.info.splits[split].file_instructions))


def _places(builder, split: str) -> np.ndarray:
    """The numbers of a split's records among all that a data set has, in their order."""
    first, count = {}, 0  # by file: the number of its first record
    for each in builder.info.splits.values():
        for part in each.file_instructions:
            first[part.filename] = count
            count += part.examples_in_shard
    of = builder.info.splits[split].file_instructions
    return np.concatenate([first[part.filename] + part.skip + np.arange(part.take) for part in of])


def _builder(tfds, name: str, data_dir: Path | None):
    try:
        return tfds.builder(name, data_dir=data_dir and str(data_dir))
    except Exception as error:
        known = tfds.list_builders(with_community_datasets=False)
        base = re.split("[/:]", name)[0]
        # Of another name TFDS may have found a folder here that it would open by TensorFlow: it is none of its sets.
        if base in known and importlib.util.find_spec("tensorflow") is None and "tensorflow" in str(error).lower():
            raise InputError(f"{name} needs TensorFlow to be opened: pip install tensorflow") from None
        if base in known and (name == base or isinstance(error, ImportError)):
            raise InputError(f"{name} cannot be opened ({_one_line(error)})") from None
        if base in known:  # and it is the configuration or the version that is not
            known = [base, *(f"{base}/{config}" for config in tfds.builder_cls(base).builder_configs)]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"the nearest names are {', '.join(near)}" if near else "no name is near"
        folder = "" if "/" in name else f" (a folder is written with a slash: ./{name})"
        raise Unknown(f"no data set, folder or .npz file is called {name!r}; {hint}{folder}") from None


def _prepared(tfds, builder, name: str):
    if builder.is_prepared():
        return builder
    ours = type(builder).__module__.startswith("jaxgen.")
    root = Path(builder.data_dir).parents[len(Path(builder.info.full_name).parts) - 1]
    if not ours and importlib.util.find_spec("tensorflow") is None:
        raise InputError(
            f"{name} is not prepared in {builder.data_dir}: set --data-dir to where it is, or prepare it once with "
            f"pip install tensorflow && {_preparing(name, root)}"
        )
    builder = tfds.builder(name, data_dir=root, file_format="array_record")
    try:
        builder.download_and_prepare()
    except Exception as error:
        builder = tfds.builder(name, data_dir=root)
        if not builder.is_prepared():  # else another process was faster
            reason = _one_line(error)
            raise InputError(f"{name} cannot be prepared in {builder.data_dir} ({reason}): set --data-dir") from None
    return builder


def _preparing(name: str, root: Path) -> str:
    command = f"t.builder('{name}', data_dir='{root}', file_format='array_record').download_and_prepare()"
    return f'python -c "import tensorflow_datasets as t; {command}"'


def _explained(error: Exception, builder, name: str, split: str) -> InputError:
    where = f"{name} in {builder.data_dir}"
    splits = [f"{key} ({part.num_examples} images)" for key, part in builder.info.splits.items()]
    if not splits:
        return InputError(f"{where} is not whole: delete that folder and prepare it again")
    if builder.info.file_format.value not in ("array_record", "parquet"):  # tfrecord, if TFDS is not told otherwise
        again = _preparing(name, Path("ANOTHER_FOLDER"))
        return InputError(f"{where} cannot be read at random: prepare it as array_record with {again}")
    if split not in [*builder.info.splits, "all"]:
        return NoSplit(f"{name} has no split {split!r}; it has {', '.join(splits)} and all")
    return InputError(f"{where} cannot be read ({_one_line(error)})")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


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
