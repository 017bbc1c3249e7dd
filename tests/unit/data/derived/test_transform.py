"""All fields of an example go with its image: by hand, and by numbers written into the pixels."""

import numpy as np
import pytest
from PIL import Image

from jaxgen.data import Stream, several
from jaxgen.data.derived import transform
from jaxgen.data.fields import Field, Fields
from jaxgen.data.reading.images import fit
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError

NAN = np.nan
# Of an image of 40x20 the centre square is from 10 to 30: x goes to 2x - 0.5, y stays.
WIDE = np.array([[20, 40]], float)
POINTS = [
    ([0.5, 0.5], [0.5, 0.5], 0),
    ([0.25, 0.0], [0.0, 0.0], 0),  # at its very corner
    ([0.6, 0.3], [0.7, 0.3], 0),
    ([0.1, 0.3], [0.0, 0.3], 1),  # left of it: clipped
    ([0.9, 1.0], [1.0, 1.0], 1),
    ([NAN, NAN], [NAN, NAN], 0),
]
BOXES = [
    ([0.3, 0.2, 0.2, 0.5], [0.1, 0.2, 0.4, 0.5], 0),
    ([0.25, 0.0, 0.5, 1.0], [0.0, 0.0, 1.0, 1.0], 0),
    ([0.1, 0.2, 0.3, 0.3], [0.0, 0.2, 0.3, 0.3], 1),  # cut on the left, from 0.25 to 0.4
    ([0.0, 0.0, 0.2, 1.0], [0.0, 0.0, 0.0, 1.0], 1),  # nothing is left but the edge
    ([NAN] * 4, [NAN] * 4, 0),
]


@pytest.mark.parametrize(
    ("move", "cases"), [(transform.points, POINTS), (transform.boxes, BOXES)], ids=["points", "boxes"]
)
def test_places_follow_the_centre_square_and_are_clipped_at_its_edges(move, cases):
    given, expected, left = (np.array(column) for column in zip(*cases))
    found, outside = move(given[None], WIDE)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], expected, atol=1e-6)
    np.testing.assert_array_equal(outside[0], left)
    # Of a tall image it is y that moves: the same with the axes exchanged.
    swap = [1, 0, 3, 2][: given.shape[1]]
    found, outside = move(given[None][..., swap], WIDE[:, ::-1])
    np.testing.assert_allclose(found[0], expected[:, swap], atol=1e-6)
    np.testing.assert_array_equal(outside[0], left)
    same, _ = move(np.clip(given, 0, 0.5)[None], np.ones((1, 2)))
    np.testing.assert_allclose(same[0], np.clip(given, 0, 0.5), atol=1e-6)


@pytest.mark.parametrize(
    ("height", "width", "size"), [(20, 40, 10), (40, 20, 20), (6, 6, 12), (9, 14, 4), (94, 128, 64)]
)
def test_a_mask_shows_the_nearest_pixels_of_the_same_square(height: int, width: int, size: int):
    rows, columns = np.mgrid[:height, :width]
    numbers = (rows * width + columns).astype(np.int32)
    found = transform.mask(numbers, size)
    assert (found.shape, found.dtype) == ((size, size), np.int32)
    left, top, side = (width - min(height, width)) / 2, (height - min(height, width)) / 2, min(height, width)
    at = (np.arange(size) + 0.5) * side / size
    np.testing.assert_array_equal(found // width, np.floor(top + at).astype(int)[:, None].repeat(size, 1))
    np.testing.assert_array_equal(found % width, np.floor(left + at).astype(int)[None].repeat(size, 0))
    assert transform.mask(numbers, None) is numbers


def test_image_mask_point_and_box_agree():
    """A bright square on black, also as a mask, a box and its centre, on an image that is cropped and made smaller."""
    image = np.zeros((60, 100, 3), np.uint8)
    image[10:30, 40:56] = 255
    fitted = fit(Image.fromarray(image), 30, 3)[..., 0] > 127
    mask = transform.mask((image[..., 0] > 0).astype(np.int32), 30)
    np.testing.assert_array_equal(fitted, mask)
    sizes = np.array([[60, 100]], float)
    box, _ = transform.boxes(np.array([[[0.4, 10 / 60, 0.16, 20 / 60]]]), sizes)
    centre, _ = transform.points(np.array([[[0.48, 20 / 60]]]), sizes)
    rows, columns = np.nonzero(mask)
    np.testing.assert_allclose(
        box[0, 0] * 30, [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1], atol=1e-4
    )
    np.testing.assert_allclose(centre[0, 0] * 30, [columns.mean() + 0.5, rows.mean() + 0.5], atol=1e-4)


FIELDS = Fields(
    {
        "image": Field("image", (2, 3, 1)),
        "mask": Field("mask", (2, 3), ("0", "1")),
        "boxes": Field("boxes", (2, 4)),
        "points": Field("points", (3, 2), ("left eye", "beak", "right eye")),
        "label": Field("label", (), ("x", "y")),
    }
)


def example(count: int) -> dict[str, np.ndarray]:
    return {
        "image": np.arange(count * 6, dtype=np.uint8).reshape(count, 2, 3, 1),
        "mask": np.arange(count * 6, dtype=np.int32).reshape(count, 2, 3),
        "boxes": np.tile(np.float32([[0.1, 0.2, 0.3, 0.4], [NAN] * 4]), (count, 1, 1)),
        "points": np.tile(np.float32([[0.25, 0.5], [NAN, NAN], [1, 0]]), (count, 1, 1)),
        "label": np.arange(count, dtype=np.int32),
    }


def test_flipping_mirrors_all_fields_and_twice_is_nothing():
    batch = example(2)
    found = transform.flipped(batch, FIELDS, np.array([False, True]))
    for name in batch:
        np.testing.assert_array_equal(found[name][0], batch[name][0])
    np.testing.assert_array_equal(found["image"][1, ..., 0], [[8, 7, 6], [11, 10, 9]])
    np.testing.assert_array_equal(found["mask"][1], [[8, 7, 6], [11, 10, 9]])
    np.testing.assert_allclose(found["boxes"][1], [[0.6, 0.2, 0.3, 0.4], [NAN] * 4], atol=1e-6)
    np.testing.assert_array_equal(found["points"][1], [[0, 0], [NAN, NAN], [0.75, 0.5]])  # the eyes changed sides
    assert found["label"].tolist() == [0, 1]
    again = transform.flipped(found, FIELDS, np.array([False, True]))
    for name in batch:
        np.testing.assert_allclose(again[name], batch[name], atol=1e-6)


def test_flips_are_a_function_of_seed_epoch_and_record():
    source = transform.flips(in_memory("made", example(64), fields=FIELDS))
    there = [Stream(source, batch=64, seed=5).whole(n) for n in range(8)]
    back = Stream(source, batch=64, seed=5)
    mirrored = np.zeros((8, 64), bool)
    for n in reversed(range(8)):
        batch = back.whole(n)
        for name in batch:
            np.testing.assert_array_equal(batch[name], there[n][name])
        image, mask = batch["image"][..., 0].astype(int), batch["mask"] % 256
        np.testing.assert_array_equal(image, mask)  # together
        mirrored[n, batch["label"]] = image[:, 0, 0] > image[:, 0, 2]
    assert 0.4 < mirrored.mean() < 0.6
    assert (mirrored.any(0) & ~mirrored.all(0)).mean() > 0.9  # of every record some epochs
    plain = in_memory("made", example(64), fields=FIELDS)
    assert set(Stream(plain, batch=64, seed=5).whole(0)["label"]) == set(there[0]["label"])
    pair = transform.flips(several({"a": plain, "b": plain}))
    batch = Stream(pair, batch=64, seed=5).whole(0)
    sides = [batch[name][..., 0][:, 0, 0] > batch[name][..., 0][:, 0, 2] for name in ("a", "b")]
    assert 0.2 < np.mean(sides[0] != sides[1]) < 0.8  # each by itself


def test_a_square_of_an_image_takes_everything_with_it():
    rows, columns = np.mgrid[:8, :10]
    image = np.stack([rows, columns], -1).astype(np.uint8)[None].repeat(40, 0)
    points = np.tile(np.float32([[[0.45, 0.5625], [0.05, 0.5], [NAN, NAN]]]), (40, 1, 1))  # pixel 4 of row 4, and 0
    boxes = np.tile(np.float32([[[0.4, 0.5, 0.1, 0.125], [0, 0, 0.1, 0.125]]]), (40, 1, 1))
    fields = Fields({"image": Field("image", (8, 10, 2)), "points": Field("points", (3, 2)),
                     "boxes": Field("boxes", (2, 4)), "mask": Field("mask", (8, 10), ("a",))})  # fmt: skip
    arrays = {"image": image, "points": points, "boxes": boxes, "mask": image[..., 1].astype(np.int32)}
    source = transform.crops(in_memory("some", arrays, fields=fields), 4)
    assert source.fields.image.shape == (4, 4, 2)
    assert source.read(np.arange(2))["image"][:, 0, 0].tolist() == [[2, 3]] * 2
    corners = set()
    for batch in map(Stream(source, batch=40, seed=0).whole, range(3)):
        top, left = batch["image"][:, 0, 0].astype(int).T
        corners |= set(zip(top.tolist(), left.tolist()))
        np.testing.assert_array_equal(batch["mask"], batch["image"][..., 1])
        seen = (top <= 4) & (left <= 4) & (left >= 1) & (top >= 1)
        np.testing.assert_allclose(batch["points"][seen, 0] * 4, np.stack([4.5 - left, 4.5 - top], 1)[seen], atol=1e-5)
        np.testing.assert_allclose(
            batch["boxes"][seen, 0] * 4, np.stack([4 - left, 4 - top, 1 + 0 * left, 1 + 0 * left], 1)[seen], atol=1e-5
        )
        assert np.isnan(batch["points"][left > 0, 1]).all()
        assert np.isnan(batch["boxes"][(left > 0) | (top > 0), 1]).all()
        assert np.isnan(batch["points"][:, 2]).all()
    assert len(corners) > 25
    assert {row for row, _ in corners} == set(range(5))
    with pytest.raises(InputError, match="no squares of 9 pixels are in images of 8x10x2: --size must be more than"):
        transform.crops(in_memory("some", arrays, fields=fields), 9)
