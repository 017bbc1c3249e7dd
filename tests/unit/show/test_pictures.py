"""Pictures of several images: what stands over them, and the names under which they are written."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaxgen.errors import InputError
from jaxgen.show import pictures

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("channels", [1, 3])
def test_titles_stand_over_columns_and_left_of_rows(channels):
    images = RNG.integers(0, 256, (6, 16, 16, channels), np.uint8)
    plain = pictures.grid(images, 3)
    over = np.asarray(pictures.titled(plain, ["image", "known", ""]))
    height = over.shape[0] - plain.height
    np.testing.assert_array_equal(over[height:], np.asarray(plain))
    dark = (over[:height].reshape(height, plain.width, -1) < 128).any((0, 2))
    thirds = [dark[i * plain.width // 3 : (i + 1) * plain.width // 3] for i in range(3)]
    assert [bool(third.any()) for third in thirds] == [True, True, False]
    assert not dark[[0, -1]].any()
    left = np.asarray(pictures.titled(plain, rows=["image", ""]))
    width = left.shape[1] - plain.width
    np.testing.assert_array_equal(left[:, width:], np.asarray(plain))
    halves = np.split(left[:, :width].reshape(plain.height, width, -1)[: plain.height // 2 * 2] < 128, 2)
    assert [bool(half.any()) for half in halves] == [True, False]


def test_rows_of_grey_images_are_as_colourful_as_the_others():
    grey, colour, many = (np.float32(RNG.uniform(-1, 1, (3, 16, 16, n))) for n in (1, 3, 16))
    found = pictures.alike([grey, colour, many])
    np.testing.assert_array_equal(found, np.concatenate([grey.repeat(3, -1), colour, many[..., :3]]))
    np.testing.assert_array_equal(pictures.alike([grey, grey]), np.concatenate([grey, grey]))
    same = pictures.of_rows("a", "b")
    np.testing.assert_array_equal(np.asarray(same([colour, colour])), np.asarray(same(np.concatenate([colour] * 2))))


def test_long_titles_are_made_smaller():
    narrow = pictures.grid(RNG.integers(0, 256, (40, 16, 16, 1), np.uint8), 20)
    titles = np.asarray(pictures.titled(narrow, ["image", *["drawn 1"] * 19]))[: -narrow.height]
    assert (titles < 128).any()


NAMES = {  # an output, and what it is
    "drawn.png": ".png",
    "DRAWN.PNG": ".png",
    "drawn.NPZ": ".npz",
    "drawn": "",
    "out.v1": "",
    "runs/2024.05/drawn": "",
    "there.png": "",  # a folder that is there
}


@pytest.mark.parametrize("name", NAMES)
def test_an_output_is_a_picture_an_array_or_a_folder(name, tmp_path):
    (tmp_path / "there.png").mkdir()
    images = RNG.integers(0, 256, (3, 4, 4, 1), np.uint8)
    out = pictures.fit(tmp_path / name)
    assert pictures.kind(out) == NAMES[name]
    pictures.save(images, out)
    if NAMES[name] == ".png":
        assert Image.open(out).format == "PNG"
    elif NAMES[name] == ".npz":
        np.testing.assert_array_equal(np.load(out)["images"], images)
    else:
        found = [np.asarray(Image.open(path)) for path in sorted(out.iterdir())]
        np.testing.assert_array_equal(np.stack(found), images[..., 0])


@pytest.mark.parametrize("name", ["x.jpg", "x.TIFF", "x.pdf", "x.mp4"])
def test_other_kinds_of_files_are_refused(name):
    with pytest.raises(InputError, match=re.escape(f"not as .{name.lower().split('.')[1]}")):
        pictures.fit(Path(name))


def test_a_folder_with_other_files_is_refused_and_one_of_ours_is_not(tmp_path):
    images = RNG.integers(0, 256, (3, 4, 4, 1), np.uint8)
    pictures.alone(tmp_path / "new", 3)
    pictures.save(images, tmp_path / "new")
    pictures.alone(tmp_path / "new", 3)
    with pytest.raises(InputError, match=r"new has other files in it \(000002.png\): choose another --out"):
        pictures.alone(tmp_path / "new", 2)
    (tmp_path / "new" / "photo.jpg").touch()
    with pytest.raises(InputError, match=r"photo\.jpg"):
        pictures.alone(tmp_path / "new", 3)
    pictures.alone(tmp_path / "new.png", 2)
