"""TFDS without TensorFlow, against scikit-learn and MNIST's published numbers."""

import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from jaxgen.data import open_source
from jaxgen.data.source import Batch
from unit.data.made import equal, everything, refusal

pytestmark = pytest.mark.lowest


def rows(batch: Batch) -> np.ndarray:
    """Images with their labels as sorted rows: what a set holds, in whichever order."""
    table = np.column_stack([batch["image"].reshape(len(batch["image"]), -1), batch["label"]]).astype(int)
    return table[np.lexsort(table.T)]


def test_digits_are_scikit_learns(tfds_dir: Path):
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = (digits.data.astype(int) * 255 + 8) // 16  # of 16, rounded
    theirs = {"image": pixels, "label": digits.target}
    for split, part in (("train", slice(1500)), ("test", slice(1500, None)), ("all", slice(None))):
        opened = open_source("digits", split=split, data_dir=tfds_dir)
        assert (opened.length, opened.shape) == (len(pixels[part]), (8, 8, 1))
        assert opened.classes == tuple("0123456789")
        np.testing.assert_array_equal(rows(everything(opened)), rows({key: a[part] for key, a in theirs.items()}))
    assert "tensorflow" not in sys.modules


def test_two_processes_may_prepare_digits_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from jaxgen.data.digits import Digits

    prepare = Digits.download_and_prepare

    def slower(builder: Digits) -> None:
        prepare(builder)
        raise FileExistsError("Cannot rename incomplete.1.0.0: the other process has done so")

    monkeypatch.setattr(Digits, "download_and_prepare", slower)
    assert open_source("digits", data_dir=tmp_path).length == 1500


def test_digits_that_cannot_be_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from jaxgen.data.digits import Digits

    def fail(builder: Digits) -> None:
        raise AssertionError("Manual directory does not exist.\nCreate it.")  # as TFDS says for sets behind a login

    (tmp_path / "file").touch()
    refusal(lambda: open_source("digits", data_dir=tmp_path / "file"), tmp_path / "file", "--data-dir")
    monkeypatch.setattr(Digits, "download_and_prepare", fail)
    refusal(lambda: open_source("digits", data_dir=tmp_path), "does not exist. Create it.", tmp_path)


def test_mnist_is_mnist(shared: Path):
    """Its test images; those to be trained on in `make test-all`."""
    opened = open_source("mnist", split="test[:50%]+test[50%:]", data_dir=shared / "tfds")
    test = everything(opened)
    assert (opened.length, opened.shape, opened.classes) == (10_000, (28, 28, 1), tuple("0123456789"))
    np.testing.assert_array_equal(np.bincount(test["label"]), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    for split, part in (("test[:10]", slice(10)), ("test[-10:]", slice(-10, None))):
        some = everything(open_source("mnist", split=split, data_dir=shared / "tfds"))
        assert equal(some, {key: array[part] for key, array in test.items()})


@pytest.mark.slow
def test_mnists_training_images_are_mnists(shared: Path):
    opened = open_source("mnist", data_dir=shared / "tfds")
    batch = everything(opened)
    assert (opened.length, opened.shape, opened.classes) == (60_000, (28, 28, 1), tuple("0123456789"))
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]  # LeCun's
    np.testing.assert_array_equal(np.bincount(batch["label"]), counts)
    assert abs(batch["image"].mean() / 255 - 0.1307) < 5e-5  # the numbers by which everybody normalises it
    assert abs(batch["image"].std() / 255 - 0.3081) < 5e-5
    assert len({image.tobytes() for image in batch["image"]}) == 60_000


def test_names_and_splits_that_are_not(tfds_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def told(name: str, *words: object, split: str = "train", where: Path = tmp_path) -> str:
        return refusal(lambda: open_source(name, split=split, data_dir=where), *words)

    open_source("digits", data_dir=tfds_dir)  # TFDS is imported
    monkeypatch.setitem(sys.modules, "tensorflow", None)  # as where it is not installed
    for name in ("cifar10", "emnist/letters", "cifar10:3.0.2"):
        message = told(name, f"{name} is not prepared in {tmp_path}", "--data-dir", "pip install tensorflow && python")
        program = shlex.split(message)[-1]
        compile(program, "message", "exec")
        assert f"builder('{name}', data_dir='{tmp_path}', file_format='array_record')" in program
    told("mnst", "'mnst'", "nearest names are mnist", "./mnst")
    assert told("digit", "digits").count("digits") == 1
    told("emnist/leters", "emnist/letters")
    told("mnist:1.2.3", "mnist")
    told("xyzzyxyzzy", "no name is near")
    told("data/faces", "data/faces")
    told("", "''")
    for split in ("nope", "train[:9999]", "train[5:5]", "train[", "train+nope", "all[:5]", ""):
        told("digits", repr(split), "train (1500 images), test (297 images) and all", split=split, where=tfds_dir)


def test_damaged_sets_are_refused(tfds_dir: Path, tmp_path: Path):
    def damaged(name: str, change: Callable[[bytes], bytes]) -> None:
        shutil.copytree(tfds_dir / "digits", tmp_path / "digits", dirs_exist_ok=True)
        path = tmp_path / "digits" / "1.0.0" / name
        path.write_bytes(change(path.read_bytes()))

    open_source("digits", data_dir=tfds_dir)
    for change in (lambda b: b[: len(b) // 2], lambda b: b[:99], lambda b: b[:3000] + b"\xff" * 99 + b[3099:]):
        damaged("digits-train.array_record-00000-of-00001", change)
        refusal(lambda: open_source("digits", data_dir=tmp_path), "digits", tmp_path)
    damaged("digits-train.array_record-00000-of-00001", lambda b: b)
    damaged("dataset_info.json", lambda b: b.replace(b"array_record", b"tfrecord"))
    refusal(lambda: open_source("digits", data_dir=tmp_path), "cannot be read at random", "file_format='array_record'")
    damaged("dataset_info.json", lambda b: b[:40])
    refusal(lambda: open_source("digits", data_dir=tmp_path), "digits cannot be opened")
    (tmp_path / "digits" / "1.0.0" / "dataset_info.json").unlink()
    refusal(lambda: open_source("digits", data_dir=tmp_path), "digits", "not whole", tmp_path)


def prepare(folder: Path, called: str, features: dict, examples: list[dict]) -> None:
    """A data set of someone else's: TFDS finds its files, not its code."""
    import tensorflow_datasets as tfds

    with tfds.core.registered.skip_registration():

        class Theirs(tfds.core.GeneratorBasedBuilder):
            """Theirs."""

            VERSION = tfds.core.Version("1.0.0")
            name = called

            def _info(self):
                return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

            def _split_generators(self, dl_manager):
                return {"train": self._generate_examples()}

            def _generate_examples(self):
                yield from enumerate(examples)

        Theirs(data_dir=folder, file_format="array_record").download_and_prepare()


def test_sets_of_someone_elses(tmp_path: Path):
    from tensorflow_datasets.public_api import features as f

    clear = PIL.Image.new("RGBA", (4, 6), (9, 9, 9, 0))
    kinds = {"alphabet": f.ClassLabel(num_classes=9), "label": f.ClassLabel(names="xyz")}  # as omniglot has them
    features = {**kinds, "image": f.Image(shape=(6, 4, 4), encoding_format="png")}
    prepare(tmp_path, "omni", features, [{"image": clear, "alphabet": 8 - i, "label": i} for i in range(3)])
    refusal(lambda: open_source("omni", data_dir=tmp_path), "omni", "not squares", "--size")
    opened = open_source("omni", data_dir=tmp_path, size=4)
    assert (opened.shape, opened.classes) == ((4, 4, 3), ("x", "y", "z"))
    batch = everything(opened)
    assert sorted(batch["label"].tolist()) == [0, 1, 2]
    assert batch["image"].shape == (3, 4, 4, 3)
    assert (batch["image"] == 255).all()  # over white
    deep = {"image": PIL.Image.fromarray(np.full((4, 4), 40000, np.uint16))}
    prepare(tmp_path, "deep", {"image": f.Image(shape=(4, 4, 1), dtype=np.uint16, encoding_format="png")}, [deep])
    refusal(lambda: open_source("deep", data_dir=tmp_path), "deep", "uint16")
    prepare(tmp_path, "blind", {"number": f.Scalar(np.int32)}, [{"number": 1}])
    refusal(lambda: open_source("blind", data_dir=tmp_path), "blind", "no images", "number")
