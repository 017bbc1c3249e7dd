"""What is written before the colon: a small made folder of each kind, real ones, and what is refused in one line."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from jaxgen.data import Source, Stream, describe, open_source
from jaxgen.data.part import NoSplit
from jaxgen.data.reading import words
from jaxgen.errors import InputError
from unit.data.made import equal, everything, refusal, save

NAN = np.nan


def grey(value: int, height: int = 4, width: int = 4) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def greys(opened: Source, name: str = "image") -> list[int]:
    """The value of each of a set's images, which are of one grey."""
    found = everything(opened)[name]
    assert (found == found[:, :1, :1, :1]).all()
    return found[:, 0, 0, 0].tolist()


def wide(path: Path, value: int) -> None:
    """8x4: the centre square is of one grey, what is beside it is not."""
    save(path, np.concatenate([grey(0, 4, 2), grey(value), grey(255, 4, 2)], 1))


# One row a kind: what writes a folder, the options, the record numbers' fields.


def halves(folder: Path) -> None:
    for i in (1, 2):
        save(folder / "train" / f"{i}.png", np.concatenate([grey(10 * i), grey(100 + i)], 1))
    save(folder / "val" / "1.png", np.concatenate([grey(30), grey(103)], 1))


def two_folders(folder: Path) -> None:
    for name, value in (
        ("photos/x/1.png", 10),
        ("photos/2.png", 20),
        ("drawings/x/1.bmp", 101),
        ("drawings/2.png", 102),
    ):
        wide(folder / name, value)


def unpaired(folder: Path) -> None:
    for name, values in (("trainA", [1, 2, 3]), ("trainB", [11, 12]), ("testA", [21]), ("testB", [31, 32])):
        for value in values:
            wide(folder / name / f"{value:02}.png", value)


def captioned(folder: Path) -> None:
    for i in (1, 2):
        wide(folder / "images" / f"{i}.png", i)
    (folder / "captions.csv").write_text('file,caption\nimages/2.png,"Red, blue"\n1.png,red\nimages/2.png,blue\n')


def boxed(folder: Path) -> None:
    for i in (1, 2):
        save(folder / "images" / f"{i}.png", grey(i, 4, 8))
    told = [
        {"file": "images/1.png", "box_xywh": [0.5, 0.25, 0.25, 0.5], "parts": {"beak": [0.75, 0.5], "tail": None}},
        {
            "file": "2.png",
            "box_xywh": [[0.0, 0.0, 0.5, 1.0], [0.25, 0.5, 0.5, 0.5]],
            "parts": {"tail": [0.0, 0.1]},
        },
    ]
    (folder / "annotations.json").write_text(json.dumps(told))


def attributed(folder: Path) -> None:
    for i in (1, 2, 3):
        wide(folder / "images" / f"{i}.png", i)
    (folder / "labels.csv").write_text(
        "file,age,sex,smiling,hat,group\nimages/1.png,31,male,1,-1,10\nimages/2.png,,female,0,1,9\n"
        "images/3.png,2.5,male,,-1,10\n"
    )


def masked(folder: Path) -> None:
    for split, values in (("train", [1, 2]), ("test", [5])):
        for value in values:
            save(folder / split / "images" / f"{value}.bmp", grey(value, 4, 8))
            numbers = np.zeros((4, 8), np.uint8)
            numbers[:2, 2:6] = value
            save(folder / split / "labels" / f"{value}.png", numbers)


MADE: dict[str, tuple[Callable[[Path], None], dict, dict[str, object], str]] = {
    "pairs": (halves, {}, {"a": [10, 20], "b": [101, 102]}, "2 examples: a 4x4x3, b 4x4x3"),
    "pairs:": (two_folders, {"size": 4}, {"a": [102, 101], "b": [20, 10]}, "2 examples: a 4x4x3, b 4x4x3"),
    "unpaired": (
        unpaired,
        {"size": 4},
        {"a": [1, 2, 3], "b": [11, 12, 11]},
        "3 examples of a: a 4x4x3; 2 examples of b: b 4x4x3",
    ),
    "captions": (
        captioned,
        {"size": 4},
        {"image": [2, 1], "caption": [[3, 1, 2, 0], [3, 0, 0, 0]]},
        "2 examples: image 4x4x3, caption 4 tokens, 3 different",
    ),
    "boxes": (
        boxed,
        {"size": 2},
        {
            "image": [1, 2],
            "boxes": [[[0.5, 0.25, 0.5, 0.5], [NAN] * 4], [[0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 1.0, 0.5]]],
            "points": [[[1.0, 0.5], [NAN, NAN]], [[NAN, NAN], [0.0, 0.1]]],
        },
        "2 examples: image 2x2x3, boxes 2x4, points 2x2 (beak, tail)",
    ),
    "attributes": (
        attributed,
        {"size": 4},
        {
            "image": [1, 2, 3],
            "age": [31, NAN, 2.5],
            "sex": [1, 0, 1],
            "attributes": [[1, 0], [0, 1], [NAN, 0]],
            "group": [10, 9, 10],
        },
        "3 examples: image 4x4x3, age a number, sex 2 classes (female, male), group a number, "
        "attributes 2 (smiling, hat)",
    ),
    "labels:#group": (
        attributed,
        {"size": 4},
        {"image": [1, 2, 3], "label": [1, 0, 1]},
        "3 examples: image 4x4x3, label 2 classes (9, 10)",
    ),
    "masks": (
        masked,
        {"size": 2},
        {"image": [1, 2], "mask": [[[1, 1], [0, 0]], [[2, 2], [0, 0]]]},
        "2 examples: image 2x2x3, mask 2x2 of 6 classes (0, 1, 2, ...)",
    ),
}


@pytest.mark.parametrize("kind", MADE)
def test_a_small_folder_of_each_kind(tmp_path: Path, kind: str):
    write, options, expected, told = MADE[kind]
    write(tmp_path / "made")
    name, _, column = kind.partition(":")
    opened = open_source(f"{name}:{tmp_path}/made{column}", **options)
    batch = everything(opened)
    assert set(batch) == set(opened.fields) == set(expected)
    types = {"label": np.int32, "mask": np.int32, "tokens": np.int32, "image": np.uint8}
    for key, values in expected.items():
        field = opened.fields[key]
        assert batch[key].shape[1:] == field.shape
        is_number = field.kind == "label" and not field.names
        assert batch[key].dtype == (np.float32 if is_number else types.get(field.kind, np.float32)), key
        if field.kind == "image":
            assert greys(opened, key) == values
        else:
            np.testing.assert_allclose(batch[key], np.array(values), atol=1e-6)
    assert describe(opened) == f"made (train): {told}"
    some = opened.read(np.array([1, 0, 1]))
    for key, array in batch.items():
        np.testing.assert_array_equal(some[key], array[[1, 0, 1]])
    assert opened.fingerprint() == open_source(f"{name}:{tmp_path}/made{column}", **options).fingerprint()


# Splits


def test_split_folders_are_splits_and_the_classes_are_the_whole_sets(tmp_path: Path):
    for name, value in (("train/cat/1.png", 1), ("train/cat/2.png", 2), ("test/dog/1.png", 3), ("test/ape/1.png", 4)):
        save(tmp_path / name, grey(value))
    train, test, one = (open_source(f"{tmp_path}/", split=split) for split in ("train", "test", "test[:1]"))
    assert (greys(train), greys(test), one.length) == ([1, 2], [4, 3], 1)
    assert train.classes == test.classes == one.classes == ("ape", "cat", "dog")
    assert everything(test)["label"].tolist() == [0, 2]
    with pytest.raises(NoSplit, match="no split 'val'; it has test, train"):
        open_source(f"{tmp_path}/", split="val")
    for split, values in (("train", [10, 20]), ("val", [30])):
        halves(tmp_path / "pairs")
        assert greys(open_source(f"pairs:{tmp_path}/pairs", split=split), "a") == values
    unpaired(tmp_path / "apart")
    test = open_source(f"unpaired:{tmp_path}/apart", split="test", size=4)
    assert [greys(each) for each in test.apart().values()] == [[21], [31, 32]]
    cut = open_source(f"unpaired:{tmp_path}/apart", split="train[1:]", size=4)
    assert [each.length for each in cut.apart().values()] == [2, 1]
    for where, split in (("pairs:pairs", "test"), ("unpaired:apart", "val"), ("unpaired:pairs/train", "test")):
        kind, name = where.split(":")
        with pytest.raises(NoSplit):
            open_source(f"{kind}:{tmp_path}/{name}", split=split)


def test_class_folders_that_are_called_like_splits_are_classes(tmp_path: Path):
    for name in ("test/1.png", "valid/1.png", "train.d/1.png"):
        save(tmp_path / name, grey(1))
    assert open_source(f"{tmp_path}/").classes == ("test", "train.d", "valid")
    save(tmp_path / "vehicles" / "train" / "1.png", grey(1))
    save(tmp_path / "vehicles" / "bus" / "1.png", grey(1))
    assert open_source(f"{tmp_path}/vehicles").classes == ("bus", "train")


def test_annotations_above_split_folders_and_inside(tmp_path: Path):
    for name, value in (("train/1.png", 1), ("test/2.png", 2), ("test/3.png", 3)):
        save(tmp_path / name, grey(value))
    above = {"train/1.png": "red", "test/3.png": ["green", "light green"], "test/2.png": "blue"}
    (tmp_path / "captions.json").write_text(json.dumps(above))
    whole = {split: open_source(f"captions:{tmp_path}", split=split) for split in ("train", "test")}
    assert [greys(each) for each in whole.values()] == [[1], [3, 2]]
    assert whole["train"].fields["caption"] == whole["test"].fields["caption"]
    assert whole["train"].fields["caption"].names == ("", "blue", "green", "light", "red", "<unknown>")
    (tmp_path / "captions.json").unlink()
    for name, label in (("train", "1.png,x"), ("test", "2.png,y\n3.png,y")):
        (tmp_path / name / "labels.csv").write_text(f"file,label\n{label}\n")
    test = open_source(f"{tmp_path}/", split="test")
    assert (test.classes, everything(test)["label"].tolist()) == (("x", "y"), [1, 1])


# Captions through the stream


def test_one_caption_is_drawn_an_epoch_by_seed_and_number(tmp_path: Path):
    told = [{"file": f"{i}.png", "captions": [f"image{i} caption{k}" for k in range(1 + i)]} for i in range(4)]
    for i in range(4):
        save(tmp_path / f"{i}.png", grey(i))
    (tmp_path / "captions.json").write_text(json.dumps(told))
    opened = open_source(f"captions:{tmp_path}")
    field = opened.fields["caption"]
    there = [Stream(opened, batch=4, seed=9).whole(n) for n in range(400)]
    drawn = np.zeros((400, 4), int)
    for n, batch in enumerate(there):
        for image, tokens in zip(batch["image"][:, 0, 0, 0], batch["caption"]):
            one, which = words.decode(tokens, field).split()
            assert one == f"image{image}"
            drawn[n, image] = int(which.removeprefix("caption"))
    for i in range(4):
        counts = np.bincount(drawn[:, i], minlength=1 + i)
        assert len(counts) == 1 + i
        assert (np.abs(counts - 400 / (1 + i)) < 5 * (400 / (1 + i)) ** 0.5).all()
    back = Stream(opened, batch=4, seed=9)
    assert all(equal(back.whole(n), there[n]) for n in reversed(range(400)))
    halves = [Stream(opened, batch=4, seed=9, part=part, parts=2).block(7, 1) for part in range(2)]
    joined = {key: np.concatenate([half[key][0] for half in halves]) for key in halves[0]}
    assert equal(joined, there[7])
    others = Stream(opened, batch=4, seed=8)
    assert not all(equal(others.whole(n), there[n]) for n in range(20))
    part = open_source(f"captions:{tmp_path}", split="train[:2]")  # the captions go with their images
    for batch in (Stream(part, batch=2, seed=0).whole(n) for n in range(9)):
        said = [words.decode(tokens, field).split()[0] for tokens in batch["caption"]]
        assert said == [f"image{image}" for image in batch["image"][:, 0, 0, 0]]


# What is said, and what is refused


def test_what_has_no_partner_or_leaves_its_image_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def said() -> list[str]:  # but for the little that these images use of their range
        return [line for line in capsys.readouterr().err.splitlines() if "per cent of the range" not in line]

    two_folders(tmp_path / "pairs")
    assert open_source(f"pairs:{tmp_path}/pairs", size=4).length == 2
    assert said() == []
    for i in range(7):
        wide(tmp_path / "pairs" / "photos" / f"alone{i}.png", 1)
    assert open_source(f"pairs:{tmp_path}/pairs", size=4).length == 2
    (line,) = said()
    assert "7 images without a partner" in line
    assert "photos/alone4.png" in line
    assert line.endswith("and 2 more")
    boxed(tmp_path / "boxes")
    open_source(f"boxes:{tmp_path}/boxes", size=2)
    (line,) = said()
    assert line == "boxes: 1 boxes and 1 points reach out of the 2 images and are clipped, of 2.png"
    open_source(f"boxes:{tmp_path}/boxes")
    assert said() == []


def colours(folder: Path) -> None:
    wide(folder / "images" / "1.png", 1)
    wide(folder / "labels" / "1.png", 1)


def smaller(folder: Path) -> None:
    wide(folder / "images" / "1.png", 1)
    save(folder / "labels" / "1.png", np.zeros((4, 4), np.uint8))


def text(name: str, content: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for i in (1, 2):
            wide(folder / "images" / f"{i}.png", i)
        (folder / name).write_text(content)

    return write


def other_names(folder: Path) -> None:
    wide(folder / "x" / "1.png", 1)
    wide(folder / "y" / "2.png", 1)


def other_shapes(folder: Path) -> None:
    wide(folder / "x" / "1.png", 1)
    save(folder / "y" / "1.png", grey(1))


def odd(folder: Path) -> None:
    save(folder / "1.png", grey(1, 4, 7))


def sizes(folder: Path) -> None:
    save(folder / "1.png", grey(1, 4, 8))
    save(folder / "2.png", grey(1, 6, 12))


def undecodable(folder: Path) -> None:
    folder.mkdir()
    (folder / "captions.csv").write_bytes(b"\xff\xfe\x00")


JSON = '[{"file": "images/1.png", %s}]'
REFUSED: dict[str, tuple[str, Callable[[Path], object], Sequence[str]]] = {
    "kind": ("pair", sizes, ["'pair'", "pairs"]),
    "far kind": ("keypoints", sizes, ["'keypoints'", "boxes"]),
    "no folder": ("pairs", lambda _: None, ["no folder"]),
    "no partner": ("pairs", other_names, ["no image in", "x", "y", "by their names"]),
    "proportions": ("pairs", other_shapes, ["8x4", "4x4", "one proportion"]),
    "odd": ("pairs", odd, ["1.png is 7x4", "even width"]),
    "one folder": ("unpaired", captioned, ["made", "neither trainA and trainB nor two folders"]),
    "no maps": ("masks", unpaired, ["images", "labels or masks"]),
    "colours": ("masks", colours, ["labels/1.png", "colours"]),
    "map's size": ("masks", smaller, ["images/1.png is 8x4", "labels/1.png 4x4"]),
    "no captions": ("captions", unpaired, ["captions.csv", "annotations.json"]),
    "broken JSON": ("captions", text("captions.json", "[{"), ["captions.json cannot be read"]),
    "other JSON": ("captions", text("captions.json", "3"), ["captions.json cannot be read", "list"]),
    "rows of JSON": ("captions", text("captions.json", "[3]"), ["captions.json", "row 1"]),
    "no file": ("captions", text("captions.json", '[{"caption": "x"}]'), ["row 1 names no file", "file_name"]),
    "no such file": ("captions", text("captions.csv", "file,caption\n7.png,x\n"), ["not there", "7.png"]),
    "empty": ("captions", text("captions.csv", ""), ["captions.csv says nothing"]),
    "long row": ("captions", text("captions.csv", "file,caption\n1.png,x,y\n"), ["row 1 has other columns"]),
    "short row": ("labels", text("labels.csv", "file,label\n1.png\n"), ["row 1 has other columns"]),
    "open quote": ("captions", text("captions.csv", 'file,caption\n1.png,"x\n'), ["captions.csv cannot be read"]),
    "bytes": ("captions", undecodable, ["captions.csv cannot be read"]),
    "no caption": ("captions", text("captions.json", JSON % '"captions": []'), ["1.png has no caption"]),
    "no class": ("attributes", text("labels.csv", "file,sex\n1.png,x\n2.png,\n"), ["1 of 2 images have no sex: 2.png"]),
    "which column": ("labels", attributed, ["age, sex", "labels:made#age"]),
    "no boxes": ("boxes", text("annotations.json", JSON % '"label": "x"'), ["neither box_xywh nor parts"]),
    "box": ("boxes", text("annotations.json", JSON % '"box_xywh": [0, 0, 1]'), ["1.png", "[0, 0, 1]", "4 shares"]),
    "pixels": ("boxes", text("annotations.json", JSON % '"box_xywh": [0, 0, 64, 3]'), ["1.png", "shares"]),
    "point": ("boxes", text("annotations.json", JSON % '"parts": {"beak": "left"}'), ["1.png", "left", "2 shares"]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_in_a_line(tmp_path: Path, case: str):
    kind, write, said = REFUSED[case]
    write(tmp_path / "made")
    refusal(lambda: open_source(f"{kind}:{tmp_path}/made", size=4), *said)


def test_sizes_that_differ_ask_for_a_size(tmp_path: Path):
    sizes(tmp_path / "made")
    refusal(lambda: open_source(f"pairs:{tmp_path}/made"), "2.png is 12x6", "1.png 8x4", "--size")


# Real data: how many examples, and what is said of them.
REAL = {
    "pairs:facades": (400, "a 16x16x3, b 16x16x3"),
    "unpaired:summer2winter": (500, "a 16x16x3"),
    "masks:camvid": (367, "mask 16x16 of 12 classes"),
    "masks:horses": (328, "mask 16x16 of 2 classes (0, 1)"),
    "boxes:birds": (543, "boxes 1x4, points 15x2 (back, beak, belly, ...), label 10 classes"),
    "captions:birds": (543, "caption 78 tokens, "),
    "captions:anime_faces": (12_000, "caption 5 tokens, 15 different"),
    "attributes:utkface": (5000, "age a number, sex 2 classes (female, male), group a number"),
}


@pytest.mark.parametrize("name", REAL)
def test_real_data_opens_with_one_line(shared: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jaxgen.data.source.MEMORY", 0)  # read on demand: a batch will do
    kind, _, folder = name.partition(":")
    if not (shared / folder).is_dir():
        pytest.skip(f"no {folder} in {shared}")
    opened = open_source(f"{kind}:{shared}/{folder}", size=16)
    length, told = REAL[name]
    assert opened.length == length
    assert told in describe(opened)
    batch = Stream(opened, batch=8, seed=0).whole(1)
    assert all(array.shape == (8, *opened.fields[key].shape) for key, array in batch.items())


def test_splits_of_real_data(shared: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jaxgen.data.source.MEMORY", 0)
    for dataset, split, length in (
        ("pairs:facades", "test", 106),
        ("pairs:facades", "val[:50%]", 50),
        ("unpaired:summer2winter", "test", 60),
    ):
        kind, _, folder = dataset.partition(":")
        if (shared / folder).is_dir():
            assert open_source(f"{kind}:{shared}/{folder}", size=16, split=split).length == length


def test_a_damaged_test_split_is_not_none(tmp_path: Path):
    from jaxgen.data import labelled

    for name in ("train/1.png", "test/1.png"):
        save(tmp_path / name, grey(1))
    assert labelled.held_out(f"{tmp_path}/").length == 1
    (tmp_path / "test" / "1.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"1\.png cannot be read"):
        labelled.held_out(f"{tmp_path}/")
    assert labelled.held_out(f"{tmp_path}/train") is None
