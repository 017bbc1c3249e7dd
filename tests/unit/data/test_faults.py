"""What users' data is like: any structure of folders, any name of a file, any range. A new case is a new row."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaxgen.data import labelled, open_source, source
from jaxgen.data.open import placed
from jaxgen.data.reading.images import dimensions
from jaxgen.data.source import shared
from jaxgen.errors import InputError
from jaxgen.store import known
from unit.data.made import NOISE, everything, refusal, save

pytestmark = pytest.mark.lowest


def grown(names: str) -> list[str]:
    """ "a/3" is a/0.png, a/1.png and a/2.png."""
    found = []
    for name in names.split():
        place, _, count = name.rpartition("/")
        found += [f"{place}/{i}.png" for i in range(int(count))] if count.isdigit() else [name]
    return found


# What lies in a folder, what is asked for -> how many examples, which classes, what is said.
STRUCTURES = {
    "splits of classes": ("train/cats/3 train/dogs/3 test/cats/2 test/dogs/1", "train", 6, "cats dogs", ""),
    "their other part": ("train/cats/3 train/dogs/3 test/cats/2 test/dogs/1", "test", 3, "cats dogs", ""),
    "splits in capitals": ("Train/cats/3 Train/dogs/3 Test/cats/2", "test", 2, "cats dogs", ""),
    "splits by other names": ("training/3 testing/2", "test", 2, "", ""),
    "what was left for choosing": ("train/3 dev/2", "val", 2, "", ""),
    "numbers as classes": (" ".join(f"{n}/2" for n in range(12)), "train", 24, " ".join(map(str, range(12))), ""),
    "names with numbers": ("class10/1 class9/1 class1/1", "train", 3, "class1 class9 class10", ""),
    "a preview beside classes": ("cats/9 dogs/9 preview.png", "train", 18, "cats dogs", "1 image beside .*view"),
    "as many beside as in them": ("cats/2 dogs/2 a.png b.png", "train", 6, "", "2 images beside its .* cats, dogs"),
    "a page among images": ("3 notes.txt page.html", "train", 3, "", "2 files in .* no image: notes.txt, page"),
}  # fmt: skip


@pytest.mark.parametrize("case", STRUCTURES)
def test_structures(case, tmp_path: Path, capsys):
    names, split, length, classes, said = STRUCTURES[case]
    for number, name in enumerate(grown(names.replace("3 notes", "./3 notes"))):
        if name.endswith(".png"):
            save(tmp_path / name, NOISE[number % 6])
        else:
            (tmp_path / name).write_text("no image")
    opened = open_source(f"{tmp_path}/", split=split)
    assert (opened.length, opened.classes) == (length, tuple(classes.split()))
    told = capsys.readouterr().err
    assert len(told.splitlines()) == bool(said)
    assert not said or re.search(said, told), told


OTHERS = {  # what lies there, and what it is meant to be
    "unpaired folders": ("trainA/2 trainB/2 testA/1 testB/1", "unpaired"),
    "unpaired folders without a test": ("trainA/2 trainB/2", "unpaired"),
    "label maps": ("images/2 masks/2", "masks"),
    "label maps in splits": ("train/images/2 train/labels/2 test/images/2 test/labels/2", "masks"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_folders_that_are_no_classes(case, tmp_path: Path):
    names, kind = OTHERS[case]
    for name in grown(names):
        save(tmp_path / name)
    refusal(lambda: open_source(f"{tmp_path}/"), "are no classes", f"--dataset {kind}:{tmp_path}")


def test_what_pillow_can_open_is_an_image_whatever_its_name(tmp_path: Path):
    kinds = {
        "a.jpg": "JPEG",
        "b.jfif": "JPEG",
        "c.jpe": "JPEG",
        "d": "PNG",
        "e.PNG": "PNG",
        "f.tga": "TGA",
        "g.x": "GIF",
    }
    for name, kind in kinds.items():
        Image.fromarray(NOISE[0]).save(tmp_path / name, kind)
    assert open_source(f"{tmp_path}/").length == len(kinds)
    assert open_source(f"{tmp_path}/", as_before=True).length == 2  # as runs have it that were begun with it


DAMAGE = {"7.png": lambda b: b[: len(b) // 2], "19.png": lambda b: b"", "25.png": lambda b: b"<html>404</html>"}


@pytest.mark.parametrize("size", [None, 8])
@pytest.mark.parametrize("memory", [1 << 30, 0])
def test_damaged_files_are_all_named_before_anything_starts(tmp_path: Path, monkeypatch, size, memory):
    monkeypatch.setattr(source, "MEMORY", memory)
    for i in range(30):
        save(tmp_path / f"{i}.png", NOISE[i % 6])
    for name, damage in DAMAGE.items():
        (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    monkeypatch.setenv("JAXGEN_CACHE", str(tmp_path / "cache"))
    total = 30 if memory or size is None else 3  # of files that are not decoded those are counted that look damaged
    act = lambda: known.fingerprint(open_source(f"{tmp_path}/", size=size))  # noqa: E731  # as every run begins
    refusal(act, f"3 of {total} images cannot be read", *DAMAGE)


def grey(kind: str, top: float) -> Image.Image:
    ramp = np.linspace(0, top, 64).reshape(8, 8)
    return Image.fromarray(ramp.astype(kind))


RANGES = {  # a file, what it holds, what is said or refused
    "12 bits in 16": ("1.png", grey("uint16", 4095), "said", "6.2 per cent of the range of values 0 to 65535"),
    "12 bits in a TIFF": ("1.tif", grey("uint16", 4095), "said", "6.2 per cent of the range of values 0 to 65535"),
    "classes in 8": ("1.png", grey("uint8", 5), "said", "2 per cent of the range of values 0 to 255"),
    "all of 8": ("1.png", grey("uint8", 255), "", ""),
    "8 bits in 32": ("1.tif", grey("int32", 255), "refused", "int32 from 0 to 255; .*--value-range 0 255"),
    "shares of one": ("1.tif", grey("float32", 1), "refused", "float32 from 0 to 1; .*--value-range 0 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", RANGES)
def test_ranges_are_not_guessed(case, tmp_path: Path, capsys):
    name, image, what, words = RANGES[case]
    save(tmp_path / name, image)
    if what == "refused":
        with pytest.raises(InputError, match=words):
            open_source(f"{tmp_path}/")
        assert open_source(f"{tmp_path}/", value_range=(0, 255)).length == 1
        return
    open_source(f"{tmp_path}/")
    told = capsys.readouterr().err
    assert words in told
    assert ("per cent" in told) == bool(what)


# Which records a set has


@pytest.mark.parametrize("memory", [1 << 30, 0])
def test_every_record_counts_wherever_it_lies(tmp_path: Path, monkeypatch, memory):
    monkeypatch.setattr(source, "MEMORY", memory)
    monkeypatch.setenv("JAXGEN_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for i in range(600):
        save(tmp_path / "a" / f"{i:03}.png", rng.integers(0, 256, (4, 4, 3), np.uint8))

    def fingerprint(place: str = "a", split: str = "train") -> str:
        return known.fingerprint(open_source(f"{tmp_path}/{place}/", split=split))

    first = fingerprint()
    assert fingerprint() == first  # which comes from the cache where the set is not in memory
    shutil.copytree(tmp_path / "a", tmp_path / "elsewhere")
    assert fingerprint("elsewhere") == first
    assert len({first, fingerprint(split="train[:300]"), fingerprint(split="train[300:]")}) == 3
    for i in (1, 299, 598):  # of 600 records one in three was looked at before
        whole = (tmp_path / "a" / f"{i:03}.png").read_bytes()
        save(tmp_path / "a" / f"{i:03}.png", rng.integers(0, 256, (4, 4, 3), np.uint8))
        assert fingerprint() != first
        (tmp_path / "a" / f"{i:03}.png").write_bytes(whole)
        assert fingerprint() == first


def test_all_captions_count(tmp_path: Path):
    for i in range(3):
        save(tmp_path / f"{i}.png", NOISE[i])

    def fingerprint(last: str) -> str:
        rows = ["file,caption", *(f"{i}.png,{word}" for i in range(3) for word in ("one", "two")), f"2.png,{last}"]
        (tmp_path / "captions.csv").write_text("\n".join(rows))
        return open_source(f"captions:{tmp_path}").fingerprint()

    assert fingerprint("one") != fingerprint("two")


SPLITS = {  # two splits of digits, and how many records of the second are in the first
    "the same": ("train", "train", 1500),
    "a slice": ("train", "train[:500]", 500),
    "slices that meet": ("train[:60%]", "train[50%:]", 150),
    "slices that do not": ("train[500:]", "train[:500]", 0),
    "another": ("train", "test", 0),
    "a sum": ("train+test", "test", 297),
    "a sum of parts": ("train[:10]+test[:7]", "test", 7),
    "all": ("all", "test[5:9]", 4),
}


@pytest.mark.parametrize("case", SPLITS)
def test_splits_are_sets_of_records(case, tfds_dir: Path):
    one, other, count = SPLITS[case]
    a, b = (open_source("digits", split=split, data_dir=tfds_dir) for split in (one, other))
    assert shared(a, b) == count
    ours = {image.tobytes() for image in everything(a)["image"]}  # no two of the digits are alike
    assert sum(image.tobytes() in ours for image in everything(b)["image"]) == count


def test_a_test_split_that_was_trained_on_is_none(tmp_path: Path, tfds_dir: Path, capsys):
    assert labelled.held_out("digits", split="train[:10]", data_dir=tfds_dir).length == 297
    assert labelled.held_out("digits", split="train+test[:7]", data_dir=tfds_dir) is None
    assert "7 of the 297 images of the split test are in train+test[:7]" in capsys.readouterr().err
    for name in ("train/1.png", "train/2.png"):
        save(tmp_path / name)
    (tmp_path / "test").symlink_to(tmp_path / "train")
    assert labelled.held_out(f"{tmp_path}/") is None


PLACED = {"faces/": "{here}/faces", "./a/../a.npz": "{here}/a/../a.npz", "pairs:faces": "pairs:{here}/faces",
          "labels:faces#group": "labels:{here}/faces#group", "mnist": "mnist", "mnist:3.0.1": "mnist:3.0.1",
          "emnist/letters": "emnist/letters"}  # fmt: skip


@pytest.mark.parametrize("dataset", PLACED)
def test_a_path_is_kept_from_the_root_of_the_disk(dataset, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "faces" / "1.png")
    np.savez(tmp_path / "a.npz", NOISE)
    (tmp_path / "a").mkdir()
    found = placed(dataset)
    assert found == PLACED[dataset].format(here=tmp_path)
    monkeypatch.chdir("/")
    if found != dataset:
        assert placed(found) == found  # from anywhere


def test_a_scan_of_many_pixels_is_an_image(tmp_path: Path):
    """By its header, with which Pillow would refuse what it takes for an attack."""
    (tmp_path / "scan.pgm").write_bytes(b"P5 14000 14000 255\n")
    assert dimensions(tmp_path / "scan.pgm") == (14_000, 14_000)
