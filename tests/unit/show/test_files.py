"""Images of any depth, written and read again; beside Pillow's and numpy's readers."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from jaxgen.data import Field, open_source
from jaxgen.data.reading.depth import scaled, unscaled
from jaxgen.errors import InputError
from jaxgen.show.files import encoded, save

RNG = np.random.default_rng(0)
# suffix, stored, channels, range, value_range and channels to read it with
ROWS = [
    (".png", "uint8", 1, None, {"channels": 1}),
    (".png", "uint8", 2, None, {"channels": 2}),
    (".png", "uint8", 3, None, {}),
    (".png", "uint8", 4, None, {"channels": 4}),
    (".png", "uint16", 1, None, {"value_range": (0, 65535)}),
    (".png", "uint16", 1, (0, 4095), {"value_range": (0, 4095)}),
    (".tif", "uint8", 2, None, {}),
    (".tif", "uint8", 3, None, {}),
    (".tif", "uint8", 16, None, {}),
    (".tif", "uint16", 1, (0, 4095), {"value_range": (0, 4095)}),
    (".tiff", "uint16", 3, None, {}),
    (".tif", "float32", 1, (-1, 1), {"value_range": (-1, 1)}),
    (".TIF", "float32", 4, (0, 1000), {"value_range": (0, 1000)}),
    (".npy", "uint8", 2, None, {}),
    (".npy", "uint16", 16, None, {}),
    (".npy", "int16", 1, (-1024, 3071), {"value_range": (-1024, 3071)}),
    (".npy", "float32", 3, (0, 1), {"value_range": (0, 1)}),
]


@pytest.mark.parametrize(("suffix", "stored", "channels", "bounds", "options"), ROWS)
def test_what_is_written_is_read_again(
    tmp_path: Path, suffix: str, stored: str, channels: int, bounds: tuple | None, options: dict
):
    field = Field("image", (8, 8, channels), stored=stored, range=bounds)
    low, high = bounds or (0, np.iinfo(stored).max)
    real = low + (high - low) * RNG.random((8, 8, channels))
    real.flat[:2] = low, high
    numbers = real.astype(np.float32) if stored == "float32" else np.round(real).astype(stored)
    x = scaled(numbers, field)
    assert (x.dtype, x.min(), x.max()) == (np.float32, -1, 1)
    np.testing.assert_allclose(x, (numbers.astype(float) - low) / (high - low) * 2 - 1, rtol=0, atol=6e-8)
    np.testing.assert_allclose(unscaled(x, field), numbers, rtol=0, atol=6e-8 * high if stored == "float32" else 0)
    save(x, field, tmp_path / f"image{suffix}")
    opened = open_source(f"{tmp_path}/", **options)
    got = opened.read(np.arange(1))["image"][0]
    assert opened.fields["image"] == field
    assert got.dtype == (np.uint8 if stored == "uint8" else np.float32)
    np.testing.assert_array_equal(got, numbers if stored == "uint8" else scaled(unscaled(x, field), field))
    if stored != "float32":  # and in this way to the bit
        np.testing.assert_array_equal(unscaled(scaled(got, field) if stored == "uint8" else got, field), numbers)


def test_other_readers_find_the_same():
    numbers = RNG.integers(0, 65536, (5, 4, 3), np.uint16)
    field = Field("image", (5, 4, 3), stored="uint16")
    x = numbers / 32767.5 - 1
    np.testing.assert_array_equal(np.load(io.BytesIO(encoded(x, field, ".npy"))), numbers)
    pages = ImageSequence.Iterator(Image.open(io.BytesIO(encoded(x, field, ".tif"))))
    np.testing.assert_array_equal(np.stack([np.asarray(page) for page in pages], -1), numbers)
    grey = Image.open(io.BytesIO(encoded(x[..., :1], field, ".png")))
    np.testing.assert_array_equal(np.asarray(grey), numbers[..., 0])
    eight = Image.open(io.BytesIO(encoded(x, Field("image", (5, 4, 3)), ".png")))
    np.testing.assert_array_equal(np.asarray(eight), np.round(numbers / 257).astype(np.uint8))
    beyond = np.array([[[-3.0], [3.0]]])
    assert np.load(io.BytesIO(encoded(beyond, field, ".npy"))).ravel().tolist() == [0, 65535]


@pytest.mark.parametrize(
    ("suffix", "stored", "channels", "said"),
    [
        (".png", "uint16", 3, "holds no uint16 of 3 channels"),
        (".png", "float32", 1, "holds no float32"),
        (".png", "uint8", 5, "of 5 channels"),
        (".jpg", "uint8", 3, "not as .jpg"),
        ("", "uint8", 3, "not as no suffix"),
    ],
)
def test_what_a_file_cannot_hold(suffix: str, stored: str, channels: int, said: str):
    with pytest.raises(InputError, match=said):
        encoded(np.zeros((2, 2, channels)), Field("image", (2, 2, channels), stored=stored), suffix)


def test_places_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        save(np.zeros((2, 2, 3)), Field("image", (2, 2, 3)), tmp_path / "file" / "image.png")
