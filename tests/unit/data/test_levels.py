"""Whether images are black and white."""

import numpy as np
import pytest

from jaxgen.data import Field, levels
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError


def image(values, channels: int = 1):
    images = np.random.default_rng(0).choice(values, (300, 4, 4, channels)).astype(np.uint8)
    return levels.told(in_memory("some", {"image": images})).fields.image


def test_a_field_says_that_it_is_black_and_white():
    field = image([0, 255])
    assert field.levels == 2
    assert "0 and 255 alone" in str(field)
    assert Field.build(field.describe()) == field


@pytest.mark.parametrize(("values", "channels"), [([0, 1], 1), ([0, 128, 255], 1), ([0, 255], 3)])
def test_others_do_not(values, channels):
    field = image(values, channels)
    assert field.levels is None
    assert "levels" not in field.describe()


def test_no_other_number_of_levels_is_read():
    with pytest.raises(InputError):
        Field.build({"kind": "image", "shape": [4, 4, 1], "levels": 7})
