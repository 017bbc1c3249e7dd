"""Tables: cells read by hand and by numpy, and written back to the letter."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from jaxgen.data import Field, open_source
from jaxgen.data.openers.tables import open_table
from jaxgen.data.reading import columns
from jaxgen.errors import InputError

PEOPLE = """age,colour, height
31,brown,1.80
 ?,"blue, pale",.5

47, ,nan
NA,brown,-2e1
"""
NAN = np.nan
AS_NUMBERS = np.array([[31, 1, 1.8], [NAN, 0, 0.5], [47, NAN, NAN], [NAN, 1, -20]], np.float32)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


def test_numbers_categories_and_what_is_missing(people: Path):
    source = open_table(people)
    row = source.fields["row"]
    assert (source.name, source.length, row.kind, row.shape) == ("people.csv", 4, "vector", (3,))
    assert row.names == ("age", "colour", " height")
    assert row.values == ((), ("blue, pale", "brown"), ())
    np.testing.assert_array_equal(source.read(np.arange(4))["row"], AS_NUMBERS)
    assert source.read(np.array([2, 0]))["row"].dtype == np.float32
    assert Field.build(row.describe()) == row


def test_known_cells_are_written_back_to_the_letter(people: Path):
    table = columns.read(people)
    like = columns.field(table)
    guess = np.array([[0, 0, 0], [30.5, 0, 0], [0, 7, 1 / 3], [1e10, 0, 0]])
    assert columns.filled(table, like, guess) == [
        ["31", "brown", "1.80"],
        ["30.5", "blue, pale", ".5"],
        ["47", "brown", "0.33333334"],  # the nearest category, a number as short as float32 allows
        ["1e+10", "brown", "-2e1"],
    ]
    none = columns.read(people.parent / "people.csv")
    assert columns.filled(none, like, np.zeros((4, 3)))[0] == none.rows[0]


def test_another_table_is_read_by_the_categories_of_the_first(people: Path, tmp_path: Path):
    like = columns.field(columns.read(people))
    other = tmp_path / "other.csv"
    other.write_text("age,colour, height\n,brown,3\n")
    np.testing.assert_array_equal(columns.numbers(columns.read(other), like), [[NAN, 1, 3]])
    for text, said in {
        "age,colour, height\n1,mauve,3\n": "line 2: 'colour' is 'mauve', none of blue, pale, brown",
        "age,colour, height\n1,brown,3\nold,brown,3\n": "line 3: 'age' is 'old', no number",
        "age, height,colour\n1,2,brown\n": "needed are age, colour,  height, in this order",
    }.items():
        other.write_text(text)
        with pytest.raises(InputError) as refused:
            columns.numbers(columns.read(other), like)
        assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    {
        "": "is empty",
        "\n\n": "is empty",
        "a,b\n": "no rows",
        "1,2\n3,4\n": "has no header",
        "a,b\n1,2\n3\n": "line 3 has 1 entries where the header has 2",
        'a,b\n"1\n1",2\n\n3,4,5\n': "line 5 has 3 entries",
        "a,b\n1,?\n3,NA\n": "the column 'b' has no entry",
        "a,a\n1,2\n": "two columns are called 'a'",
        ",a\n1,2\n": "column 1 has no name",
        "a;b\n1;2\n": "not by semicolons",
        "a\tb\n1\t2\n": "not by tabs",
        "a,b\n1,1e99\n": "line 2: 'b' is '1e99', no number that float32 can hold",
    }.items(),
)
def test_tables_that_are_refused(tmp_path: Path, text: str, said: str):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        open_table(path)
    message = str(refused.value)
    assert said in message
    assert str(path) in message
    assert "\n" not in message


def test_files_that_are_no_tables(tmp_path: Path):
    with pytest.raises(InputError, match="there is no file"):
        open_table(tmp_path / "none.csv")
    path = tmp_path / "bad.csv"
    path.write_bytes(b"a,b\n\xff\xfe,1\n")
    with pytest.raises(InputError, match=r"cannot be read as a table \('utf-8'"):
        open_table(path)


def test_a_slip_that_makes_categories_of_numbers_is_said(tmp_path: Path, capsys: pytest.CaptureFixture):
    path = tmp_path / "slip.csv"
    path.write_text("a,b\n1,x\n2,y\n3o,2\n")
    assert open_table(path).fields["row"].values == (("1", "2", "3o"), ("2", "x", "y"))
    assert capsys.readouterr().err == f"{path}: the column 'a' is taken for categories, as line 4 has '3o' in it\n"


def test_slices_divide_a_table(tmp_path: Path):
    path = tmp_path / "counted.csv"
    path.write_text("\n".join(["n", *map(str, range(20))]))
    rest, few = (open_source(f"table:{path}", split=split) for split in ("train[5:]", "train[:5]"))
    assert sorted([*rest.read(np.arange(15))["row"][:, 0], *few.read(np.arange(5))["row"][:, 0]]) == list(range(20))
    with pytest.raises(InputError, match="test"):
        open_table(path, split="test")


def test_the_letters_of_uci(shared: Path):
    path = shared / "tables" / "letter.csv"
    source = open_table(path)
    expected = np.loadtxt(path, np.float32, delimiter=",", skiprows=1)
    assert source.length == 20_000
    np.testing.assert_array_equal(source.read(np.arange(20_000))["row"], expected)
    assert not source.fields["row"].values
    table = columns.read(path)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [table.names, *columns.filled(table, source.fields["row"], expected + 1)]
    )
    assert out.getvalue() == path.read_text()
