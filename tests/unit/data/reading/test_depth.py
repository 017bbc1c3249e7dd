"""Images of any number of bits and channels, from every kind of file: expected by arithmetic and by Pillow's calls."""

import builtins
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaxgen.data import Field, open_source
from jaxgen.data import source as sources
from jaxgen.data.reading.images import fit_array
from unit.data.made import NOISE, everything, refusal, save

RNG = np.random.default_rng(1)
DEEP = RNG.integers(0, 65536, (4, 12, 10, 3), np.uint16)
UNIT = DEEP / 65535  # float64 in [0, 1]


def expected(shares: np.ndarray, size: int | None = None) -> np.ndarray:
    """[0, 1] -> float32 [-1, 1], by Pillow's own resizing of every channel's centre square in floats."""
    x = (shares * 2 - 1).astype(np.float32)
    if size is None:
        return x
    top, left = (max(0, a - b) / 2 for a, b in (x.shape[1:3], x.shape[2:0:-1]))
    box = (left, top, x.shape[2] - left, x.shape[1] - top)
    planes = [
        [Image.fromarray(image[..., c]).resize((size, size), Image.Resampling.BICUBIC, box=box) for image in x]
        for c in range(x.shape[3])
    ]
    return np.clip(np.stack([np.stack([np.asarray(p) for p in plane]) for plane in planes], -1), -1, 1)


ARRAYS = {
    "uint16": (DEEP, {}, UNIT, ("uint16", None)),
    "12 bits": (DEEP // 16, {"value_range": (0, 4095)}, DEEP // 16 / 4095, ("uint16", (0, 4095))),
    "grey": (DEEP[..., 0], {}, UNIT[..., :1], ("uint16", None)),
    "two": (DEEP[..., :2], {}, UNIT[..., :2], ("uint16", None)),
    "sixteen": (DEEP.repeat(6, 3)[..., :16], {}, UNIT.repeat(6, 3)[..., :16], ("uint16", None)),
    "float64": (UNIT, {"value_range": (0, 1)}, UNIT, ("float32", (0, 1))),
    "float32": ((UNIT * 2 - 1).astype("f4"), {"value_range": (-1, 1)}, UNIT, ("float32", (-1, 1))),
    "int16": ((DEEP - 32768.0).astype("i2"), {"value_range": (-32768, 32767)}, UNIT, ("int16", (-32768, 32767))),
    "big-endian": (DEEP.astype(">u2"), {}, UNIT, ("uint16", None)),
    "labels": (NOISE[:4] // 99, {"value_range": (0, 2)}, NOISE[:4] // 99 / 2, ("uint8", (0, 2))),
}


@pytest.mark.parametrize("memory", [1 << 30, 0])
@pytest.mark.parametrize("size", [None, 7, 20])
@pytest.mark.parametrize("case", ARRAYS)
def test_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, case: str, size: int | None, memory
):
    monkeypatch.setattr(sources, "MEMORY", memory)
    array, options, shares, (stored, bounds) = ARRAYS[case]
    np.savez(tmp_path / "set.npz", images=array)
    np.save(tmp_path / "set.npy", array)
    for name in ("set.npz", "set.npy"):
        opened = open_source(f"{tmp_path}/{name}", size=size, **options)
        got = everything(opened)["image"]
        assert opened.fields["image"] == Field("image", got.shape[1:], stored=stored, range=bounds)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected(shares, size), rtol=0, atol=4e-7)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("channels", [2, 4, 16])
def test_eight_bits_of_any_channels_stay_bytes(tmp_path: Path, channels: int):
    images = RNG.integers(0, 256, (3, 8, 8, channels), np.uint8)
    np.save(tmp_path / "set.npy", images)
    np.testing.assert_array_equal(everything(open_source(f"{tmp_path}/set.npy"))["image"], images)
    half = everything(open_source(f"{tmp_path}/set.npy", size=4))["image"]
    assert half.dtype == np.uint8
    for c in range(channels):
        plane = Image.fromarray(images[0, ..., c]).resize((4, 4), Image.Resampling.BICUBIC)
        np.testing.assert_array_equal(half[0, ..., c], np.asarray(plane))
    refusal(lambda: open_source(f"{tmp_path}/set.npy", channels=3), f"images of {channels} channels", "to 3")


def test_grey_and_colours_in_floats():
    x = (UNIT[0] * 2 - 1).astype(np.float32)
    np.testing.assert_allclose(fit_array(x, None, 1)[..., 0], x @ [0.299, 0.587, 0.114], atol=1e-6)
    np.testing.assert_array_equal(fit_array(x[..., :1], None, 3), x[..., [0, 0, 0]])


# Folders


def sixteen(folder: Path, count: int = 3) -> np.ndarray:
    images = RNG.integers(0, 65536, (count, 8, 8), np.uint16)
    for i, image in enumerate(images):
        save(folder / f"{i}.png", image)
    return images


def test_greyscale_of_16_bits_is_read_as_always_until_its_range_is_said(tmp_path: Path, capsys: pytest.CaptureFixture):
    images = sixteen(tmp_path)
    was = everything(open_source(f"{tmp_path}/"))["image"]
    assert was.dtype == np.uint8
    np.testing.assert_array_equal(was, np.round(images / 257).astype(np.uint8)[..., None].repeat(3, 3))
    assert (
        capsys.readouterr().err
        == f"{tmp_path}/0.png has 16 bits and is read with 8: --value-range 0 65535 keeps them\n"
    )
    opened = open_source(f"{tmp_path}/", value_range=(0, 65535))
    assert opened.fields["image"] == Field("image", (8, 8, 1), stored="uint16")
    np.testing.assert_allclose(everything(opened)["image"][..., 0], images / 32767.5 - 1, atol=6e-8)
    three = everything(open_source(f"{tmp_path}/", value_range=(0, 65535), channels=3, size=5))["image"]
    np.testing.assert_allclose(three, expected(images[..., None] / 65535, 5).repeat(3, 3), atol=4e-7)


def test_folders_of_arrays(tmp_path: Path):
    for i, image in enumerate(DEEP):
        (tmp_path / "ab"[i % 2]).mkdir(exist_ok=True)
        np.save(tmp_path / "ab"[i % 2] / f"{i}.npy", image)
    opened = open_source(f"{tmp_path}/", size=6)
    assert (opened.classes, opened.shape) == (("a", "b"), (6, 6, 3))
    np.testing.assert_allclose(everything(opened)["image"], expected(UNIT[[0, 2, 1, 3]], 6), atol=4e-7)
    np.save(tmp_path / "b" / "9.npy", DEEP[0, ..., 0])
    refusal(lambda: open_source(f"{tmp_path}/", size=6), "9.npy is uint16 of 1 channels", "uint16 of 3")
    np.save(tmp_path / "b" / "9.npy", np.array([Path()], object))
    refusal(lambda: open_source(f"{tmp_path}/", size=6), "9.npy cannot be read")


def test_transparency_is_kept_where_it_is_asked_for(tmp_path: Path):
    rgba = RNG.integers(0, 256, (8, 8, 4), np.uint8)
    save(tmp_path / "a.png", rgba)
    np.testing.assert_array_equal(everything(open_source(f"{tmp_path}/", channels=4))["image"], rgba[None])
    refusal(lambda: open_source(f"{tmp_path}/", channels=2), "images of 4 channels", "to 2")
    assert open_source(f"{tmp_path}/").shape == (8, 8, 3)  # over white, as always


def test_pages_of_a_tiff_are_channels(tmp_path: Path):
    for stored, options in (("uint8", {}), ("uint16", {}), ("float32", {"value_range": (0, 65535)})):
        planes = [
            Image.fromarray((DEEP[0, :10, :, c] % 256 if stored == "uint8" else DEEP[0, :10, :, c]).astype(stored))
            for c in range(3)
        ]
        planes[0].save(tmp_path / "a.tif", save_all=True, append_images=planes[1:])
        opened = open_source(f"{tmp_path}/", **options)
        got = everything(opened)["image"][0]
        assert opened.fields["image"].stored == stored
        if stored == "uint8":
            np.testing.assert_array_equal(got, DEEP[0, :10] % 256)
        else:
            np.testing.assert_allclose(got, expected(UNIT[0, :10]), atol=6e-8)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("channels", [2, 3, 4, 16])
@pytest.mark.parametrize("stored", ["uint8", "uint16", "float32"])
def test_bands_of_a_tiff(tmp_path: Path, stored: str, channels: int, planar: str):
    tifffile = pytest.importorskip("tifffile", reason="only it reads TIFFs of many bands")
    image = RNG.integers(0, 256, (8, 8, channels)).astype(stored)
    told = image if planar == "contig" else np.moveaxis(image, 2, 0)
    tifffile.imwrite(tmp_path / "a.tif", told, photometric="minisblack", planarconfig=planar)
    opened = open_source(f"{tmp_path}/", value_range=None if stored == "uint8" else (0, 255))
    got = everything(opened)["image"][0]
    assert opened.fields["image"].stored == stored
    np.testing.assert_allclose(got, image if stored == "uint8" else image / 127.5 - 1, atol=6e-8)


def test_without_tifffile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tifffile = pytest.importorskip("tifffile", reason="only it writes TIFFs of many bands")
    tifffile.imwrite(tmp_path / "a.tif", DEEP[0], photometric="minisblack", planarconfig="contig")
    whole = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(whole[:-50])
    refusal(lambda: open_source(f"{tmp_path}/", size=4), "a.tif cannot be read")
    (tmp_path / "a.tif").write_bytes(whole)
    real = builtins.__import__

    def missing(name: str, *args: object, **kwargs: object) -> object:
        if name == "tifffile":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    refusal(lambda: open_source(f"{tmp_path}/", size=4), "a.tif", "pip install 'jaxgen[tiff]'")


def test_pairs_of_16_bits(tmp_path: Path):
    images = sixteen(tmp_path / "a")
    for i, image in enumerate(images):
        save(tmp_path / "b" / f"{i}.png", 65535 - image)
    opened = open_source(f"pairs:{tmp_path}", value_range=(0, 65535))
    batch = everything(opened)
    np.testing.assert_allclose(batch["a"][..., 0], images / 32767.5 - 1, atol=6e-8)
    np.testing.assert_allclose(batch["b"], -batch["a"], atol=1.2e-7)
    apart = everything(open_source(f"unpaired:{tmp_path}", value_range=(0, 65535)))
    np.testing.assert_array_equal(apart["b"], batch["b"])
    halves = everything(open_source(f"pairs:{tmp_path}/a", value_range=(0, 65535)))
    np.testing.assert_array_equal(np.concatenate([halves["a"], halves["b"]], 2), batch["a"])


# What is said


def test_a_range_that_is_hardly_used_is_said(tmp_path: Path, capsys: pytest.CaptureFixture):
    path = tmp_path / "set.npz"
    np.savez(path, images=np.array([[[100, 4095]]], np.uint16))
    assert everything(open_source(str(path)))["image"].dtype == np.float32
    assert capsys.readouterr().err == (
        f"{path}, images: values from 100 to 4095 are only 6.1 per cent of the range of values 0 to 65535: "
        "say --value-range LOWEST HIGHEST if there are no others\n"
    )
    got = everything(open_source(str(path), value_range=(200, 4000)))["image"]
    assert got.ravel().tolist() == [-1, 1]
    assert capsys.readouterr().err == (
        f"{path}, images: values from 100 to 4095 are cut off to the range of values 200 to 4000\n"
    )


@pytest.mark.parametrize(
    ("array", "value_range", "said"),
    [
        (UNIT, None, "float64 from"),
        (UNIT.astype("f2"), None, "such as --value-range 0 1"),
        (DEEP.astype(np.int16), None, "int16 from"),
        (np.full((2, 4, 4), np.nan), (0, 1), "values that are not numbers"),
        (np.full((2, 4, 4), np.inf), None, "values that are not numbers"),
        (DEEP.astype(np.int64), (0, 65535), "int64; numbers are"),
        (DEEP, (1, 1), "two numbers, the lowest first, not 1 1"),
        (DEEP, (0, np.inf), "two numbers"),
        (DEEP[0, 0], None, "(10, 3)"),
    ],
)
def test_what_is_refused(tmp_path: Path, array: np.ndarray, value_range: tuple | None, said: str):
    np.savez(tmp_path / "set.npz", images=array)
    np.save(tmp_path / "set.npy", array)
    for name in ("set.npz", "set.npy"):
        refusal(lambda name=name: open_source(f"{tmp_path}/{name}", value_range=value_range), name, said)


def test_floats_in_files_say_their_range(tmp_path: Path):
    save(tmp_path / "a.tif", UNIT[0, ..., 0].astype(np.float32))
    refusal(lambda: open_source(f"{tmp_path}/", size=8), tmp_path, "float32 from 0.", "--value-range")


def test_options_without_a_meaning_are_refused(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    refusal(lambda: open_source(f"table:{tmp_path}/a.csv", value_range=(0, 1)), "--value-range has no meaning")
    refusal(lambda: open_source("digits", value_range=(0, 1)), "--value-range has no meaning for digits")
    save(tmp_path / "a" / "1.png")
    refusal(lambda: open_source(f"{tmp_path}/a", length=3), "--length has no meaning")
