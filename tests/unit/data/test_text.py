"""Text: numbered by hand, and there and back."""

from pathlib import Path

import numpy as np
import pytest

from jaxgen.data import Field, open_source
from jaxgen.data.openers.text import decode, encode, open_text
from jaxgen.errors import InputError

BY_CHARACTERS = [[2, 3, 1, 2], [4, 0, 0, 0], [1, 3, 0, 0]]  # "" is 0, " " 1, a 2, b 3, é 4
BY_WORDS = [[2, 1, 2], [3, 0, 0], [2, 0, 0]]  # "" is 0, a 1, ab 2, é 3


@pytest.mark.parametrize(
    ("text", "by", "length", "names", "expected"),
    [
        ("ab a\n\n  \né\n b\n", "characters", None, ("", " ", "a", "b", "é"), BY_CHARACTERS),
        ("\ufeffab a\r\n\r\né\r\n b", "characters", 2, ("", " ", "a", "b", "é"), [row[:2] for row in BY_CHARACTERS]),
        ("ab  a ab\n\t\né\nab \n", "words", None, ("", "a", "ab", "é"), BY_WORDS),
        ("ab a ab\né\nab", "words", 1, ("", "a", "ab", "é"), [row[:1] for row in BY_WORDS]),
        ("a", "words", 3, ("", "a"), [[1, 0, 0]]),
    ],
)
def test_lines_become_numbers(tmp_path: Path, text: str, by: str, length: int | None, names: tuple, expected: list):
    path = tmp_path / "lines.txt"
    path.write_bytes(text.encode())
    source = open_text(path, by=by, length=length)
    field = source.fields["tokens"]
    assert (field.kind, field.names, field.shape) == ("tokens", names, (len(expected[0]),))
    rows = source.read(np.arange(source.length))["tokens"]
    assert rows.dtype == np.int32
    assert rows.tolist() == expected
    assert Field.build(field.describe()) == field


def test_there_and_back():
    field = Field("tokens", (6,), ("", " ", "a", "b"))
    assert decode(encode(["ab a", "", "b b b bb"], field), field) == ["ab a", "", "b b b "]
    words = Field("tokens", (2,), ("", "sea", "the"))
    assert decode(encode(["the  sea", "sea"], words, "words"), words, "words") == ["the sea", "sea"]
    assert decode(np.array([[2, 0, 3]]), field) == ["a"]  # what follows the end is not read
    with pytest.raises(InputError, match="'c' is not in the vocabulary of 3 characters"):
        encode(["ac"], field)


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "no lines"), (b" \n\n", "no lines"), (b"\xff\xfea", "cannot be read as text")]
)
def test_texts_that_are_refused(tmp_path: Path, content: bytes, said: str):
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        open_text(path)
    with pytest.raises(InputError, match="there is no file"):
        open_text(tmp_path / "none.txt")
    with pytest.raises(InputError, match="length"):
        open_text(path, length=0)


@pytest.mark.parametrize("by", ["characters", "words"])
def test_shakespeare_comes_back(shared: Path, by: str):
    path = shared / "shakespeare.txt"
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    source = open_text(path, by=by)
    field = source.fields["tokens"]
    assert source.length == len(lines)
    assert field.count == 1 + len(set("".join(lines)) if by == "characters" else set(" ".join(lines).split()))
    rows = source.read(np.arange(0, source.length, 100))["tokens"]
    expected = [line if by == "characters" else " ".join(line.split()) for line in lines[::100]]
    assert decode(rows, field, by) == expected
    np.testing.assert_array_equal(encode(expected, field, by), rows)
    held, rest = (open_source(f"text:{path}", split=split, by=by) for split in ("train[:100]", "train[100:]"))
    assert held.fields == rest.fields == source.fields  # the vocabulary is the whole file's
    assert held.length + rest.length == source.length
