"""Edges, against a square drawn by hand."""

import numpy as np

from jaxgen.data import edges
from jaxgen.data.derived.transform import flips
from jaxgen.data.source import in_memory


def test_pairs_are_the_edges_of_images_and_the_images():
    image = np.zeros((5, 5, 3), np.uint8)
    image[1:4, 2:4] = 200
    pairs = edges.beside(in_memory("square", {"image": image[None]}))
    assert (pairs.fields["a"].shape, pairs.fields["b"].shape) == ((5, 5, 1), (5, 5, 3))
    made = pairs.read(np.array([0]))
    np.testing.assert_array_equal(made["b"][0], image)
    expected = [
        [0, 0, 1, 1, 0],  # above the square
        [0, 1, 0, 1, 0],  # left of it, and its right side
        [0, 1, 0, 1, 0],
        [0, 1, 1, 1, 0],  # and its lower side
        [0, 0, 0, 0, 0],
    ]
    np.testing.assert_array_equal(made["a"][0, ..., 0], 255 * np.array(expected))
    assert edges.beside(pairs) is pairs  # which has pairs already


def test_an_image_and_its_edges_are_mirrored_together():
    image = np.zeros((2, 4, 4, 1), np.uint8)
    image[:, :, 3] = 255
    pairs = edges.beside(flips(in_memory("side", {"image": image})))
    records = np.arange(2)
    made = pairs.vary(pairs.read(records), records, np.array([0, 1]))
    assert made["b"][:, 0, :, 0].tolist() == [[0, 0, 0, 255], [255, 0, 0, 0]]
    np.testing.assert_array_equal(made["a"], edges.found(made["b"]))
