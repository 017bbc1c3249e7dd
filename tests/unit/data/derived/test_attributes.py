"""Attributes of images, from all that may be known of them."""

import numpy as np
import pytest

from jaxgen.data import attributes
from jaxgen.data.fields import Field, Fields
from jaxgen.data.reading import words
from jaxgen.data.source import in_memory
from jaxgen.errors import InputError

IMAGES = np.zeros((4, 2, 2, 3), np.uint8)
SAID = ["blue hair red eyes", "green hair red eyes", "blue hair pink eyes", "aqua hair red eyes"]


def source(arrays, **fields):
    return in_memory(
        "faces", {"image": IMAGES, **arrays}, fields=Fields({"image": Field("image", (2, 2, 3)), **fields})
    )


def told():
    tokens = words.field(SAID)
    people = {
        "caption": words.encode(SAID, tokens),
        "sex": np.int32([0, 1, 1, 0]),
        "age": np.float32([5, 20, 39.5, 70]),
        "attributes": np.float32([[0, 1], [1, 1], [0, 0], [1, 0]]),
    }
    vector = Field("vector", (2,), ("smiling", "old"))
    return source(people, caption=tokens, sex=Field("label", (), ("f", "m")), age=Field("label", ()), attributes=vector)


def test_words_classes_columns_and_numbers():
    found = attributes.beside(told(), steps={"age": (20, 40)})
    names = found.fields["attributes"].names
    assert names == (
        "hair=aqua", "hair=blue", "hair=green", "eyes=pink", "eyes=red", "sex=f", "sex=m",
        "age=under 20", "age=20-40", "age=from 40", "smiling", "old",
    )  # fmt: skip
    table = found.read(np.arange(4))["attributes"]
    assert [[name for name, has in zip(names, row) if has] for row in table] == [
        ["hair=blue", "eyes=red", "sex=f", "age=under 20", "old"],
        ["hair=green", "eyes=red", "sex=m", "age=20-40", "smiling", "old"],
        ["hair=blue", "eyes=pink", "sex=m", "age=20-40"],
        ["hair=aqua", "eyes=red", "sex=f", "age=from 40", "smiling"],
    ]
    assert found.read(np.array([2]))["sex"].tolist() == [1]  # what was there is there


def test_some_of_them_and_which_exclude_each_other():
    found = attributes.beside(told(), ("smiling", "eyes"))
    names = found.fields["attributes"].names
    assert names == ("smiling", "eyes=pink", "eyes=red")
    assert attributes.groups(names) == [[0], [1, 2]]
    assert found.read(np.arange(4))["attributes"].tolist() == [[0, 0, 1], [1, 0, 1], [0, 1, 0], [1, 0, 1]]


def test_words_without_a_name_have_the_number_of_their_place():
    tokens = words.field(["red ball", "blue box"])
    some = source({"caption": words.encode(["red ball", "blue box"] * 2, tokens)}, caption=tokens)
    assert attributes.beside(some).fields["attributes"].names == (
        "word1=blue", "word1=red", "word2=ball", "word2=box")  # fmt: skip


def test_what_cannot_be_changed_is_one_line():
    with pytest.raises(InputError, match=r"no attribute 'nose', only hair, eyes, sex, smiling, old"):
        attributes.beside(told(), ("nose",))
    with pytest.raises(InputError, match="no attribute 'wings'"):
        attributes.beside(told(), steps={"wings": (1,)})
    with pytest.raises(InputError, match="faces says nothing of its images"):
        attributes.beside(source({}))
    gap = source({"age": np.float32([1, np.nan, 3, 4])}, age=Field("label", ()))
    with pytest.raises(InputError, match="of 1 of 4 images age is not known"):
        attributes.beside(gap, steps={"age": (2,)})
    assert attributes.steps(("age:40,20",)) == {"age": [20, 40]}
    with pytest.raises(InputError, match="as in age:20,40,60"):
        attributes.steps(("age:old",))
