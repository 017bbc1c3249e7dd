"""Pieces of images of any size, and smaller images beside images."""

import numpy as np
import pytest
from PIL import Image

from jaxgen.data import Stream, open_source
from jaxgen.data.derived import smaller
from jaxgen.data.reading import bicubic
from unit.data.made import equal, refusal

SIDES = ((9, 14), (12, 8), (8, 8), (5, 30))  # the last is too small
RNG = np.random.default_rng(0)
IMAGES = [RNG.integers(0, 256, (*sides, 3), dtype=np.uint8) for sides in SIDES]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for n, image in enumerate(IMAGES):
        place = folder / str(n % 2) / f"{n}.png"
        place.parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(place)
    return folder


def places(piece):
    """Where in which image a piece lies: (image, top, left)."""
    return [(n, i, j) for n, image in enumerate(IMAGES)
            for i in range(image.shape[0] - 7) for j in range(image.shape[1] - 7)
            if np.array_equal(image[i : i + 8, j : j + 8], piece)]  # fmt: skip


def test_every_place_is_seen_and_all_follows_from_seed_and_number(photos, capfd):
    source = open_source(f"patches:{photos}", size=8)
    assert "1 of 4 images" in capfd.readouterr().err
    assert (source.length, source.shape, source.names) == (3, (8, 8, 3), ["0/0.png", "0/2.png", "1/1.png"])
    stream = Stream(source, batch=3, seed=5)
    seen = [places(piece)[0] for n in range(200) for piece in stream.whole(n)["image"]]
    assert {n: sum(each[0] == n for each in seen) for n in range(3)} == {0: 200, 1: 200, 2: 200}
    assert {(i, j) for n, i, j in seen if n == 0} == {(i, j) for i in range(2) for j in range(7)}
    assert {(i, j) for n, i, j in seen if n == 1} == {(i, 0) for i in range(5)}
    assert equal(Stream(source, batch=3, seed=5).whole(77), stream.whole(77))
    assert not np.array_equal(Stream(source, batch=3, seed=6).whole(77)["image"], stream.whole(77)["image"])
    halves = [Stream(source, batch=3, seed=5, part=p, parts=3).block(77, 1)["image"][0] for p in range(3)]
    np.testing.assert_array_equal(np.concatenate(halves), stream.whole(77)["image"])


def test_reading_gives_the_middle_from_memory_or_from_files(photos, monkeypatch):
    kept = open_source(f"patches:{photos}", size=8)
    assert places(kept.read(np.array([0]))["image"][0]) == [(0, 0, 3)]
    monkeypatch.setattr("jaxgen.data.openers.patches.MEMORY", 0)
    read_anew = open_source(f"patches:{photos}", size=8)
    assert len(read_anew.files) == 3
    assert equal(Stream(read_anew, batch=3, seed=1).whole(4), Stream(kept, batch=3, seed=1).whole(4))


def test_the_whole_images_are_what_the_data_is_known_by(photos, tmp_path):
    """A pixel that the middle does not show."""
    before = open_source(f"patches:{photos}", size=8).fingerprint()
    changed = IMAGES[0].copy()
    changed[0, 0] ^= 1
    for n, image in enumerate([changed, *IMAGES[1:]]):
        (tmp_path / str(n % 2)).mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / str(n % 2) / f"{n}.png")
    assert open_source(f"patches:{tmp_path}", size=8).fingerprint() != before


def test_what_cannot_be(photos):
    refusal(lambda: open_source(f"patches:{photos}"), "say it with --size")
    refusal(lambda: open_source(f"patches:{photos}", size=20), "no image in", "20 pixels at its shorter side")
    source = open_source(f"patches:{photos}", size=8)
    refusal(lambda: smaller.beside(source, 3), "images of 8x8 are not 3 times as large as others: say --size 6")


def test_smaller_images_are_of_the_pieces_that_are_shown(photos):
    source = smaller.beside(open_source(f"patches:{photos}", size=8, flip=True), 4)
    assert source.fields["small"].shape == (2, 2, 3)
    for batch in (source.read(np.arange(3)), Stream(source, batch=3, seed=0).whole(3)):
        np.testing.assert_array_equal(batch["small"], [bicubic.shrunk(image, 4) for image in batch["image"]])
