"""Captions as numbers and back."""

from dataclasses import replace

import numpy as np
import pytest

from jaxgen.data.reading import words
from unit.data.made import refusal

FIELD = words.field(["A red bird, a bird!", "The bird's wing"])


def test_words_are_lower_case_and_without_punctuation():
    assert words.words("The bird's BIG wing.") == ["the", "bird", "'", "s", "big", "wing", "."]
    assert words.words("blau/grün  2-3") == ["blau", "/", "grün", "2", "-", "3"]


def test_a_field_knows_the_words_of_all_captions():
    assert FIELD.names == ("", "!", "'", ",", "a", "bird", "red", "s", "the", "wing", "<unknown>")
    assert "8 tokens, 9 different" in str(FIELD)
    assert (FIELD.kind, FIELD.shape) == ("tokens", (8,))  # the longest has seven, and then a 0


@pytest.mark.parametrize(
    ("caption", "tokens"), [("A RED bird", [4, 6, 5]), ("", []), ("a a a a a a a", [4] * 7), ("the,bird", [8, 3, 5])]
)
def test_there_and_back(caption: str, tokens: list[int]):
    found = words.encode([caption], FIELD)
    assert (found.dtype, found.shape) == (np.int32, (1, 8))
    assert found[0].tolist() == tokens + [0] * (8 - len(tokens))
    assert words.decode(found[0], FIELD) == " ".join(words.words(caption))


def test_words_never_seen_are_said_and_taken_for_an_unknown_one(capfd):
    found = words.encode(["a rde bird", "a purple rde"], FIELD)
    assert found[:, :4].tolist() == [[4, 10, 5, 0], [4, 10, 10, 0]]
    assert words.decode(found[0], FIELD) == "a <unknown> bird"
    said = capfd.readouterr().err
    assert "'rde', 'purple'" in said
    assert "near ones are red" in said
    assert said.count("\n") == 1


def test_captions_that_cannot_be():
    refusal(lambda: words.encode(["rde brd"], FIELD), "'rde', 'brd'", "near ones are red, bird")
    refusal(lambda: words.encode(["a " * 8], FIELD), "8 words", "at most 7")
    before = replace(FIELD, names=FIELD.names[:-1])  # of a run that knew no unknown word
    refusal(lambda: words.encode(["a rde bird"], before), "'rde'")
