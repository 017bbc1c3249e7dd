"""Colourfulness, by hand."""

import numpy as np
import pytest

from jaxgen.errors import InputError
from jaxgen.metrics.colour import colourfulness


def test_of_two_halves_by_hand():
    """Half pure red: rg = 255, yb = 127.5; half pure blue: rg = 0, yb = -255."""
    image = np.zeros((1, 2, 4, 3), np.uint8)
    image[:, :, :2, 0] = image[:, :, 2:, 2] = 255
    spread = np.hypot(255 / 2, (127.5 + 255) / 2)  # of two equally frequent values: half of their distance
    mean = np.hypot(255 / 2, (127.5 - 255) / 2)
    np.testing.assert_allclose(colourfulness(image), [spread + 0.3 * mean])


def test_one_colour_counts_by_its_mean_alone_and_grey_nothing():
    grey = np.broadcast_to(np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1), (1, 4, 4, 3))
    yellow = np.broadcast_to(np.uint8([255, 255, 0]), (1, 4, 4, 3))
    np.testing.assert_allclose(colourfulness(np.concatenate([grey, yellow])), [0, 0.3 * 255])


@pytest.mark.parametrize("images", [np.zeros((2, 4, 4, 1), np.uint8), np.zeros((2, 4, 4, 3)), np.zeros((4, 4, 3))])
def test_what_has_no_colours(images):
    with pytest.raises(InputError, match="are needed, not"):
        colourfulness(images)
