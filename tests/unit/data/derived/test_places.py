"""Boxes and keypoints of what images show."""

import numpy as np
import pytest

from jaxgen.data import Stream, places
from jaxgen.data.derived.transform import flips
from jaxgen.data.source import in_memory

IMAGE = np.full((8, 10, 3), 200, np.uint8)
IMAGE[2:5, 3:7, 1] = 10
IMAGE[5, 6] = 10


def test_the_box_and_the_ends_of_what_differs_from_the_corner():
    mask = places.shown(IMAGE)
    np.testing.assert_allclose(places.box(mask), [0.3, 0.25, 0.4, 0.5])
    expected = [[0.5, 2.5 / 8], [0.65, 4 / 8], [0.65, 5.5 / 8], [0.35, 3.5 / 8]]
    np.testing.assert_allclose(places.points(mask), expected)
    np.testing.assert_allclose(places.box(places.shown(IMAGE[:, :2])), [0, 0, 1, 1])


@pytest.mark.parametrize("name", ["boxes", "points"])
def test_they_go_with_mirrored_images_and_are_not_there_twice(name):
    source = places.beside(flips(in_memory("some", {"image": np.stack([IMAGE] * 8)})), name)
    assert source.read(np.arange(3))[name].shape == (3, *source.fields[name].shape)
    lefts = set()
    for batch in map(Stream(source, batch=8, seed=0).whole, range(3)):
        for image, place in zip(batch["image"], batch[name]):
            of = places.box if name == "boxes" else places.points
            np.testing.assert_allclose(place.reshape(-1), of(places.shown(image)).reshape(-1), rtol=1e-6)
            lefts.add(int(np.flatnonzero(places.shown(image).any(0))[0]))
    assert lefts == {3}  # 3 to 6 of 10: as far from the right
    assert places.beside(source, name) is source
