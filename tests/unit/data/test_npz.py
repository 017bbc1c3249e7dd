"""Images in .npz files: which are read, and that no file can do more than be refused."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jaxgen.data import open_source
from unit.data.made import NOISE, everything, refusal


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("names", [("images", "labels"), ("image", "label"), ("x", "y"), ("arr_0", "arr_1")])
def test_npz_arrays_under_their_usual_names(tmp_path: Path, write: Callable[..., None], names: tuple[str, str]):
    write(tmp_path / "set.npz", **{names[0]: NOISE, names[1]: np.arange(6, dtype=np.uint8), "more": np.zeros(3)})
    opened = open_source(f"{tmp_path}/set.npz")
    assert (opened.length, opened.shape, opened.name) == (6, (16, 16, 3), "set.npz")
    batch = opened.read(np.array([5, 2]))
    np.testing.assert_array_equal(batch["image"], NOISE[[5, 2]])
    assert (batch["label"].tolist(), batch["label"].dtype) == ([5, 2], np.int32)


def test_npz_without_channels_names_or_labels(tmp_path: Path):
    np.savez(tmp_path / "grey.NPZ.npz", anything=NOISE[..., 0])
    opened = open_source(f"{tmp_path}/grey.NPZ.npz")
    assert opened.shape == (16, 16, 1)
    assert set(everything(opened)) == {"image"}
    np.testing.assert_array_equal(everything(opened)["image"], NOISE[..., :1])


def test_npz_vectors_beside_images(tmp_path: Path):
    vectors = np.arange(18, dtype=np.float64).reshape(6, 3)
    np.savez(tmp_path / "set.npz", images=NOISE, embeddings=vectors)
    opened = open_source(f"{tmp_path}/set.npz", size=8)
    assert (opened.fields["embedding"].kind, opened.fields["embedding"].shape) == ("vector", (3,))
    batch = opened.read(np.array([5, 2]))
    assert (batch["embedding"].tolist(), batch["embedding"].dtype) == (vectors[[5, 2]].tolist(), np.float32)
    assert batch["image"].shape == (2, 8, 8, 3)


REFUSED = {
    "floats": ({"images": NOISE / 255}, "float64 from 0 to 1; say"),
    "bits": ({"images": NOISE > 99}, "bool"),
    "flat": ({"images": NOISE.reshape(6, -1)}, "(6, 768)"),
    "channels first": ({"images": NOISE.transpose(0, 3, 1, 2)}, "(6, 3, 16, 16), channels first"),
    "none": ({"images": NOISE[:0]}, "(0, 16, 16, 3)"),
    "names": ({"train": NOISE, "test": NOISE}, "images, image, x, arr_0; it has train, test"),
    "few labels": ({"images": NOISE, "labels": np.arange(5)}, "(5,)"),
    "one-hot": ({"images": NOISE, "labels": np.eye(6, dtype=int)}, "(6, 6)"),
    "few vectors": ({"images": NOISE, "embeddings": np.zeros((5, 3))}, "embeddings has shape (5, 3)"),
    "numbers for vectors": ({"images": NOISE, "embeddings": np.zeros(6)}, "shape (6,)"),
    "vectors that are none": ({"images": NOISE, "embedding": np.full((6, 3), np.nan)}, "NaN"),
    "float labels": ({"images": NOISE, "labels": np.arange(6.0)}, "float64"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_npz_arrays_that_are_refused(tmp_path: Path, case: str):
    arrays, said = REFUSED[case]
    np.savez(tmp_path / "set.npz", **arrays)
    refusal(lambda: open_source(f"{tmp_path}/set.npz"), "set.npz", said)


class Touch:
    """Unpickling one creates a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("where", ["images", "labels"])
def test_npz_files_are_never_unpickled(tmp_path: Path, where: str):
    harm = tmp_path / "harm"
    np.savez(tmp_path / "set.npz", **{"images": NOISE[:1], where: np.array([Touch(harm)], object)})
    refusal(lambda: open_source(f"{tmp_path}/set.npz"), "set.npz")
    assert not harm.exists()
    np.load(tmp_path / "set.npz", allow_pickle=True)[where]
    assert harm.exists()  # so it was a trap


def test_damaged_npz_files(tmp_path: Path):
    path = tmp_path / "set.npz"
    opening = lambda: open_source(str(path))  # noqa: E731
    np.savez_compressed(path, images=NOISE // 64, labels=np.arange(6))
    whole = path.read_bytes()
    for kept in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:kept])
        refusal(opening, path)
    for place in range(200, 300, 7):  # in the deflated data: other errors for other places
        path.write_bytes(whole[:place] + b"\xff\x00\xff\x55" + whole[place + 4 :])
        refusal(opening, path)
    entry = whole.index(b"PK\x01\x02")  # the first in the zip's directory
    for field, value in ((8, b"\x01"), (10, b"\x63")):  # encrypted; compressed in a way of its own
        path.write_bytes(whole[: entry + field] + value + whole[entry + field + 1 :])
        refusal(opening, path)
    for name in ("x", "x.npy"):  # a zip of something else
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "hello")
        refusal(opening, path)
    array = io.BytesIO()
    np.save(array, NOISE)
    path.write_bytes(array.getvalue())
    refusal(opening, path, "one array, not an archive")
    fields = np.zeros(1, [(f"field{i}", "u1") for i in range(999)])
    np.savez(path, images=fields)  # numpy's message about the long header has three lines
    refusal(opening, path)
