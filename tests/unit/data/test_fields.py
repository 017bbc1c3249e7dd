"""Classes by name and by number."""

import pytest

from jaxgen.data.fields import Field
from jaxgen.errors import InputError

MASK = Field("mask", (8, 8), ("road", "sky", "7"))


def test_a_class_by_name_and_by_number():
    assert [MASK.number(told, "void") for told in ("sky", "0", "2", "7")] == [1, 0, 2, 2]  # a name comes first


@pytest.mark.parametrize("told", ["tree", "3", "-1", ""])
def test_a_class_that_there_is_not(told):
    with pytest.raises(InputError, match=r"no such class, only 0 to 2 \(road, sky, 7\)"):
        MASK.number(told, "void")
