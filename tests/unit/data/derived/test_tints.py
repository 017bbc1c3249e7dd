"""Grey images in the colours of their classes."""

import numpy as np

from jaxgen.data import tints
from jaxgen.data.source import in_memory

GREY = np.arange(2 * 2 * 2, dtype=np.uint8).reshape(2, 2, 2, 1) * 30


def test_a_class_has_a_colour_and_black_stays():
    tinted = tints.beside(in_memory("grey", {"image": GREY, "label": np.int32([0, 1])}, ("red", "cyan")))
    assert tinted.fields["image"].shape == (2, 2, 3)
    found = tinted.read(np.arange(2))
    np.testing.assert_array_equal(found["image"][0], GREY[0] * np.uint8([1, 0, 0]))
    np.testing.assert_array_equal(found["image"][1], GREY[1] * np.uint8([0, 1, 1]))
    assert found["label"].tolist() == [0, 1]


def test_others_stay_as_they_are():
    plain = in_memory("plain", {"image": GREY})
    colours = in_memory("colours", {"image": np.zeros((2, 2, 2, 3), np.uint8), "label": np.int32([0, 1])})
    assert tints.beside(plain) is plain
    assert tints.beside(colours) is colours


def test_what_is_bright_is_the_class():
    source = in_memory("grey", {"image": GREY, "label": np.int32([0, 1])}, ("zero", "one"))
    masked = tints.masked(source)
    assert masked.fields["mask"].names == ("nothing", "zero", "one")
    found = masked.read(np.arange(2))["mask"]
    np.testing.assert_array_equal(found, np.where(GREY[..., 0] >= 128, np.reshape([1, 2], (2, 1, 1)), 0))
    assert found.max() == 2
    assert tints.masked(masked) is masked
