"""Label maps in colours."""

import itertools

import numpy as np

from jaxgen.data import coloured, open_source
from jaxgen.data.derived.transform import flips
from jaxgen.data.fields import Field, Fields
from jaxgen.data.source import images_and, in_memory

RNG = np.random.default_rng(0)
IMAGES, MASKS = RNG.integers(0, 256, (3, 4, 4, 3), np.uint8), RNG.integers(0, 5, (3, 4, 4)).astype(np.int32)
FIELDS = Fields({"image": Field("image", (4, 4, 3)), "mask": Field("mask", (4, 4), tuple("abcde"))})
STREETS = in_memory("streets", {"image": IMAGES, "mask": MASKS}, fields=FIELDS)


def test_classes_have_the_colours_of_pascal_voc():
    """As its development kit lists them: background, aeroplane, bicycle, ..., and the last, tv/monitor."""
    known = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128), (128, 0, 128), (0, 128, 128),
             (128, 128, 128), (64, 0, 0)]  # fmt: skip
    found = coloured.colours(256)
    assert [tuple(colour) for colour in found[:9].tolist()] == known
    assert tuple(found[20].tolist()) == (0, 64, 128)
    assert tuple(found[255].tolist()) == (224, 224, 192)  # void
    assert len(np.unique(found, axis=0)) == 256


def test_pairs_are_the_painted_map_and_its_image():
    pairs = coloured.beside(STREETS)
    assert (pairs.fields["a"].shape, pairs.fields["b"].shape) == ((4, 4, 3), (4, 4, 3))
    batch, colours = pairs.read(np.array([2, 0])), coloured.colours(5)
    np.testing.assert_array_equal(batch["b"], IMAGES[[2, 0]])
    for n, (i, j) in itertools.product(range(2), np.ndindex(4, 4)):
        np.testing.assert_array_equal(batch["a"][n, i, j], colours[MASKS[[2, 0]][n, i, j]])
    assert coloured.beside(pairs) is pairs
    alone = in_memory("images", {"image": IMAGES}, fields=images_and((4, 4, 3)))
    assert coloured.beside(alone) is alone


def test_both_are_mirrored_together():
    pairs = coloured.beside(flips(STREETS))
    records = np.arange(3)
    made = pairs.vary(pairs.read(records), records, np.array([1, 0, 1]))
    np.testing.assert_array_equal(made["b"][0], IMAGES[0, :, ::-1])
    np.testing.assert_array_equal(made["a"][0], coloured.painted(MASKS[0, :, ::-1], 5))
    np.testing.assert_array_equal(made["a"][1], coloured.painted(MASKS[1], 5))


def test_streets_of_real_data(shared):
    pairs = coloured.beside(open_source(f"masks:{shared / 'camvid'}", split="test", size=32))
    assert pairs.read(np.arange(2))["a"].shape == (2, 32, 32, 3)
