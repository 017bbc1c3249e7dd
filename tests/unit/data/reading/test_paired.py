"""Which images of two places belong together, by their names, row by row."""

import pytest

from jaxgen.data.reading.names import natural, some
from jaxgen.data.reading.paired import paired
from jaxgen.errors import InputError

# The names in two folders; the pairs, "*" where all are alone; whether numbers said it.
PAIRS = {
    "equal names": ("b.png a.png", "a.png b.png", "a.png=a.png b.png=b.png", False),
    "equal but for the suffix": ("a.jpg x/b.png", "x/b.bmp a.png", "a.jpg=a.png x/b.png=x/b.bmp", False),
    "two suffixes of one name": ("a.jpg a.png", "a.png a.jpg", "a.jpg=a.jpg a.png=a.png", False),
    "leading zeros": (
        "1.png 10.png 2.png",
        "0001_fake.png 0002_fake.png 0010_fake.png",
        "1.png=0001_fake.png 2.png=0002_fake.png 10.png=0010_fake.png",
        True,
    ),
    "a number that all share": ("7.png 8.png", "run3_07.png run3_08.png", "7.png=run3_07.png 8.png=run3_08.png", True),
    "several numbers": ("1_2.png 1_10.png", "s01t10.png s01t2.png", "1_2.png=s01t2.png 1_10.png=s01t10.png", True),
    "numbers in folders": ("a/1.png b/1.png", "a/01.png b/01.png", "a/1.png=a/01.png b/1.png=b/01.png", True),
    "a single pair": ("1.png", "fake_01.png", "1.png=fake_01.png", True),
    "no suffix": ("0001 0002", "img.1 img.2", "0001=img.1 0002=img.2", True),
    "other numbers": ("0.png 1.png", "1_fake.png 2_fake.png", "*", False),
    "more on one side": ("1.png 2.png 3.png", "01.png 02.png", "*", False),
    "numbers twice": ("1a.png 1b.png", "1c.png 1d.png", "*", False),
    "no numbers": ("a.png", "b.png", "*", False),
    "other folders": ("x/1.png", "y/01.png", "*", False),
    "some equal names": ("a.png b.png", "a.jpg c.jpg", "a.png=a.jpg", False),
}  # fmt: skip


@pytest.mark.parametrize("case", PAIRS)
def test_pairs(case):
    first, second, expected, by_numbers = PAIRS[case]
    ours, theirs = first.split(), second.split()
    found = paired(ours, theirs)
    assert " ".join(f"{ours[a]}={theirs[b]}" for a, b in found.pairs) == expected.replace("*", "")
    assert bool(found.how) == by_numbers
    met = {ours[a] for a, _ in found.pairs}, {theirs[b] for _, b in found.pairs}
    assert found.alone == (sorted({*ours} - met[0], key=natural), sorted({*theirs} - met[1], key=natural))
    if any(found.alone):
        with pytest.raises(InputError, match=r"no partner for .*: pairs have equal names"):
            found.whole("these", "those")
    else:
        assert found.whole("these", "those") == found.pairs


def test_who_is_alone_is_named():
    found = paired([f"{i}.png" for i in range(12)], ["3.jpg", "x.jpg"])
    with pytest.raises(InputError) as error:
        found.whole("real", "fake")
    assert "0.png, 1.png, 2.png, 4.png, 5.png and 6 more in real and x.jpg in fake" in str(error.value)
    with pytest.raises(InputError, match=r"a\.png and a\.jpg have one name"):
        paired(["a.jpg", "a.png"], ["a.png"])


def test_names_in_natural_order():
    names = "10.png 2.png a10 a9 a b/1 1".split()
    assert sorted(names, key=natural) == "1 2.png 10.png a a9 a10 b/1".split()
    assert some(list("abcdefg"), 2) == "a, b and 5 more"
